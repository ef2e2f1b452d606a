//! What is said of one operation in `policies/operations/*.toml`, and what it comes to.

use crate::overload::Priority;
use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};
use utoipa::ToSchema;

/// The policy of one operation; its key is the operationId. A field that does not apply to the operation is left out, and
/// one that applies never is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationEntry {
    /// The scope a token needs.
    #[schema(pattern = "^[a-z][a-z-]*(:[a-z][a-z-]*)?$")]
    pub scope: String,
    /// How often one consumer may call it: a quota of `policies/quotas.toml`, beside those of the consumer's tier.
    pub quota: String,
    /// How long the caller waits at most, in milliseconds.
    #[schema(minimum = 1)]
    pub deadline_ms: u64,
    /// What goes first when more is asked than can be served.
    pub priority: Priority,
    /// Which calls leave a row in the event log.
    pub audit: Audit,
    /// The largest body taken, in bytes. Where the operation takes one.
    #[schema(minimum = 1)]
    pub body_limit: Option<usize>,
    /// Whether `Idempotency-Key` is asked for. Of writes.
    pub idempotency: Option<Idempotency>,
    /// How long a key is remembered, in hours. Where keys are taken.
    #[schema(minimum = 1)]
    pub retention_hours: Option<u32>,
    /// What to do when a system that has to be asked is away. Where the operation can do more than one thing.
    pub on_unavailable: Option<OnUnavailable>,
    /// How long callers may keep the answer: `never`, `revalidate`, or so many seconds, such as `30 s`. Of reads.
    #[schema(value_type = Option<String>, pattern = "^(never|revalidate|[1-9][0-9]{0,5} s)$")]
    pub cache: Option<Cache>,
}

/// The policy of one operation, in force. What does not apply to it has the value that asks nothing.
#[derive(Clone, Debug)]
pub struct OperationPolicy {
    /// The scope a token needs.
    pub scope: String,
    /// How often one consumer may call it: by name, in `policies/quotas.toml`.
    pub quota: String,
    /// The largest body taken, in bytes; 0 where none is.
    pub body_limit: usize,
    /// How long the caller waits at most, in milliseconds.
    pub deadline_ms: u64,
    pub idempotency: Idempotency,
    /// How long a key is remembered, in hours; 0 where none is taken.
    pub retention_hours: u32,
    /// What goes first when more is asked than can be served.
    pub priority: Priority,
    pub audit: Audit,
    /// What to do when a system that has to be asked is away.
    pub on_unavailable: OnUnavailable,
    /// How long callers may keep the answer.
    pub cache: Cache,
}

impl OperationPolicy {
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

/// Which calls leave a row in the event log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audit {
    /// None beyond the milestones that what was done has.
    None,
    /// Every call that was done.
    Done,
    /// Every call, done or refused by more than a quota.
    All,
}

/// Whether `Idempotency-Key` is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Idempotency {
    Required,
    Optional,
    #[default]
    None,
}

/// What to do when a system that has to be asked is away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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

/// How long callers may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Cache {
    Never,
    /// They ask each time, with its ETag.
    Revalidate,
    Seconds(u32),
}

impl Cache {
    /// As `Cache-Control` has it (RFC 9111 §5.2.2). Answers are a consumer's own: no shared cache keeps them.
    pub fn field(self) -> HeaderValue {
        match self {
            Self::Never => HeaderValue::from_static("no-store"),
            Self::Revalidate => HeaderValue::from_static("private, no-cache"),
            Self::Seconds(seconds) => {
                HeaderValue::try_from(format!("private, max-age={seconds}")).expect("digits are visible text")
            }
        }
    }
}

impl TryFrom<String> for Cache {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "never" => Ok(Self::Never),
            "revalidate" => Ok(Self::Revalidate),
            other => {
                let seconds = other.strip_suffix(" s").and_then(|seconds| seconds.parse().ok());
                seconds.map(Self::Seconds).ok_or_else(|| format!("{other} is no way to cache"))
            }
        }
    }
}

impl fmt::Display for Cache {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => to.write_str("never"),
            Self::Revalidate => to.write_str("revalidate"),
            Self::Seconds(seconds) => write!(to, "{seconds} s"),
        }
    }
}

impl Audit {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Done => "done",
            Self::All => "all",
        }
    }
}

impl Idempotency {
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optional => "optional",
            Self::None => "none",
        }
    }
}

impl OnUnavailable {
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Accept => "accept",
            Self::Refuse => "refuse",
        }
    }
}
