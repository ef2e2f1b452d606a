//! What is governed, and by whom it is used: contracts, consumers, and answers that departed from their contract.

mod consumers;
mod contracts;

pub use consumers::{RegisteredConsumer, SubscribedContract, UsedOperation, consumers};
pub use contracts::{PublishedContract, PublishedOperation, contracts};

use crate::{app::App, domain::text::Code};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// Answers that departed from their contract, as a sample shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DriftReport {
    /// Answers since this process started.
    pub answers: u64,
    /// One in how many was checked.
    pub one_in: u64,
    #[schema(max_items = 500)]
    pub items: Vec<SeenDrift>,
}

/// One departure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeenDrift {
    #[schema(max_length = 100)]
    pub contract: String,
    #[schema(value_type = Code)]
    pub operation: String,
    #[schema(minimum = 100, maximum = 599)]
    pub status: u16,
    /// Where in the body, and what was expected there.
    #[schema(max_length = 2000)]
    pub departure: String,
    pub seen: u64,
    pub last_seen_at: Timestamp,
}

/// What departed from its contract on the way out of this process.
pub fn drift(app: &App) -> DriftReport {
    let (answers, one_in) = app.gate.drift.watched();
    let seen = |drift: crate::policy::Drift| SeenDrift {
        contract: drift.contract,
        operation: drift.operation,
        status: drift.status,
        departure: drift.departure,
        seen: drift.seen,
        last_seen_at: drift.last_seen,
    };
    DriftReport { answers, one_in, items: app.gate.drift.drifts().into_iter().map(seen).collect() }
}
