//! Routes: one vehicle's stops of one day, in sequence, in numbered revisions.

mod by_hand;
mod drive;
mod plan;
mod publish;
mod table;

pub use by_hand::{ByHand, Overridden, override_by_hand};
pub use drive::{abort, accept, dispatch, reject, settle, unload};
pub use plan::{Plan, PlannedLeg, propose};
pub use publish::publish;
pub use table::next;

use super::{
    id::{CarrierId, DriverId, RegionId, RouteId, ShipmentId, StopId, VehicleId},
    place::Position,
    refused::Refused,
    text::Actor,
    time::Window,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A route in our books. What happens at its stops is kept in the stops themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Route {
    pub id: RouteId,
    pub region: RegionId,
    pub day: Date,
    /// Which plan this is; an older one is refused.
    pub revision: u32,
    pub state: RouteState,
    pub vehicle: VehicleId,
    pub driver: Option<DriverId>,
    pub carrier: Option<CarrierId>,
    pub depot: Position,
    pub shift: Window,
    /// In driving order.
    pub legs: Vec<Leg>,
    pub distance_metres: u64,
    pub overrides: Vec<Override>,
    pub published_at: Option<Timestamp>,
    pub departed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// One stop's place in the route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Leg {
    pub stop: StopId,
    pub shipment: ShipmentId,
    pub position: Position,
    /// The planned arrival and departure.
    pub planned: Window,
    pub service_seconds: u32,
}

/// proposed → published(rev n) → accepted | rejected → started → completed | aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RouteState {
    Proposed,
    Published,
    Accepted,
    Rejected,
    Started,
    Completed,
    Aborted,
}

/// What may be asked of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteCommand {
    Publish,
    Accept,
    Reject,
    Dispatch,
    Override,
    Complete,
    Abort,
}

/// A change made by hand, with its reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Override {
    pub change: OverrideChange,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    #[schema(value_type = Actor)]
    pub by: String,
    pub at: Timestamp,
    /// The revision it made.
    pub revision: u32,
}

/// What a dispatcher may change by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum OverrideChange {
    /// Move a stop to another place in this route (counted from 0) or to another route.
    MoveStop {
        stop: StopId,
        to_route: Option<RouteId>,
        to_index: u32,
    },
    SwapDriver {
        driver: DriverId,
    },
    SwapVehicle {
        vehicle: VehicleId,
    },
    /// All open stops of the route, in their new order.
    Resequence {
        #[schema(max_items = 500)]
        stops: Vec<StopId>,
    },
}

/// One step by the table.
fn step(route: &mut Route, command: RouteCommand) -> Result<(), Refused> {
    let from = route.state;
    route.state = next(from, command).ok_or_else(|| {
        Refused::new("route_state", format!("route {} is {from:?}; it does not allow {command:?}", route.id))
    })?;
    Ok(())
}

/// What a milestone about a route tells.
fn facts(route: &Route) -> Value {
    json!({
        "route": route.id,
        "revision": route.revision,
        "state": route.state,
        "day": route.day,
        "vehicle": route.vehicle,
        "carrier": route.carrier,
        "stops": route.legs.iter().map(|leg| &leg.stop).collect::<Vec<_>>(),
    })
}
