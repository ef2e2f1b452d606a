//! What each operation usually takes, learnt while there is little to do.

use std::{collections::HashMap, time::Duration};

use crate::contract::OperationKey;

/// How much one request moves what was learnt.
const WEIGHT: u32 = 16;

#[derive(Debug, Default)]
pub struct Usual(HashMap<OperationKey, Duration>);

impl Usual {
    /// A request took so long: answers what its operation usually takes. Longer times are learnt only in quiet, because
    /// under pressure they say more of the pressure than of the operation.
    pub fn learn(&mut self, operation: &OperationKey, took: Duration, quiet: bool) -> Duration {
        let Some(usual) = self.0.get_mut(operation) else {
            self.0.insert(operation.clone(), took);
            return took;
        };
        if quiet || took < *usual {
            *usual = (*usual * (WEIGHT - 1) + took) / WEIGHT;
        }
        *usual
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_teaches_nothing_and_quiet_does() {
        let (mut usual, key) = (Usual::default(), OperationKey { contract: "c".into(), id: "o".into() });
        let milliseconds = Duration::from_millis;
        assert_eq!(usual.learn(&key, milliseconds(10), true), milliseconds(10));
        assert_eq!(usual.learn(&key, milliseconds(500), false), milliseconds(10));
        assert!(usual.learn(&key, milliseconds(2), false) < milliseconds(10));
        for _ in 0..100 {
            usual.learn(&key, milliseconds(20), true);
        }
        assert!(usual.learn(&key, milliseconds(20), true) > milliseconds(19));
    }
}
