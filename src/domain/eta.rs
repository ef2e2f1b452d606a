//! ETAs: when a stop is expected, how sure that is, and when a new one is worth announcing.

mod project;

pub(in crate::domain) use project::LATE;
pub use project::{Ahead, Expected, project, revise};

use super::time::{TimeKind, Window};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Eta {
    pub kind: TimeKind,
    pub at: Timestamp,
    pub window: Window,
    /// 0 to 1.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub confidence: f64,
    pub computed_at: Timestamp,
    pub source: EtaSource,
}

/// What an ETA was concluded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EtaSource {
    Plan,
    Override,
    Position,
    Milestone,
}

/// When an ETA is worth announcing, and when it is late: in `policies/sla.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EtaPolicy {
    /// It has to move by as much to be announced.
    pub announce_after_seconds: u32,
    /// Expected as much after the window's end, it is predicted to be late.
    pub late_after_seconds: u32,
}
