//! Where quotas are counted.

use secrecy::SecretString;
use serde::Deserialize;
use std::{num::NonZeroU32, time::Duration};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaSettings {
    pub counted: Counted,
    /// Where Redis is, such as `rediss://user:password@host:6379/0`.
    pub redis_url: SecretString,
    /// How many gateways count together: while Redis is away each admits its share.
    pub gateways: NonZeroU32,
    /// Milliseconds a request waits for Redis at most.
    pub answer_within_ms: u64,
    /// Milliseconds until Redis is asked again after it did not answer.
    pub ask_again_after_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// By each gateway for itself.
    Local,
    /// By all gateways together, in Redis.
    Redis,
}

impl QuotaSettings {
    pub fn answer_within(&self) -> Duration {
        Duration::from_millis(self.answer_within_ms)
    }

    pub fn ask_again_after(&self) -> Duration {
        Duration::from_millis(self.ask_again_after_ms)
    }
}
