//! Bulk releases: a file of orders, its lines, and what became of each.

use super::{
    id::{BatchId, OrderId},
    order::OrderState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A bulk release in our books; its lines stand beside it, each a row of its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub consumer: String,
    pub state: BatchState,
    /// Lines received so far; all of them once the state is past `receiving`.
    pub received: u64,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

/// receiving → working → finished; broken_off when the upload ended before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    Receiving,
    Working,
    Finished,
    BrokenOff,
}

/// One line of a bulk release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchLine {
    /// The batch's id, a colon and the line's number padded to eight digits.
    pub id: String,
    pub batch: BatchId,
    /// Counted from 1.
    pub line: u64,
    /// The order's ERP number, where the line names one.
    pub number: Option<String>,
    /// Tells whether a line that is sent again is the same one.
    pub digest: String,
    /// What the line said, until it is worked off.
    pub content: Option<serde_json::Value>,
    pub outcome: LineOutcome,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum LineOutcome {
    Waiting,
    Taken { order: OrderId, state: OrderState },
    Refused { code: String, detail: String },
}

impl BatchLine {
    /// The id of a batch's line; ids sort as lines do.
    pub fn id(batch: &BatchId, line: u64) -> String {
        format!("{batch}:{line:08}")
    }

    /// The line, worked off: what it said is no longer kept here.
    pub fn worked_off(self, outcome: LineOutcome) -> Self {
        Self { content: None, outcome, ..self }
    }
}

impl LineOutcome {
    /// What became of the line, in one word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Taken { state: OrderState::Held, .. } => "held",
            Self::Taken { .. } => "released",
            Self::Refused { .. } => "refused",
        }
    }
}
