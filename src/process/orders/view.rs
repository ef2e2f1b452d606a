//! What callers read of an order: everything from the order itself, so that one version names all of it.

use super::ORDERS;
use crate::{
    domain::{
        id::{OrderId, PartyId, RegionId, ShipmentId},
        invoice::InvoiceState,
        order::{Constraints, Hold, HoldReason, Order, OrderKind, OrderLine, OrderState, ShipmentOutcome},
        place::Address,
        quantity::Money,
        time::Window,
    },
    reply::{answer, located, tagged},
    store::Answer,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An order as it stands after a decision.
#[derive(Clone, Debug)]
pub struct Standing {
    pub order: Order,
    pub version: i64,
    /// It did not exist before.
    pub fresh: bool,
}

impl Standing {
    /// An order that was at this version, changed.
    pub fn after(version: i64, order: &Order) -> Self {
        Self { order: order.clone(), version: version + 1, fresh: false }
    }
}

/// An order: what was asked for, and how far it has come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(examples(json!(example())))]
pub struct OrderView {
    pub order: OrderId,
    /// The ERP's own number.
    #[schema(min_length = 1, max_length = 40)]
    pub number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub kind: OrderKind,
    pub state: OrderState,
    /// Why it is held; empty unless it is.
    #[schema(max_items = 20)]
    pub holds: Vec<Hold>,
    #[schema(max_items = 200)]
    pub lines: Vec<OrderLine>,
    pub address: Address,
    pub window: Window,
    pub constraints: Constraints,
    pub value: Money,
    /// What travels together; each is read under its own id.
    #[schema(max_items = 200)]
    pub shipments: Vec<OrderShipmentView>,
    /// Where the invoice is.
    pub invoice: InvoiceState,
    /// How often the order was amended.
    pub amendments: u32,
    pub received_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub released_at: Option<Timestamp>,
}

/// A shipment of an order, and what it came to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderShipmentView {
    pub shipment: ShipmentId,
    /// It is on a route.
    pub planned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<ShipmentOutcome>,
}

/// An order in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderSummary {
    pub order: OrderId,
    /// The ERP's own number.
    #[schema(min_length = 1, max_length = 40)]
    pub number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub kind: OrderKind,
    pub state: OrderState,
    /// What it is held for; empty unless it is.
    #[schema(max_items = 20)]
    pub holds: Vec<HoldReason>,
    pub window: Window,
    pub received_at: Timestamp,
}

impl OrderView {
    pub fn of(order: &Order) -> Self {
        let content = order.content.clone();
        let shipments = order.outcomes.iter().map(|(shipment, outcome)| OrderShipmentView {
            shipment: shipment.clone(),
            planned: order.planned.contains(shipment),
            outcome: *outcome,
        });
        Self {
            order: order.id.clone(),
            number: content.number,
            party: content.party,
            region: content.region,
            kind: content.kind,
            state: order.state,
            holds: order.holds.clone(),
            lines: content.lines,
            address: content.address,
            window: content.window,
            constraints: content.constraints,
            value: content.value,
            shipments: shipments.collect(),
            invoice: order.invoice.state,
            amendments: order.amendments,
            received_at: order.received_at,
            released_at: order.released_at,
        }
    }
}

impl OrderSummary {
    pub fn of(order: &Order) -> Self {
        Self {
            order: order.id.clone(),
            number: order.content.number.clone(),
            party: order.content.party.clone(),
            region: order.content.region.clone(),
            kind: order.content.kind,
            state: order.state,
            holds: order.holds.iter().map(|hold| hold.reason).collect(),
            window: order.content.window,
            received_at: order.received_at,
        }
    }
}

/// A decision's answer: the order as it stands, 201 with its place where it is new.
pub fn stands(standing: &Standing) -> Answer {
    let status = if standing.fresh { 201 } else { 200 };
    let body = tagged(answer(status, &OrderView::of(&standing.order)), standing.version);
    located(body, &format!("{ORDERS}/{}", standing.order.id))
}

/// The order of the examples, as it is released.
pub fn example_content() -> Value {
    json!({
        "number": "SO-2026-104711",
        "party": "pty_acme",
        "region": "reg_north",
        "kind": "delivery",
        "lines": [{
            "line": 1, "item": "itm_pump", "description": "Circulation pump", "quantity": 2, "weight_grams": 8400,
            "drop": 1
        }],
        "address": {
            "name": "Acme, dock 3", "street": "Hafenstrasse 12", "postal_code": "10115", "city": "Berlin",
            "country": "DE", "position": {"latitude": 52.5208, "longitude": 13.4095}
        },
        "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"},
        "constraints": {"skills": ["tail_lift"], "proof": ["dock"], "service_seconds": 600},
        "value": {"minor": 129_900, "currency": "EUR"}
    })
}

/// The same order, as it is read.
pub fn example() -> Value {
    let mut example = example_content();
    let facts = json!({
        "order": "ord_5f1c0a9be27d4431aa02", "state": "released", "holds": [],
        "shipments": [{"shipment": "shp_5f1c0a9be27d4431aa02.1", "planned": false}],
        "invoice": "on_hold", "amendments": 0,
        "received_at": "2026-11-22T16:02:11Z", "released_at": "2026-11-22T16:02:11Z"
    });
    for (name, value) in facts.as_object().into_iter().flatten() {
        example[name] = value.clone();
    }
    example
}
