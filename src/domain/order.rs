//! Orders: what the ERP wants delivered, collected or serviced, and how far that has come.

mod amend;
mod cancel;
mod check;
mod hold;
mod release;
mod settle;
mod table;

pub use amend::{Amendment, amend};
pub use cancel::cancel;
pub use check::check;
pub(in crate::domain) use check::is_on_the_globe;
pub use hold::{hold, hold_back, lift_hold, recheck};
pub use release::{Findings, Released, release};
pub use settle::{correct, in_execution, invoiced, planned, settle};
pub(in crate::domain) use settle::{facts, outcome_of, step, unplanned};
pub use table::next;

use super::{
    customer::Preferences,
    id::{ItemId, OrderId, PartyId, RegionId, ShipmentId},
    invoice::Invoice,
    place::Address,
    proof::ProofClass,
    quantity::Money,
    text::Skill,
    time::Window,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// An order in our books.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub id: OrderId,
    pub content: OrderContent,
    pub state: OrderState,
    /// Why the order is held; empty unless it is.
    pub holds: Vec<Hold>,
    /// What each shipment of the order came to, as far as it is known.
    pub outcomes: BTreeMap<ShipmentId, Option<ShipmentOutcome>>,
    /// The shipments that are on routes.
    #[serde(default)]
    pub planned: BTreeSet<ShipmentId>,
    /// The proof classes of the customer and of the items.
    #[serde(default)]
    pub proof: BTreeSet<ProofClass>,
    pub invoice: Invoice,
    /// How often the content was amended.
    pub amendments: u32,
    pub preferences: Option<Preferences>,
    pub received_at: Timestamp,
    pub released_at: Option<Timestamp>,
}

/// What the ERP says the order is. An amendment replaces parts of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderContent {
    /// The ERP's own number; an order is released once under it.
    #[schema(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
    pub number: String,
    pub party: PartyId,
    pub region: RegionId,
    #[serde(default)]
    pub kind: OrderKind,
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<OrderLine>,
    pub address: Address,
    /// When the customer can be served.
    pub window: Window,
    #[serde(default)]
    pub constraints: Constraints,
    pub value: Money,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    #[default]
    Delivery,
    ReturnPickup,
    ServiceVisit,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The line's number in the ERP.
    #[schema(minimum = 1, maximum = 9999)]
    pub line: u32,
    pub item: ItemId,
    #[schema(max_length = 200)]
    pub description: String,
    /// In the item's own unit.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: u32,
    /// Of the whole line.
    #[schema(minimum = 0, maximum = 50_000_000)]
    pub weight_grams: u64,
    /// Lines of different drops travel as different shipments.
    #[serde(default = "first_drop")]
    #[schema(minimum = 1, maximum = 20, default = 1)]
    pub drop: u32,
}

fn first_drop() -> u32 {
    1
}

/// What the vehicle, the driver and the proof have to satisfy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Constraints {
    /// Skills of the vehicle or driver, such as `tail_lift`.
    #[schema(value_type = BTreeSet<Skill>, max_items = 20)]
    pub skills: BTreeSet<String>,
    /// The classes of proof asked for; the strictest of each demand wins.
    #[schema(max_items = 6)]
    pub proof: BTreeSet<ProofClass>,
    /// How long the stop takes.
    #[schema(minimum = 0, maximum = 28_800)]
    pub service_seconds: Option<u32>,
}

/// received → held ⇄ released → planned → in_execution → delivered … → invoiced; cancelled before execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    Received,
    Held,
    Released,
    Planned,
    InExecution,
    Delivered,
    PartiallyDelivered,
    Undelivered,
    /// Invoiced: closed.
    Invoiced,
    Cancelled,
}

/// What may be asked of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderCommand {
    /// Nothing holds it.
    Release,
    Hold,
    Amend,
    /// All of its shipments are on routes.
    Plan,
    Unplan,
    /// A vehicle is under way with it, or somebody is at the door.
    Start,
    /// Every shipment has come to something.
    Settle(ShipmentOutcome),
    /// A shipment goes out again, by a person's decision.
    Reopen,
    Invoice,
    Cancel,
    /// A person declares what a shipment came to.
    Correct,
}

/// One reason an order is held for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    pub reason: HoldReason,
    /// For a person: what is missing or over.
    #[schema(max_length = 2000)]
    pub detail: String,
    pub since: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    Credit,
    Stock,
    Address,
    Compliance,
    /// A system that had to be asked was away; the relay asks again.
    SystemUnavailable,
    Manual,
}

/// How one shipment of an order ended, for the order's own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentOutcome {
    Delivered,
    PartiallyDelivered,
    Undelivered,
}
