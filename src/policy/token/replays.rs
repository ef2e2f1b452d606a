//! Proofs of possession seen before: each is good once (RFC 9449, 11.1).
//!
//! Remembered per process, for as long as a proof could be shown again, and up to a bound; past the bound further proofs
//! are refused, because forgetting one would let it be used twice. Gateways do not tell each other: behind several, a
//! stolen proof could be shown once at each.

use std::{collections::HashSet, mem};

/// Proofs one generation remembers; two are kept. About 10 MB when both are full.
const MOST: usize = 250_000;

/// More proofs than can be remembered.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

/// The first bytes of a hash over what makes a proof one of a kind.
pub type ProofId = [u8; 16];

/// Two generations of proofs: everything in the older one is past its time when it is dropped.
#[derive(Debug, Default)]
pub struct Replays {
    since: i64,
    present: HashSet<ProofId>,
    past: HashSet<ProofId>,
}

impl Replays {
    /// Whether this proof was not seen in the last `kept` seconds; it has been seen now.
    pub fn first_time(&mut self, proof: ProofId, kept: i64, now: i64) -> Result<bool, Full> {
        if now - self.since >= kept {
            self.past = mem::take(&mut self.present);
            self.since = now;
        }
        if self.past.contains(&proof) || self.present.contains(&proof) {
            return Ok(false);
        }
        if self.present.len() >= MOST {
            return Err(Full);
        }
        Ok(self.present.insert(proof))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_once_and_remembered_long_enough() {
        let mut replays = Replays::default();
        assert_eq!(replays.first_time([1; 16], 90, 1_000), Ok(true));
        for later in [1_000, 1_089, 1_090] {
            assert_eq!(replays.first_time([1; 16], 90, later), Ok(false), "{later}");
        }
    }

    #[test]
    fn a_full_memory_refuses_instead_of_forgetting() {
        let mut replays = Replays::default();
        for number in 0..MOST as u128 {
            assert_eq!(replays.first_time(number.to_be_bytes(), 90, 1_000), Ok(true));
        }
        assert_eq!(replays.first_time([255; 16], 90, 1_000), Err(Full));
        assert_eq!(replays.first_time(7u128.to_be_bytes(), 90, 1_000), Ok(false));
        assert_eq!(replays.first_time([255; 16], 90, 1_090), Ok(true));
    }
}
