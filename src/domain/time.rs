//! Instants, windows, and which kind of time is meant.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A span in which something may or shall happen; `from` comes before `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"})))]
pub struct Window {
    pub from: Timestamp,
    pub until: Timestamp,
}

impl Window {
    pub fn holds(&self, instant: Timestamp) -> bool {
        self.from <= instant && instant <= self.until
    }

    /// Whether the window begins before it ends.
    pub fn is_forward(&self) -> bool {
        self.from < self.until
    }
}

/// Which time is meant (OpenTripModel: lifecycle of a moment).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeKind {
    /// What the plan says.
    Planned,
    /// What is expected now: the ETA.
    Projected,
    /// What happened.
    Actual,
}

/// When something happened, and when we heard of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Moment {
    /// In the world, by the reporter's clock, corrected for a clock that runs ahead.
    pub occurred_at: Timestamp,
    /// When it was recorded here.
    pub recorded_at: Timestamp,
    /// Concluded from something else rather than reported.
    #[serde(default)]
    pub inferred: bool,
}
