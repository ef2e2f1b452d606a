//! Idempotency (draft-ietf-httpapi-idempotency-key-header): which key came, whether it is being worked on, and what
//! it was answered before. The record itself is kept by the ledger, in the same commit as its effect.

mod fingerprint;
mod key;

pub use fingerprint::fingerprint;
pub use key::key_of;

use crate::{
    error::Error,
    store::{Answer, OnceKey, OnceRecord},
};
use jiff::Timestamp;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

/// A key together with what it was used for: whoever comes with the same key must ask the same.
#[derive(Clone, Debug)]
pub struct Once {
    pub key: OnceKey,
    pub fingerprint: String,
    pub expires_at: Timestamp,
}

impl Once {
    pub fn record(&self, answer: Answer) -> OnceRecord {
        OnceRecord { key: self.key.clone(), fingerprint: self.fingerprint.clone(), answer, expires_at: self.expires_at }
    }
}

/// The keys being worked on in this process. A claim is given back when it is dropped.
#[derive(Clone, Debug, Default)]
pub struct Claims(Arc<Mutex<HashSet<OnceKey>>>);

/// A key being worked on.
#[derive(Debug)]
pub struct Claim {
    claims: Claims,
    key: OnceKey,
}

impl Claims {
    pub fn take(&self, key: &OnceKey) -> Result<Claim, Error> {
        let mut taken = self.0.lock().expect("no holder of this lock panics");
        if taken.insert(key.clone()) {
            return Ok(Claim { claims: self.clone(), key: key.clone() });
        }
        Err(Error::gate(
            "in_progress",
            "A request with this Idempotency-Key is being worked on; ask again in a second.",
        ))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.0.lock().expect("no holder of this lock panics").remove(&self.key);
    }
}
