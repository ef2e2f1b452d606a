//! Quotas: how often a consumer may call, in several windows at once (GCRA), and the `RateLimit` fields that say so
//! (draft-ietf-httpapi-ratelimit-headers).

use super::{bind::Governed, consumer::Consumer};
use crate::error::Error;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use governor::{
    Quota as Rate, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, HashMap},
    num::NonZeroU32,
    sync::{Arc, RwLock},
    time::Duration,
};
use utoipa::ToSchema;

pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Limits by name, such as `burst` and `sustained`.
pub type Quota = BTreeMap<String, Limit>;

/// `policies/quotas.toml`: the quotas that operations name.
pub type QuotaFile = BTreeMap<String, Quota>;

/// So many requests in so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    #[schema(value_type = u32, minimum = 1)]
    pub requests: NonZeroU32,
    #[schema(value_type = u32, minimum = 1)]
    pub seconds: NonZeroU32,
}

/// A limit as the `RateLimit` fields name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    pub name: String,
    pub limit: Limit,
}

/// The windows of a quota, each under the name this gives it.
pub fn windows(quota: &Quota, named: impl Fn(&str) -> String) -> Vec<Window> {
    quota.iter().map(|(name, limit)| Window { name: named(name), limit: *limit }).collect()
}

type Limiter = RateLimiter<String, DashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// The counters of this process.
#[derive(Default)]
pub struct Quotas {
    limiters: RwLock<HashMap<Window, Arc<Limiter>>>,
    clock: DefaultClock,
}

/// How a request stands with one window.
struct Standing {
    window: Window,
    remaining: u32,
    /// Seconds until the window is whole again, or until the next request fits.
    seconds: u64,
    exceeded: bool,
}

impl Quotas {
    /// Counts a request and says how it stands: the headers to answer with, or the refusal. The strictest window wins.
    pub fn count(&self, consumer: &Consumer, governed: &Governed) -> Result<HeaderMap, Error> {
        let mut standings: Vec<_> =
            consumer.windows.iter().map(|window| self.stand(window, consumer.id.clone())).collect();
        let of_operation: Vec<_> = consumer.operation_windows.iter().chain(&governed.windows).collect();
        if !of_operation.is_empty() {
            let key = format!("{} {}", consumer.id, governed.operation.key);
            standings.extend(of_operation.into_iter().map(|window| self.stand(window, key.clone())));
        }
        let headers = fields(&standings);
        if standings.iter().all(|standing| !standing.exceeded) {
            Ok(headers)
        } else {
            Err(exceeded(&standings, headers))
        }
    }

    /// Forgets the consumers that have been quiet, and the windows that nobody counts by any more, so that the counters
    /// stay bounded however often the policies change.
    pub fn tidy(&self) {
        self.limiters.write().expect("no holder of this lock panics").retain(|_, limiter| {
            limiter.retain_recent();
            !limiter.is_empty()
        });
    }

    fn stand(&self, window: &Window, key: String) -> Standing {
        let limiter = self.limiter(window);
        let whole = window.limit.requests.get();
        let used = |remaining: u32| {
            let missing = u64::from(whole.saturating_sub(remaining));
            (missing * u64::from(window.limit.seconds.get())).div_ceil(u64::from(whole))
        };
        match limiter.check_key(&key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Standing { window: window.clone(), remaining, seconds: used(remaining), exceeded: false }
            }
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Standing { window: window.clone(), remaining: 0, seconds, exceeded: true }
            }
        }
    }

    fn limiter(&self, window: &Window) -> Arc<Limiter> {
        if let Some(limiter) = self.limiters.read().expect("no holder of this lock panics").get(window) {
            return limiter.clone();
        }
        let mut limiters = self.limiters.write().expect("no holder of this lock panics");
        limiters.entry(window.clone()).or_insert_with(|| Arc::new(limiter(window))).clone()
    }
}

fn limiter(window: &Window) -> Limiter {
    let Limit { requests, seconds } = window.limit;
    let period = Duration::from_secs(seconds.get().into()) / requests.get();
    let quota = Rate::with_period(period).expect("a window lasts at least a second").allow_burst(requests);
    RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>()
}

fn fields(standings: &[Standing]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let policy = standings.iter().map(|Standing { window, .. }| {
        format!("\"{}\";q={};w={}", window.name, window.limit.requests, window.limit.seconds)
    });
    let limit =
        standings.iter().map(|one| format!("\"{}\";r={};t={}", one.window.name, one.remaining, one.seconds.max(1)));
    for (name, items) in [(RATE_LIMIT_POLICY, policy.collect::<Vec<_>>()), (RATE_LIMIT, limit.collect())] {
        if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(","))) {
            headers.insert(name, value);
        }
    }
    headers
}

fn exceeded(standings: &[Standing], headers: HeaderMap) -> Error {
    let over: Vec<_> = standings.iter().filter(|standing| standing.exceeded).collect();
    let wait = over.iter().map(|standing| standing.seconds).max().unwrap_or(1).max(1);
    let mut fields: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    fields.push((header::RETRY_AFTER, HeaderValue::from(wait)));
    Error::Gate {
        code: "quota_exceeded",
        detail: format!("The quota is used up; come back in {wait} s."),
        headers: fields,
        violated: over.iter().map(|standing| standing.window.name.clone()).collect(),
    }
}
