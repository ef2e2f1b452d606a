//! Shipments: what travels together for one order, and where it is.

use super::{
    eta::Eta,
    id::{ItemId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
    place::Address,
    proof::{ProofDemand, ProofStatus},
    quantity::{Money, Tally},
    time::{Moment, Window},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A shipment in our books. It carries what partners read, so that a status poll is one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order: OrderId,
    pub order_number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub state: ShipmentState,
    pub goods: Vec<Goods>,
    pub address: Address,
    pub window: Window,
    pub skills: BTreeSet<String>,
    pub service_seconds: u32,
    pub value: Money,
    /// What the proof policy asks of this delivery.
    pub proof_demand: ProofDemand,
    pub proof: ProofStatus,
    /// How often delivery was attempted, counting the attempt under way.
    pub attempts: u32,
    /// The stop of the attempt under way, and its route.
    pub stop: Option<StopId>,
    pub route: Option<RouteId>,
    pub planned: Option<Window>,
    pub eta: Option<Eta>,
    pub arrived: Option<Moment>,
    pub delivered: Option<Moment>,
    /// Why the last attempt failed, as an exception code.
    pub failure: Option<String>,
    /// Posted to the ERP as delivered.
    pub posted: bool,
    pub corrections: Vec<Correction>,
}

/// One order line's share of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Goods {
    pub line: u32,
    pub item: ItemId,
    pub description: String,
    pub weight_grams: u64,
    pub tally: Tally,
}

/// created → planned → loaded → out_for_delivery → delivered | partially_delivered | attempted → … | lost | cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentState {
    Created,
    Planned,
    Loaded,
    OutForDelivery,
    Delivered,
    PartiallyDelivered,
    Attempted,
    HeldAtDepot,
    Returning,
    Returned,
    Lost,
    Cancelled,
}

/// The only way out of a terminal state: who, why, from where to where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    pub from: ShipmentState,
    pub to: ShipmentState,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    pub by: String,
    pub at: Moment,
}
