//! An issuer's key set (RFC 7517): fetched ahead of need, asked for again where a key id is unknown, and kept for a while
//! when the issuer does not answer.
//!
//! One flight at a time, and callers cause no more than one a minute, whatever key ids they make up. A key that is gone
//! from the set is gone here with the next fetch. Time is the gateway's.

use super::{issuer::Issuer, key::Key, refusal::Refusal};
use arc_swap::ArcSwapOption;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::sync::Mutex;

/// Fetches a key set or an issuer's metadata as JSON; given by whoever owns the way out.
pub type KeySource = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Value, String>> + Send + Sync>;

/// An unknown key id asks the issuer again, but not more often than this, in seconds.
const ASK_AGAIN_AFTER: i64 = 60;
/// How long the last set is believed while the issuer does not answer, in seconds.
const BELIEVED_FOR: i64 = 24 * 60 * 60;
/// The longest pause after failures; it begins at two seconds and doubles.
const LONGEST_PAUSE: i64 = 60;

/// The keys of one fetch. The same set fetched again stays the same one.
#[derive(Debug)]
pub struct Keys {
    by_id: HashMap<String, Key>,
    document: Value,
    /// Seconds since the epoch.
    confirmed_at: AtomicI64,
}

impl Keys {
    pub fn get(&self, id: &str) -> Option<&Key> {
        self.by_id.get(id)
    }
}

/// What is known of one issuer's keys.
pub struct KeySet {
    source: KeySource,
    keys: ArcSwapOption<Keys>,
    flights: Mutex<Flights>,
}

/// When the issuer was asked. Whoever holds this is the one who asks.
#[derive(Debug, Default)]
struct Flights {
    last: Option<i64>,
    /// In a row. A flight that was broken off is one, too.
    failures: u32,
}

impl Flights {
    fn last_is_older_than(&self, seconds: i64, now: i64) -> bool {
        // A clock that was set back must not stop the asking.
        self.last.is_none_or(|last| now - last >= seconds || now < last)
    }
}

impl KeySet {
    pub fn new(source: KeySource) -> Self {
        Self { source, keys: ArcSwapOption::empty(), flights: Mutex::default() }
    }

    /// The keys in force, unless they are too old to be believed.
    pub fn in_force(&self, now: Timestamp) -> Option<Arc<Keys>> {
        let confirmed = |keys: &Arc<Keys>| keys.confirmed_at.load(Ordering::Relaxed);
        self.keys.load_full().filter(|keys| now.as_second() - confirmed(keys) < BELIEVED_FOR)
    }

    /// The keys in force, with this one if the issuer has it.
    pub async fn holding(&self, id: &str, issuer: &Issuer, now: Timestamp) -> Result<Arc<Keys>, Refusal> {
        let known = || self.in_force(now).filter(|keys| keys.get(id).is_some());
        if let Some(keys) = known() {
            return Ok(keys);
        }
        let mut flights = self.flights.lock().await;
        if known().is_none() && flights.last_is_older_than(ASK_AGAIN_AFTER, now.as_second()) {
            self.fetch(&mut flights, issuer, now).await;
        }
        self.in_force(now).ok_or(Refusal::KeysAway)
    }

    /// Fetches the set where that is due: `after` so many seconds, or soon after a failure.
    pub async fn refresh(&self, after: i64, issuer: &Issuer, now: Timestamp) {
        let mut flights = self.flights.lock().await;
        let pause = match flights.failures {
            0 => after,
            failures => LONGEST_PAUSE.min(1 << failures.min(6)),
        };
        if flights.last_is_older_than(pause, now.as_second()) {
            self.fetch(&mut flights, issuer, now).await;
        }
    }

    async fn fetch(&self, flights: &mut Flights, issuer: &Issuer, now: Timestamp) {
        flights.last = Some(now.as_second());
        flights.failures = flights.failures.saturating_add(1);
        match self.ask(issuer).await {
            Ok(document) => {
                flights.failures = 0;
                self.keep(document, issuer, now);
            }
            Err(error) => {
                tracing::warn!(issuer = issuer.issuer, error, "key set not fetched; the last one stays for a while");
            }
        }
    }

    /// The key set, from where the settings or the issuer's metadata say it is.
    async fn ask(&self, issuer: &Issuer) -> Result<Value, String> {
        let address = match issuer.key_address() {
            Ok(address) => address.to_owned(),
            Err(discovery) => discovered(&(self.source)(discovery).await?, issuer)?,
        };
        let document = (self.source)(address).await?;
        let whole = document["keys"].is_array();
        whole.then_some(document).ok_or_else(|| "the answer is no key set".to_owned())
    }

    fn keep(&self, document: Value, issuer: &Issuer, now: Timestamp) {
        let seconds = now.as_second();
        match &*self.keys.load() {
            Some(present) if present.document == document => present.confirmed_at.store(seconds, Ordering::Relaxed),
            _ => {
                let by_id = usable(&document, issuer);
                tracing::info!(issuer = issuer.issuer, keys = by_id.len(), "a new key set is in force");
                self.keys.store(Some(Arc::new(Keys { by_id, document, confirmed_at: seconds.into() })));
            }
        }
    }
}

/// Where the issuer's own metadata says its keys are. Metadata that speaks for another issuer is none (RFC 8414, 3.3).
fn discovered(metadata: &Value, issuer: &Issuer) -> Result<String, String> {
    if metadata["issuer"] != issuer.issuer.as_str() {
        return Err("the metadata is another issuer's".to_owned());
    }
    let address = metadata["jwks_uri"].as_str().unwrap_or_default();
    let trusted = issuer.trusts_address(address);
    trusted.then(|| address.to_owned()).ok_or_else(|| "the metadata names no key set over https".to_owned())
}

/// The keys that can verify, by their ids. Of two with one id, the first.
fn usable(document: &Value, issuer: &Issuer) -> HashMap<String, Key> {
    let mut usable = HashMap::new();
    for jwk in document["keys"].as_array().into_iter().flatten().filter_map(Value::as_object) {
        let id = jwk.get("kid").and_then(Value::as_str);
        if let (Some(id), Some(key)) = (id, Key::of_jwk(jwk, &issuer.algorithms)) {
            usable.entry(id.to_owned()).or_insert(key);
        }
    }
    usable
}
