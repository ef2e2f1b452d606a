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
        text::{Actor, Code, Sentence},
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
    #[schema(max_items = 200)]
    pub shipments: Vec<TracedShipment>,
    #[schema(max_items = 1000)]
    pub routes: Vec<TracedRoute>,
    #[schema(max_items = 1000)]
    pub stops: Vec<TracedStop>,
    #[schema(max_items = 1000)]
    pub exceptions: Vec<TracedException>,
    pub invoice: Invoice,
    /// Whether every step from the ERP's order to the invoice can be told.
    pub complete: bool,
    /// The first step that is missing, if one is.
    pub stops_at: Option<Standstill>,
    /// Everything that was recorded about it, oldest first.
    #[schema(max_items = 1000)]
    pub events: Vec<TracedEvent>,
    /// Every call to another system that followed from it, oldest first.
    #[schema(max_items = 500)]
    pub tasks: Vec<TaskStory>,
}

/// The order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedOrder {
    pub id: OrderId,
    /// The ERP's number.
    #[schema(max_length = 40)]
    pub number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub state: OrderState,
    /// Why it is held, in words.
    #[schema(value_type = Vec<Sentence>, max_items = 20)]
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
    #[schema(max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
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
    #[schema(max_length = 96)]
    pub driver: Option<String>,
    #[schema(max_length = 96)]
    pub vehicle: String,
    #[schema(max_length = 96)]
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
    #[schema(value_type = Code)]
    pub code: String,
    pub state: ExceptionState,
    pub blocks_invoice: bool,
    pub raised: Moment,
    pub resolved: Option<Moment>,
}

/// Something that was recorded.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TracedEvent {
    #[schema(max_length = 128)]
    pub id: String,
    /// `milestone` or `audit`.
    #[schema(max_length = 60)]
    pub kind: String,
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(max_length = 200)]
    pub subject: String,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    #[schema(value_type = Actor)]
    pub actor: String,
    /// The call it came from, and the contract that was in force.
    #[schema(max_length = 60)]
    pub operation: String,
    #[schema(max_length = 100)]
    pub contract: String,
    #[schema(max_length = 128)]
    pub correlation_id: String,
    #[schema(max_length = 32)]
    pub trace_id: String,
}

/// Where an order's way stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Standstill {
    pub stage: Stage,
    /// What is missing, for a person.
    #[schema(max_length = 2000)]
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
