//! The usage ledger: which consumer still calls which operation, so that nobody is cut off unasked. Reads leave nothing
//! in the event log, so calls are counted here, and written to the database together, off the path of the request.

use crate::{
    contract::OperationKey,
    store::{Store, StoreError, UsageRow},
};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// What was counted of one consumer and operation and is not written yet. Instants in microseconds since the epoch.
#[derive(Debug)]
struct Counted {
    calls: AtomicU64,
    refused: AtomicU64,
    first_seen: AtomicI64,
    last_seen: AtomicI64,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            calls: AtomicU64::default(),
            refused: AtomicU64::default(),
            first_seen: AtomicI64::new(i64::MAX),
            last_seen: AtomicI64::new(i64::MIN),
        }
    }
}

impl Counted {
    fn add(&self, calls: u64, refused: u64, first: i64, last: i64) {
        self.first_seen.fetch_min(first, Ordering::Relaxed);
        self.last_seen.fetch_max(last, Ordering::Relaxed);
        self.refused.fetch_add(refused, Ordering::Relaxed);
        self.calls.fetch_add(calls, Ordering::Relaxed);
    }

    /// Takes what was counted out, if anything was.
    fn take(&self, consumer: &str, key: &OperationKey) -> Option<UsageRow> {
        let calls = self.calls.swap(0, Ordering::Relaxed);
        let refused = self.refused.swap(0, Ordering::Relaxed);
        if calls == 0 && refused == 0 {
            return None;
        }
        let last = self.last_seen.load(Ordering::Relaxed);
        let first = self.first_seen.swap(i64::MAX, Ordering::Relaxed).min(last);
        let instant = |microseconds| Timestamp::from_microsecond(microseconds).unwrap_or_default();
        let (first_seen, last_seen) = (instant(first), instant(last));
        let (contract, operation) = (key.contract.to_string(), key.id.to_string());
        Some(UsageRow { consumer: consumer.to_owned(), contract, operation, calls, refused, first_seen, last_seen })
    }
}

type Counts = HashMap<String, HashMap<OperationKey, Counted>>;

/// By consumer, then by operation. Both are registered, so this is bounded.
#[derive(Debug, Default)]
pub struct UsageLedger {
    counts: RwLock<Counts>,
    /// One writes at a time, so that whoever asks afterwards finds everything written.
    writing: tokio::sync::Mutex<()>,
}

impl UsageLedger {
    /// Counts a call. Only the first of a pair takes the lock for itself.
    pub fn count(&self, consumer: &str, key: &OperationKey, refused: bool, now: Timestamp) {
        let now = now.as_microsecond();
        self.add(consumer, key, |counted| counted.add(1, refused.into(), now, now));
    }

    fn add(&self, consumer: &str, key: &OperationKey, add: impl Fn(&Counted)) {
        let counts = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counted) = counts.get(consumer).and_then(|operations| operations.get(key)) {
            return add(counted);
        }
        drop(counts);
        let mut counts = self.counts.write().unwrap_or_else(PoisonError::into_inner);
        add(counts.entry(consumer.to_owned()).or_default().entry(key.clone()).or_default());
    }

    /// Adds what was counted to the database. What could not be written is counted again.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let _alone = self.writing.lock().await;
        let rows = self.take();
        if rows.is_empty() {
            return Ok(());
        }
        let outcome = store.add_usage(rows.clone()).await;
        if outcome.is_err() {
            rows.iter().for_each(|row| self.put_back(row));
        }
        outcome
    }

    fn take(&self) -> Vec<UsageRow> {
        let counts = self.counts.read().unwrap_or_else(PoisonError::into_inner);
        let of_consumer = |(consumer, operations): (&String, &HashMap<OperationKey, Counted>)| {
            operations.iter().filter_map(|(key, counted)| counted.take(consumer, key)).collect::<Vec<_>>()
        };
        counts.iter().flat_map(of_consumer).collect()
    }

    fn put_back(&self, row: &UsageRow) {
        let key = OperationKey { contract: row.contract.as_str().into(), id: row.operation.as_str().into() };
        let (first, last) = (row.first_seen.as_microsecond(), row.last_seen.as_microsecond());
        self.add(&row.consumer, &key, |counted| counted.add(row.calls, row.refused, first, last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_is_counted_again_where_it_was_not_written() {
        let ledger = UsageLedger::default();
        let key = OperationKey { contract: "experience/partner.v1".into(), id: "get_eta".into() };
        let at = |second| Timestamp::from_second(second).expect("an instant");
        ledger.count("acme", &key, false, at(10));
        ledger.count("acme", &key, true, at(20));
        let rows = ledger.take();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].calls, rows[0].refused), (2, 1));
        assert_eq!((rows[0].first_seen, rows[0].last_seen), (at(10), at(20)));
        assert_eq!(ledger.take(), []);
        ledger.count("acme", &key, false, at(30));
        ledger.put_back(&rows[0]);
        let again = ledger.take();
        assert_eq!((again[0].calls, again[0].refused), (3, 1));
        assert_eq!((again[0].first_seen, again[0].last_seen), (at(10), at(30)));
    }
}
