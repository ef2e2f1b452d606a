//! Stops: one attempt to serve one shipment. A stop's state is what its driver's reports come to, in any order.

mod fold;
mod make;

pub use fold::{Account, fold, take_in};
pub use make::is_open;
pub(in crate::domain) use make::{cancel, follow, make};

use super::{
    eta::Eta,
    id::{DriverId, PartyId, RegionId, RouteId, ShipmentId, StopId},
    place::Position,
    report::Report,
    time::{Moment, Window},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A stop in our books.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    pub id: StopId,
    pub shipment: ShipmentId,
    pub party: PartyId,
    pub region: RegionId,
    pub route: RouteId,
    pub driver: Option<DriverId>,
    pub position: Position,
    pub geofence_metres: u32,
    pub service_seconds: u32,
    pub window: Window,
    pub planned: Window,
    pub eta: Option<Eta>,
    pub state: StopState,
    pub arrived: Option<Moment>,
    pub departed: Option<Moment>,
    /// Everything the driver said about this stop, ordered by when it happened.
    pub reports: Vec<Report>,
    /// The codes of the exceptions its reports have raised.
    #[serde(default)]
    pub raised: BTreeSet<String>,
    /// Closed by a person; later reports only enter the history.
    pub closed: bool,
}

/// planned → en_route → arrived → completed | partially_completed | failed | skipped → departed; cancelled before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StopState {
    Planned,
    EnRoute,
    Arrived,
    Completed,
    PartiallyCompleted,
    Failed,
    Skipped,
    Cancelled,
}

impl StopState {
    /// Whether the attempt is over. Departure is a moment beside the outcome, so that it does not hide it.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::PartiallyCompleted | Self::Failed | Self::Skipped | Self::Cancelled)
    }
}
