//! A partner's webhook receiver: checks every signature, keeps what it got, counts what came twice.

use super::{
    faults::{Faults, Target},
    serve,
};
use crate::{clock::Clock, spawn::Background, system::webhooks::signature::verify};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use secrecy::SecretString;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Clone)]
pub struct Receiver {
    url: String,
    clock: Clock,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    secrets: Vec<SecretString>,
    received: Vec<Received>,
    refused: u64,
}

/// One genuine message.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    pub hook: String,
    pub id: String,
    pub body: serde_json::Value,
    pub traceparent: Option<String>,
    pub correlation_id: Option<String>,
    pub idempotency_key: Option<String>,
}

impl Receiver {
    pub(super) async fn start(background: &Background, faults: &Faults, clock: Clock) -> io::Result<Self> {
        let mut receiver = Self { url: String::new(), clock, inner: Arc::default() };
        let routes = Router::new().route("/{hook}", post(receive)).with_state(receiver.clone());
        receiver.url = serve::with_faults(background, routes, faults, Target::Receiver).await?;
        Ok(receiver)
    }

    /// The address of one of its hooks; any name will do.
    pub fn url(&self, hook: &str) -> String {
        format!("{}/{hook}", self.url)
    }

    /// From now on messages signed with this secret are genuine, too.
    pub fn trust(&self, secret: &str) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).secrets.push(secret.into());
    }

    /// Everything genuine, in the order it came, repetitions with it.
    pub fn received(&self) -> Vec<Received> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).received.clone()
    }

    /// How many messages had no signature we trust.
    pub fn refused(&self) -> u64 {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).refused
    }
}

async fn receive(
    State(receiver): State<Receiver>,
    Path(hook): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (id, signatures) = (header("webhook-id"), header("webhook-signature"));
    let timestamp = header("webhook-timestamp").parse().unwrap_or_default();
    let now = receiver.clock.now().as_second();
    let mut inner = receiver.inner.lock().unwrap_or_else(PoisonError::into_inner);
    let genuine = inner.secrets.iter().any(|secret| verify(secret, &id, timestamp, &body, &signatures, now));
    match serde_json::from_slice(&body) {
        Ok(body) if genuine => {
            let present = |name: &str| Some(header(name)).filter(|value| !value.is_empty());
            let (traceparent, correlation_id) = (present("traceparent"), present("x-correlation-id"));
            let idempotency_key = present("idempotency-key");
            inner.received.push(Received { hook, id, body, traceparent, correlation_id, idempotency_key });
            StatusCode::NO_CONTENT
        }
        _ => {
            inner.refused += 1;
            StatusCode::UNAUTHORIZED
        }
    }
}
