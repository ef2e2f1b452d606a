//! Shipments: what travels together for one order, and where it is.

mod change;
mod make;
mod table;

pub(in crate::domain) use change::{
    Decision, facts, leave_stop, not_correctable, requeue, revive, step, supersede, unplan,
};
pub use change::{load, prefer, take_back};
pub(in crate::domain) use make::{Terms, drop_of, make, window_of};
pub use table::{correctable, next};

use super::{
    eta::Eta,
    id::{ExceptionId, ItemId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
    place::Address,
    proof::{ProofDemand, ProofStatus},
    quantity::{Money, Tally},
    text::Actor,
    time::{Moment, Window},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
    /// Which attempt is under way or comes next, counted from 1: `id.stop(attempts)` is its stop.
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
    /// How often the ERP refused the posting for good.
    #[serde(default)]
    pub posting_failures: u32,
    /// The order's customer asked to be told.
    #[serde(default)]
    pub notify: bool,
    /// The open exceptions that keep the invoice back, with their codes.
    #[serde(default)]
    pub blocked_by: BTreeMap<ExceptionId, String>,
    pub corrections: Vec<Correction>,
}

/// One order line's share of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Goods {
    pub line: u32,
    pub item: ItemId,
    #[schema(max_length = 200)]
    pub description: String,
    pub weight_grams: u64,
    pub tally: Tally,
    /// Of what was delivered, what earlier attempts had handed over.
    #[serde(default)]
    pub delivered_before: u32,
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

impl ShipmentState {
    /// Whether nothing more is to come; only a correction leads out.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::PartiallyDelivered | Self::Returned | Self::Lost | Self::Cancelled)
    }
}

/// What may be asked of a shipment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShipmentCommand {
    Plan,
    Unplan,
    Load,
    Depart,
    HandOver,
    HandOverPart,
    Fail,
    KeepAtDepot,
    /// Make it plannable again.
    Requeue,
    SendBack,
    TakeBack,
    Lose,
    Cancel,
}

/// The only way out of a terminal state: who, why, from where to where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Correction {
    pub from: ShipmentState,
    pub to: ShipmentState,
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    #[schema(value_type = Actor)]
    pub by: String,
    pub at: Moment,
}
