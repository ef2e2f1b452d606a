//! The drift ledger: answers that departed from their contract, as a sample of them was checked on the way out. Kept
//! in this process, bounded, for operators to see; a caller never waits for it.

use super::bind::Governed;
use crate::contract::Schemas;
use axum::{
    body::{Body, HttpBody},
    http::{Response, header},
};
use http_body_util::BodyExt;
use jiff::Timestamp;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Larger ones are not checked, and streams never are.
const LARGEST_CHECKED: u64 = 64 * 1024;
const MOST_DRIFTS: usize = 500;

/// What departed, and how often it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub contract: String,
    pub operation: String,
    pub status: u16,
    /// Where in the body, and what is expected there.
    pub departure: String,
    pub seen: u64,
    pub last_seen: Timestamp,
}

/// Contract, operation, status and departure.
type Departed = (String, String, u16, String);

/// Every departure seen by this process.
pub struct DriftLedger {
    schemas: Arc<Schemas>,
    /// One answer in so many is checked; none with 0.
    one_in: u64,
    answers: AtomicU64,
    drifts: Mutex<BTreeMap<Departed, (u64, Timestamp)>>,
}

impl DriftLedger {
    pub fn new(schemas: Arc<Schemas>, one_in: u64) -> Self {
        Self { schemas, one_in, answers: AtomicU64::new(0), drifts: Mutex::default() }
    }

    /// How many answers went out, and one in how many was checked.
    pub fn watched(&self) -> (u64, u64) {
        (self.answers.load(Ordering::Relaxed), self.one_in)
    }

    pub fn drifts(&self) -> Vec<Drift> {
        let drifts = self.drifts.lock().unwrap_or_else(PoisonError::into_inner);
        let told =
            |((contract, operation, status, departure), (seen, last_seen)): (&Departed, &(u64, Timestamp))| Drift {
                contract: String::clone(contract),
                operation: String::clone(operation),
                status: *status,
                departure: String::clone(departure),
                seen: *seen,
                last_seen: *last_seen,
            };
        drifts.iter().map(told).collect()
    }

    /// Looks at some of the answers on their way out.
    pub async fn watch(&self, governed: &Governed, answer: Response<Body>, now: Timestamp) -> Response<Body> {
        let turn = self.answers.fetch_add(1, Ordering::Relaxed);
        if self.one_in == 0 || !turn.is_multiple_of(self.one_in) {
            return answer;
        }
        let media =
            answer.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().to_owned();
        let size = HttpBody::size_hint(answer.body()).exact().unwrap_or(u64::MAX);
        if size > LARGEST_CHECKED || size == 0 || !media.ends_with("json") {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(body) = body.collect().await else { return Response::from_parts(parts, Body::empty()) };
        let bytes = body.to_bytes();
        self.check(governed, parts.status.as_u16(), &media, &bytes, now);
        Response::from_parts(parts, Body::from(bytes))
    }

    fn check(&self, governed: &Governed, status: u16, media: &str, body: &[u8], now: Timestamp) {
        let (contract, operation) = (&governed.contract, &governed.operation);
        let departures = match serde_json::from_slice(body) {
            Ok(value) => self.schemas.check_answer(contract, &operation.path, &operation.method, status, media, &value),
            Err(error) => return self.note(governed, status, format!("not JSON: {error}"), now),
        };
        match departures {
            None => self.note(governed, status, "the contract declares no such answer".to_owned(), now),
            Some(all) => {
                all.iter().for_each(|one| self.note(governed, status, format!("{}: {}", one.pointer, one.detail), now));
            }
        }
    }

    fn note(&self, governed: &Governed, status: u16, departure: String, now: Timestamp) {
        let key = (governed.contract.name(), governed.operation.key.id.to_string(), status, departure);
        let mut drifts = self.drifts.lock().unwrap_or_else(PoisonError::into_inner);
        if drifts.len() >= MOST_DRIFTS && !drifts.contains_key(&key) {
            return;
        }
        let (seen, last_seen) = drifts.entry(key).or_insert((0, now));
        (*seen, *last_seen) = (*seen + 1, now);
    }
}
