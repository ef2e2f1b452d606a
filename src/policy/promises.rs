//! Promises: the sunsets that callers were told of. A law may move one later, never earlier; the ledger remembers it for
//! every gateway and over every restart, because a file can be rewritten and an answer cannot be taken back.

use super::{bind::Law, lifecycle::Lifecycle, reader::Mistakes};
use crate::store::{Store, StoreError};
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

type Sunsets = BTreeMap<String, Timestamp>;

/// What was promised so far, by contract name.
#[derive(Debug, Default)]
pub struct Promises {
    /// What the ledger holds or shall hold.
    known: Mutex<Sunsets>,
    /// What has to be written to it.
    fresh: Mutex<Sunsets>,
}

impl Promises {
    /// As the ledger remembers them.
    pub async fn remembered(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { known: Mutex::new(store.announced_sunsets().await?), fresh: Mutex::default() })
    }

    /// Takes over what this law announces, or says which promises it breaks.
    pub fn keep(&self, law: &Law, now: Timestamp) -> Result<(), Mistakes> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let broken: Vec<_> = known.iter().filter_map(|(name, promised)| broken(law, name, *promised, now)).collect();
        if !broken.is_empty() {
            return Err(Mistakes(broken));
        }
        let announced = sunsets(law);
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner).extend(announced.clone());
        known.extend(announced);
        Ok(())
    }

    /// Has the ledger remember what was announced since the last time.
    pub async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let fresh = std::mem::take(&mut *self.fresh.lock().unwrap_or_else(PoisonError::into_inner));
        let outcome = store.announce_sunsets(&fresh).await;
        if outcome.is_err() {
            let mut waiting = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
            for (name, sunset) in fresh {
                waiting.entry(name).or_insert(sunset);
            }
        }
        outcome
    }
}

/// What this law tells callers.
fn sunsets(law: &Law) -> Sunsets {
    let told =
        law.products().filter_map(|product| Some((product.name.clone(), product.withdrawal.as_ref()?.sunset_at)));
    told.collect()
}

/// Why this promise is not kept: until the sunset that was told, the contract is served. Past it, it is kept.
fn broken(law: &Law, name: &str, promised: Timestamp, now: Timestamp) -> Option<String> {
    if now >= promised {
        return None;
    }
    let wrong = |why: String| Some(format!("policies/products.toml: {name}: {why}"));
    match law.products().find(|product| product.name == name) {
        None => wrong(format!("its sunset was announced for {promised}; until then it is served")),
        Some(product) if product.stage(now) == Lifecycle::Retired => {
            wrong(format!("its sunset was announced for {promised}; until then it is not retired"))
        }
        Some(product) if product.withdrawal.as_ref().is_some_and(|end| end.sunset_at < promised) => {
            wrong(format!("its sunset was announced for {promised}; it may only move later"))
        }
        _ => None,
    }
}
