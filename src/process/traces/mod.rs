//! Traces: the whole way of an order, from the ERP to the invoice, and where it stops. Looks, and never changes
//! anything.

mod gather;
mod stages;

pub use gather::{trace_in, trace_order};

use crate::{
    domain::{
        exception::ExceptionState,
        id::{ExceptionId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
        invoice::Invoice,
        order::OrderState,
        proof::ProofStatus,
        route::RouteState,
        shipment::ShipmentState,
        stop::StopState,
        time::{Moment, Window},
    },
    process::dead_letters::TaskStory,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// The whole way of an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OrderTrace {
    pub order: TracedOrder,
    pub shipments: Vec<TracedShipment>,
    pub routes: Vec<TracedRoute>,
    pub stops: Vec<TracedStop>,
    pub exceptions: Vec<TracedException>,
    pub invoice: Invoice,
    /// Whether every step from the ERP's order to the invoice can be told.
    pub complete: bool,
    /// The first step that is missing, if one is.
    pub stops_at: Option<Standstill>,
    /// Everything that was recorded about it, oldest first.
    pub events: Vec<TracedEvent>,
    /// Every call to another system that followed from it, oldest first.
    pub tasks: Vec<TaskStory>,
}

/// The order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedOrder {
    pub id: OrderId,
    /// The ERP's number.
    pub number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub state: OrderState,
    /// Why it is held, in words.
    pub holds: Vec<String>,
    pub window: Window,
    pub received_at: Timestamp,
    pub released_at: Option<Timestamp>,
}

/// One of its shipments.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedShipment {
    pub id: ShipmentId,
    pub state: ShipmentState,
    pub attempts: u32,
    pub route: Option<RouteId>,
    pub stop: Option<StopId>,
    pub delivered: Option<Moment>,
    pub failure: Option<String>,
    pub proof: ProofStatus,
    /// Posted to the ERP as delivered.
    pub posted: bool,
}

/// A route one of them is or was on.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedRoute {
    pub id: RouteId,
    pub state: RouteState,
    pub revision: u32,
    pub driver: Option<String>,
    pub vehicle: String,
    pub carrier: Option<String>,
    pub published_at: Option<Timestamp>,
    pub departed_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
}

/// One attempt at the door.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedStop {
    pub id: StopId,
    pub shipment: ShipmentId,
    pub route: RouteId,
    pub state: StopState,
    pub planned: Window,
    pub arrived: Option<Moment>,
    pub departed: Option<Moment>,
    /// How many reports came in about it.
    pub reports: u64,
}

/// Something that went wrong on the way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedException {
    pub id: ExceptionId,
    pub code: String,
    pub state: ExceptionState,
    pub blocks_invoice: bool,
    pub raised: Moment,
    pub resolved: Option<Moment>,
}

/// Something that was recorded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedEvent {
    pub id: String,
    /// `milestone` or `audit`.
    pub kind: String,
    pub name: String,
    pub subject: String,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    pub actor: String,
    /// The call it came from, and the contract that was in force.
    pub operation: String,
    pub contract: String,
    pub correlation_id: String,
    pub trace_id: String,
}

/// Where an order's way stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Standstill {
    pub stage: Stage,
    /// What is missing, for a person.
    pub detail: String,
}

/// The steps of an order's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Release,
    Planning,
    Dispatch,
    Confirmation,
    Proof,
    Posting,
    Invoice,
}
