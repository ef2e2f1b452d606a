//! Reports: what a driver, a device or a geofence says happened at a stop.

use super::{place::Position, proof::ProofRef, text::Barcode, time::Moment};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One report. `event` is given by the reporter and is kept over retries: the same event twice is one report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub event: String,
    pub at: Moment,
    pub position: Option<Position>,
    pub device: Option<String>,
    /// The device's clock was ahead of ours and was clamped.
    #[serde(default)]
    pub clamped: bool,
    /// What the device's clock said, if it was clamped. It still orders the device's own reports.
    #[serde(default)]
    pub claimed_at: Option<Timestamp>,
    pub what: Reported,
}

impl Report {
    /// A report as it comes in. A time ahead of ours is clamped to now and flagged.
    pub fn received(event: impl Into<String>, occurred_at: Timestamp, what: Reported, now: Timestamp) -> Self {
        let clamped = occurred_at > now;
        Self {
            event: event.into(),
            at: Moment { occurred_at: occurred_at.min(now), recorded_at: now, inferred: false },
            position: None,
            device: None,
            clamped,
            claimed_at: clamped.then_some(occurred_at),
            what,
        }
    }

    /// By what reports of one stop are ordered: the reporter's own clock, then the event.
    pub fn order(&self) -> (Timestamp, &str) {
        (self.claimed_at.unwrap_or(self.at.occurred_at), &self.event)
    }

    /// How far the reporter's clock ran ahead, in seconds.
    pub fn skew_seconds(&self) -> i64 {
        self.claimed_at.map_or(0, |claimed| claimed.as_second().saturating_sub(self.at.occurred_at.as_second()))
    }
}

/// What was reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reported {
    EnRoute,
    Arrived,
    HandedOver(Handover),
    /// The attempt failed, with the taxonomy's code.
    Failed {
        code: String,
        note: Option<String>,
        proofs: Vec<ProofRef>,
    },
    Skipped {
        note: Option<String>,
    },
    /// Something is wrong that does not end the attempt, with the taxonomy's code.
    Noticed {
        code: String,
        note: Option<String>,
        proofs: Vec<ProofRef>,
    },
    Departed,
}

impl Reported {
    /// Whether it says how the attempt ended.
    pub fn is_decisive(&self) -> bool {
        matches!(self, Self::HandedOver(_) | Self::Failed { .. } | Self::Skipped { .. })
    }
}

/// A hand-over at the door: the delivery's confirmation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// Who took it, as they gave their name.
    #[schema(max_length = 200)]
    pub received_by: Option<String>,
    /// Only the lines that differ from what was picked; empty means everything was handed over.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub differences: Vec<Difference>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub proofs: Vec<ProofRef>,
    /// The parcels scanned at the door.
    #[serde(default)]
    #[schema(value_type = Vec<Barcode>, max_items = 1000)]
    pub barcodes: Vec<String>,
    /// The receiver's PIN was checked.
    #[serde(default)]
    pub pin_checked: bool,
    /// The receiver's age was checked.
    #[serde(default)]
    pub age_checked: bool,
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// One line that was not handed over as picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    #[schema(minimum = 1, maximum = 9999)]
    pub line: u32,
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub short: u32,
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub damaged: u32,
    /// Handed back at the door.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub refused: u32,
}

impl Difference {
    /// Whether it says that nothing differs.
    pub fn is_nothing(&self) -> bool {
        self.short == 0 && self.damaged == 0 && self.refused == 0
    }

    /// How much of the line was not handed over.
    pub fn kept(&self) -> u64 {
        u64::from(self.short) + u64::from(self.damaged) + u64::from(self.refused)
    }
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reception {
    /// It moved the state.
    Applied,
    /// It had been received before.
    Duplicate,
    /// It is older than what is known: kept in the history, nothing moved.
    Late,
    /// It contradicts what is known about the world: kept whole, a person decides.
    Quarantined,
    /// It makes no sense by itself.
    Rejected,
}
