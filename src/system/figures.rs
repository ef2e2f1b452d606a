//! What is counted about each connector: for Prometheus, and for the control tower's page.

use super::{
    breaker::{Breaker, BreakerState},
    bulkhead::Bulkhead,
    caller::{By, Caller},
    trouble::Trouble,
};
use jiff::Timestamp;
use serde::Serialize;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use utoipa::ToSchema;

/// How a connector is doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectorState {
    pub name: String,
    /// Which half of the gateway calls by it.
    pub by: By,
    pub breaker: BreakerState,
    /// How long calls are still kept away.
    pub retry_after_seconds: Option<u64>,
    pub in_flight: u64,
    pub waiting: u64,
    /// Since this process started.
    pub calls: u64,
    pub failures: u64,
    pub retries: u64,
    pub last_success_at: Option<Timestamp>,
    pub last_failure: Option<LastFailure>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LastFailure {
    pub at: Timestamp,
    /// away, deadline, wrong_shape or too_large.
    pub kind: String,
}

pub struct Figures {
    name: &'static str,
    caller: Caller,
    calls: AtomicU64,
    failures: AtomicU64,
    retries: AtomicU64,
    last: Mutex<(Option<Timestamp>, Option<LastFailure>)>,
}

impl Figures {
    pub fn new(name: &'static str, caller: Caller) -> Self {
        Self {
            name,
            caller,
            calls: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            last: Mutex::default(),
        }
    }

    fn by(&self) -> &'static str {
        self.caller.by.name()
    }

    pub fn now(&self) -> Timestamp {
        self.caller.clock.now()
    }

    pub fn called(&self, took: Duration, trouble: Option<&Trouble>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let outcome = trouble.map_or("ok", |trouble| trouble.kind.name());
        metrics::counter!("haulgate_connector_calls_total", "by" => self.by(), "connector" => self.name, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("haulgate_connector_seconds", "by" => self.by(), "connector" => self.name)
            .record(took.as_secs_f64());
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble.filter(|trouble| trouble.is_failure()) {
            Some(trouble) => {
                self.failures.fetch_add(1, Ordering::Relaxed);
                last.1 = Some(LastFailure { at: self.caller.clock.now(), kind: trouble.kind.name().to_owned() });
                tracing::debug!(connector = self.name, kind = trouble.kind.name(), note = trouble.note, "call failed");
            }
            None => last.0 = Some(self.caller.clock.now()),
        }
    }

    pub fn retried(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("haulgate_connector_retries_total", "by" => self.by(), "connector" => self.name).increment(1);
    }

    /// 0 closed, 1 half open, 2 open.
    pub fn breaker(&self, state: BreakerState) {
        let value = match state {
            BreakerState::Closed => 0.0,
            BreakerState::HalfOpen => 1.0,
            BreakerState::Open => 2.0,
        };
        metrics::gauge!("haulgate_connector_breaker", "by" => self.by(), "connector" => self.name).set(value);
    }

    pub fn state(&self, breaker: &Breaker, bulkhead: &Bulkhead) -> ConnectorState {
        let (last_success_at, last_failure) = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ConnectorState {
            name: self.name.to_owned(),
            by: self.caller.by,
            breaker: breaker.state(),
            retry_after_seconds: breaker.remaining_penalty().map(|left| left.as_secs() + 1),
            in_flight: bulkhead.in_flight() as u64,
            waiting: bulkhead.waiting() as u64,
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            retries: self.retries.load(Ordering::Relaxed),
            last_success_at,
            last_failure,
        }
    }
}
