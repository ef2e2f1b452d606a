//! What is said of one operation in `policies/operations/*.toml`.

use super::quota::Quota;
use serde::Deserialize;
use std::time::Duration;

/// The policy of one operation; its key in the file is the operationId.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationPolicy {
    /// The scope a token needs.
    pub scope: String,
    /// The largest body taken, in bytes.
    #[serde(default = "kilobytes_256")]
    pub body_limit: usize,
    /// How long the caller waits at most, in milliseconds.
    #[serde(default = "ten_seconds")]
    pub deadline_ms: u64,
    #[serde(default)]
    pub idempotency: Idempotency,
    /// Whether reading it is worth a row in the event log. Writes always are.
    #[serde(default)]
    pub audit: bool,
    /// What to do when a system that has to be asked is away.
    #[serde(default)]
    pub on_unavailable: OnUnavailable,
    /// Windows of the operation's own, beside those of the consumer's tier.
    #[serde(default)]
    pub quota: Quota,
    /// How long a key is remembered, in hours.
    #[serde(default = "one_day")]
    pub retention_hours: u32,
}

impl OperationPolicy {
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// Whether `Idempotency-Key` is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    Required,
    Optional,
    #[default]
    None,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnavailable {
    /// Take the order and hold it; the relay asks again.
    #[default]
    Hold,
    /// Take it as if the system had said yes.
    Accept,
    /// 503 with `Retry-After`.
    Refuse,
}

fn kilobytes_256() -> usize {
    256 * 1024
}

fn ten_seconds() -> u64 {
    10_000
}

fn one_day() -> u32 {
    24
}
