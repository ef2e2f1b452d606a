//! How quotas are told: `RateLimit-Policy`, `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11), and the refusal.

use super::window::{Counter, Standing};
use crate::error::Error;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// The fields every answer carries. A window that never refuses is not told of.
pub fn fields(counters: &[Counter<'_>], standings: &[Standing]) -> HeaderMap {
    let told = || counters.iter().zip(standings).filter(|(counter, _)| !counter.window.limit.is_shadow());
    let policy = told().map(|(Counter { window, .. }, _)| {
        format!("\"{}\";q={};w={}", window.name, window.limit.requests, window.limit.seconds)
    });
    let limit = told().map(|(counter, standing)| {
        format!("\"{}\";r={};t={}", counter.window.name, standing.remaining, standing.seconds.max(1))
    });
    let mut headers = HeaderMap::new();
    for (name, items) in [(RATE_LIMIT_POLICY, policy.collect::<Vec<_>>()), (RATE_LIMIT, limit.collect())] {
        if let (false, Ok(value)) = (items.is_empty(), HeaderValue::from_str(&items.join(","))) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The refusal, which names the windows and says when to come back.
pub fn exceeded(over: &[(&Counter<'_>, &Standing)], headers: HeaderMap) -> Error {
    let wait = over.iter().map(|(_, standing)| standing.seconds).max().unwrap_or(1).max(1);
    let mut fields: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    fields.push((header::RETRY_AFTER, HeaderValue::from(wait)));
    Error::Gate {
        code: "quota_exceeded",
        detail: format!("The quota is used up; come back in {wait} s."),
        headers: fields,
        violated: over.iter().map(|(counter, _)| counter.window.name.clone()).collect(),
    }
}
