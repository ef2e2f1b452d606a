//! The retry budget: retries may add a tenth to a connector's traffic, not more, so that they cannot feed an outage.

use std::sync::{Mutex, PoisonError};

/// A tenth of a retry is earned by each call, and a few can be saved up.
const EARNED: f64 = 0.1;
const MOST_SAVED: f64 = 10.0;
const AT_FIRST: f64 = 2.0;

pub struct Budget {
    saved: Mutex<f64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self { saved: Mutex::new(AT_FIRST) }
    }
}

impl Budget {
    /// Every first attempt earns.
    pub fn earn(&self) {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        *saved = (*saved + EARNED).min(MOST_SAVED);
    }

    /// Every further attempt spends, if there is something saved.
    pub fn spend(&self) -> bool {
        let mut saved = self.saved.lock().unwrap_or_else(PoisonError::into_inner);
        let enough = *saved >= 1.0;
        if enough {
            *saved -= 1.0;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_stay_a_tenth_of_the_traffic() {
        let budget = Budget::default();
        let retries = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        let retries = retries.count();
        assert!((90..=102).contains(&retries), "{retries}");
    }
}
