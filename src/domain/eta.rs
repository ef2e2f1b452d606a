//! ETAs: when a stop is expected, how sure that is, and when a new one is worth announcing.

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
