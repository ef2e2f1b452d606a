//! One item of offline work, as a phone writes it down, and the words it shares with what is told at once.

use crate::{
    domain::{
        id::StopId,
        place::Position,
        proof::ProofRef,
        report::{Handover, Reported},
    },
    error::Pointed,
    process::deliveries::Told,
};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

/// One event of a phone's day.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5X", "kind": "confirm", "stop": "stp_1f0c9a7be2.1.1",
    "occurred_at": "2026-11-23T09:42:10Z", "handover": {"received_by": "M. Krause"}
})))]
pub struct SyncItem {
    /// The event's own name, kept over retries: the item's key.
    #[schema(min_length = 8, max_length = 128, pattern = "^[!-~]+$")]
    pub event: String,
    pub kind: SyncKind,
    pub stop: StopId,
    /// By the phone's clock.
    pub occurred_at: Timestamp,
    pub position: Option<Position>,
    #[schema(max_length = 100)]
    pub device: Option<String>,
    /// Of a confirmation; left out, everything was handed over as picked.
    pub handover: Option<Handover>,
    /// Of an exception.
    pub exception: Option<StopTrouble>,
    /// Of a milestone.
    pub milestone: Option<DriverMilestone>,
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncKind {
    Confirm,
    Exception,
    Milestone,
}

/// What went wrong, by the taxonomy.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopTrouble {
    /// The taxonomy's code, such as `receiver_absent`.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z][a-z_]*$")]
    pub code: String,
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    #[serde(default)]
    #[schema(max_items = 50)]
    pub proofs: Vec<ProofRef>,
}

/// What a driver records on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriverMilestone {
    EnRoute,
    Arrived,
    Departed,
    /// The stop was left out.
    Skipped,
}

impl StopTrouble {
    pub fn reported(self) -> Reported {
        let Self { code, note, proofs } = self;
        Reported::Failed { code, note, proofs }
    }
}

impl DriverMilestone {
    pub fn reported(self, note: Option<String>) -> Reported {
        match self {
            Self::EnRoute => Reported::EnRoute,
            Self::Arrived => Reported::Arrived,
            Self::Departed => Reported::Departed,
            Self::Skipped => Reported::Skipped { note },
        }
    }
}

impl SyncItem {
    /// The item in the yard's own words; an exception or a milestone has to say which.
    pub fn told(self) -> Result<Told, Pointed> {
        let missing = |member: &str| Pointed::new(&format!("/{member}"), &format!("an item of this kind has {member}"));
        let what = match self.kind {
            SyncKind::Confirm => Reported::HandedOver(self.handover.unwrap_or_default()),
            SyncKind::Exception => self.exception.ok_or_else(|| missing("exception"))?.reported(),
            SyncKind::Milestone => self.milestone.ok_or_else(|| missing("milestone"))?.reported(self.note),
        };
        let Self { stop, event, occurred_at, position, device, .. } =
            Self { handover: None, exception: None, milestone: None, note: None, ..self };
        Ok(Told { stop, event, occurred_at, position, device, inferred: false, what })
    }
}
