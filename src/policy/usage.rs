//! The usage ledger: which consumer still calls which contract, so that nobody is cut off unasked. Reads leave nothing
//! in the event log, so it is counted here, in this process, since it started.

use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// How often one consumer has called one contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub calls: u64,
    pub last_seen: Timestamp,
}

#[derive(Debug, Default)]
struct Counted {
    calls: AtomicU64,
    /// Microseconds since the epoch.
    last_seen: AtomicI64,
}

/// By consumer, then by contract. Both are registered, so this is bounded.
#[derive(Debug, Default)]
pub struct UsageLedger(RwLock<BTreeMap<String, BTreeMap<String, Counted>>>);

impl UsageLedger {
    /// Counts a call. Only the first of a pair takes the lock for itself.
    pub fn count(&self, consumer: &str, contract: &str, now: Timestamp) {
        let known = |all: &BTreeMap<String, BTreeMap<String, Counted>>| {
            let counted = all.get(consumer).and_then(|contracts| contracts.get(contract))?;
            counted.calls.fetch_add(1, Ordering::Relaxed);
            counted.last_seen.fetch_max(now.as_microsecond(), Ordering::Relaxed);
            Some(())
        };
        if known(&self.0.read().unwrap_or_else(PoisonError::into_inner)).is_some() {
            return;
        }
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(consumer.to_owned()).or_default().entry(contract.to_owned()).or_default();
        known(&all);
    }

    pub fn of(&self, consumer: &str, contract: &str) -> Option<Usage> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let counted = all.get(consumer)?.get(contract)?;
        let last_seen = Timestamp::from_microsecond(counted.last_seen.load(Ordering::Relaxed)).ok()?;
        Some(Usage { calls: counted.calls.load(Ordering::Relaxed), last_seen })
    }
}
