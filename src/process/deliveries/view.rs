//! Deliveries as callers read them.

use super::{ProofLink, proof_links, receive::Taken};
use crate::{
    app::App,
    domain::{
        id::{ExceptionId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
        proof::ProofDemand,
        report::{Reception, Reported},
        shipment::{Correction, Goods, Shipment, ShipmentState},
        stop::{self, Stop, StopState},
        text::{Code, Sha256},
        time::{Moment, Window},
    },
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// What came of a confirmation.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5X", "stop": "stp_1f0c9a7be2.1.1", "reception": "applied", "skew_seconds": 0,
    "stop_state": "completed", "shipment": "shp_1f0c9a7be2.1", "shipment_state": "delivered",
    "proof_missing": ["photo"],
    "artifacts_awaited": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"], "quarantine": null
})))]
pub struct ConfirmationReceipt {
    #[schema(max_length = 128)]
    pub event: String,
    pub stop: StopId,
    pub reception: Reception,
    /// How far the teller's clock ran ahead; the time was set back to when it was received.
    pub skew_seconds: i64,
    /// What the stop is now; none where no such stop is known.
    pub stop_state: Option<StopState>,
    pub shipment: Option<ShipmentId>,
    pub shipment_state: Option<ShipmentState>,
    /// What the proof still misses, in words of the demand.
    #[schema(value_type = Vec<Code>, max_items = 20)]
    pub proof_missing: Vec<String>,
    /// Artifacts that were named and have not arrived.
    #[schema(value_type = Vec<Sha256>, max_items = 50)]
    pub artifacts_awaited: Vec<String>,
    /// The exception that keeps the message until a person decides, if it was quarantined.
    pub quarantine: Option<ExceptionId>,
}

impl ConfirmationReceipt {
    pub fn of(taken: &Taken) -> Self {
        let now = taken.now.as_ref();
        Self {
            event: taken.event.clone(),
            stop: taken.stop.clone(),
            reception: taken.reception,
            skew_seconds: taken.skew_seconds,
            stop_state: now.map(|now| now.stop),
            shipment: now.map(|now| now.shipment.clone()),
            shipment_state: now.map(|now| now.state),
            proof_missing: now.map(|now| now.missing.clone()).unwrap_or_default(),
            artifacts_awaited: now.map(|now| now.awaited.clone()).unwrap_or_default(),
            quarantine: taken.quarantine.clone(),
        }
    }
}

/// A delivery, with what proves it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    pub shipment: ShipmentId,
    pub order: OrderId,
    #[schema(max_length = 40)]
    pub order_number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub state: ShipmentState,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    pub route: Option<RouteId>,
    pub stop: Option<StopId>,
    pub window: Window,
    pub arrived: Option<Moment>,
    pub delivered: Option<Moment>,
    /// Who took it, as they gave their name.
    #[schema(max_length = 200)]
    pub received_by: Option<String>,
    /// Why the last attempt failed, as an exception code.
    #[schema(max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
    pub failure: Option<String>,
    #[schema(max_items = 200)]
    pub goods: Vec<Goods>,
    pub proof: DeliveryProof,
    /// The ERP has it.
    pub posted: bool,
    /// The codes of the open exceptions that keep the invoice back.
    #[schema(value_type = Vec<Code>, max_items = 1000)]
    pub blocked_by: Vec<String>,
    #[schema(max_items = 1000)]
    pub corrections: Vec<Correction>,
}

/// What proves a delivery.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryProof {
    pub complete: bool,
    /// A person accepted the delivery without what is missing.
    pub waived: bool,
    /// What the demand still misses, in its words.
    #[schema(value_type = Vec<Code>, max_items = 20)]
    pub missing: Vec<String>,
    pub demand: ProofDemand,
    #[schema(max_items = 1000)]
    pub artifacts: Vec<ProofLink>,
}

impl DeliveryView {
    pub fn of(app: &App, shipment: &Shipment, stop: Option<&Stop>, now: Timestamp) -> Self {
        Self {
            shipment: shipment.id.clone(),
            order: shipment.order.clone(),
            order_number: shipment.order_number.clone(),
            party: shipment.party.clone(),
            region: shipment.region.clone(),
            state: shipment.state,
            attempt: shipment.attempts,
            route: shipment.route.clone(),
            stop: shipment.last_stop(),
            window: shipment.window,
            arrived: shipment.arrived,
            delivered: shipment.delivered,
            received_by: stop.and_then(receiver),
            failure: shipment.failure.clone(),
            goods: shipment.goods.clone(),
            proof: DeliveryProof {
                complete: shipment.proof.is_complete(),
                waived: shipment.proof.waived,
                missing: shipment.proof.missing.clone(),
                demand: shipment.proof_demand.clone(),
                artifacts: proof_links(app, shipment, now),
            },
            posted: shipment.posted,
            blocked_by: shipment.blocked_by.values().cloned().collect(),
            corrections: shipment.corrections.clone(),
        }
    }
}

fn receiver(stop: &Stop) -> Option<String> {
    match &stop::fold(&stop.reports).deciding?.what {
        Reported::HandedOver(handover) => handover.received_by.clone(),
        _ => None,
    }
}

/// A delivery in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "shipment": "shp_1f0c9a7be2.1", "order_number": "SO-2026-004711", "party": "pty_acme", "region": "reg_berlin",
    "state": "delivered", "route": "rte_0193a5", "delivered_at": "2026-11-23T09:42:10Z", "proof_complete": true,
    "posted": true
})))]
pub struct DeliverySummary {
    pub shipment: ShipmentId,
    #[schema(max_length = 40)]
    pub order_number: String,
    pub party: PartyId,
    pub region: RegionId,
    pub state: ShipmentState,
    pub route: Option<RouteId>,
    pub delivered_at: Option<Timestamp>,
    pub proof_complete: bool,
    /// The ERP has it.
    pub posted: bool,
}

impl DeliverySummary {
    pub fn of(shipment: &Shipment) -> Self {
        Self {
            shipment: shipment.id.clone(),
            order_number: shipment.order_number.clone(),
            party: shipment.party.clone(),
            region: shipment.region.clone(),
            state: shipment.state,
            route: shipment.route.clone(),
            delivered_at: shipment.delivered.map(|delivered| delivered.occurred_at),
            proof_complete: shipment.proof.is_complete(),
            posted: shipment.posted,
        }
    }
}

/// A page of deliveries, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryPage {
    #[schema(max_items = 200)]
    pub items: Vec<DeliverySummary>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub next: Option<String>,
}
