//! What the clients know: every answer that acknowledged something, and how each delivery has to end. It lives with the
//! clients, so that no kill can reach it.

use reqwest::Method;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::watch, time::timeout};

/// Something asked of the gateway, as it is asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub token: String,
    /// None where the request names itself: an artifact by its hash, a sync by its events.
    pub key: Option<String>,
    pub media: &'static str,
    pub body: Vec<u8>,
}

/// What it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// `etag` and `location`, which are part of what was acknowledged.
    pub headers: BTreeMap<&'static str, String>,
    pub body: Vec<u8>,
}

/// What has to have come of an order.
#[derive(Clone, Debug)]
pub struct Expected {
    pub order: String,
    pub shipment: String,
    pub stop: String,
    pub route: String,
    pub delivered: bool,
}

#[derive(Default)]
pub struct Journal {
    acknowledged: Mutex<Vec<(Asked, Answer)>>,
    expected: Mutex<Vec<Expected>>,
    count: watch::Sender<usize>,
}

/// Nothing is acknowledged for so long only if something hangs.
const PATIENCE: Duration = Duration::from_secs(90);

impl Journal {
    pub fn acknowledged(&self, asked: &Asked, answer: &Answer) {
        lock(&self.acknowledged).push((asked.clone(), answer.clone()));
        self.count.send_modify(|count| *count += 1);
    }

    pub fn expect(&self, expected: Expected) {
        lock(&self.expected).push(expected);
    }

    /// How many answers have been acknowledged so far.
    pub fn count(&self) -> usize {
        *self.count.borrow()
    }

    /// Waits until so many have been.
    pub async fn reaches(&self, count: usize) {
        let mut counted = self.count.subscribe();
        let reached = timeout(PATIENCE, counted.wait_for(|now| *now >= count)).await;
        assert!(reached.is_ok(), "only {} of {count} answers within {PATIENCE:?}", self.count());
    }

    pub fn answers(&self) -> Vec<(Asked, Answer)> {
        lock(&self.acknowledged).clone()
    }

    pub fn expectations(&self) -> Vec<Expected> {
        lock(&self.expected).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
