//! What a phone reads: small, and only what a driver needs.

use crate::{
    domain::{
        id::{ExceptionId, RouteId, StopId, VehicleId},
        place::Address,
        proof::ProofDemand,
        report::Reception,
        route::RouteState,
        shipment::Shipment,
        stop::{Stop, StopState},
        text::{Code, Sha256},
        time::Window,
    },
    process::deliveries::{DayRun, RunCall, Taken},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

/// A driver's run of one day.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "route": "rte_0193a5", "revision": 2, "day": "2026-11-23", "state": "started", "vehicle": "veh_b_hg_101",
    "stops": [{
        "stop": "stp_1f0c9a7be2.1.1", "state": "planned", "order_number": "SO-2026-004711",
        "address": {
            "name": "Acme, dock 3", "street": "Ringstrasse 5", "postal_code": "12105", "city": "Berlin", "country": "DE",
            "position": {"latitude": 52.4521, "longitude": 13.3849}
        },
        "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"},
        "expected_at": "2026-11-23T09:40:00Z", "service_seconds": 300,
        "goods": [{"line": 1, "description": "Mineral water, crate", "quantity": 12}], "weight_grams": 144000,
        "proof": {"photos": 1, "geofence_metres": 150, "offline_hours": 24}, "proof_missing": []
    }]
})))]
pub struct RunView {
    pub route: RouteId,
    pub revision: u32,
    #[schema(value_type = String, format = Date)]
    pub day: Date,
    pub state: RouteState,
    pub vehicle: VehicleId,
    /// In driving order.
    #[schema(max_items = 1000)]
    pub stops: Vec<RunStop>,
}

/// One stop of a run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunStop {
    pub stop: StopId,
    pub state: StopState,
    #[schema(max_length = 40)]
    pub order_number: String,
    pub address: Address,
    /// When the customer can be served.
    pub window: Window,
    /// The ETA; the planned arrival where there is none.
    pub expected_at: Timestamp,
    pub service_seconds: u32,
    #[schema(max_items = 200)]
    pub goods: Vec<RunGoods>,
    pub weight_grams: u64,
    /// What the delivery must show.
    pub proof: ProofDemand,
    /// What it still misses of that, once it is confirmed.
    #[schema(value_type = Vec<Code>, max_items = 20)]
    pub proof_missing: Vec<String>,
}

/// One line to hand over.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RunGoods {
    pub line: u32,
    #[schema(max_length = 200)]
    pub description: String,
    /// As picked, less what an earlier attempt handed over.
    pub quantity: u32,
}

impl RunView {
    pub fn of(run: &DayRun) -> Self {
        let route = &run.route;
        Self {
            route: route.id.clone(),
            revision: route.revision,
            day: route.day,
            state: route.state,
            vehicle: route.vehicle.clone(),
            stops: run.calls.iter().map(stop).collect(),
        }
    }
}

fn stop(call: &RunCall) -> RunStop {
    let RunCall { stop, shipment } = call;
    RunStop {
        stop: stop.id.clone(),
        state: stop.state,
        order_number: shipment.order_number.clone(),
        address: shipment.address.clone(),
        window: stop.window,
        expected_at: expected(stop),
        service_seconds: stop.service_seconds,
        goods: goods(shipment),
        weight_grams: shipment.weight_grams(),
        proof: shipment.proof_demand.clone(),
        proof_missing: shipment.proof.missing.clone(),
    }
}

fn expected(stop: &Stop) -> Timestamp {
    stop.eta.as_ref().map_or(stop.planned.from, |eta| eta.at)
}

fn goods(shipment: &Shipment) -> Vec<RunGoods> {
    let line = |goods: &crate::domain::shipment::Goods| RunGoods {
        line: goods.line,
        description: goods.description.clone(),
        quantity: goods.tally.picked.saturating_sub(goods.delivered_before),
    };
    shipment.goods.iter().map(line).collect()
}

/// What came of a report.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5X", "reception": "applied", "state": "completed",
    "upload": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]
})))]
pub struct Receipt {
    #[schema(max_length = 128)]
    pub event: String,
    pub reception: Reception,
    /// What the stop is now; none where no such stop is known.
    pub state: Option<StopState>,
    /// The artifacts to upload yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Sha256>, max_items = 50)]
    pub upload: Vec<String>,
    /// What the proof still misses; artifacts count once they are uploaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Code>, max_items = 20)]
    pub proof_missing: Vec<String>,
    /// How far the phone's clock ran ahead; the time was set back to when it was received.
    #[serde(skip_serializing_if = "is_nought")]
    pub skew_seconds: i64,
    /// The number to give to the control room, if it was quarantined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<ExceptionId>,
}

fn is_nought(seconds: &i64) -> bool {
    *seconds == 0
}

impl Receipt {
    pub fn of(taken: &Taken) -> Self {
        let now = taken.now.as_ref();
        Self {
            event: taken.event.clone(),
            reception: taken.reception,
            state: now.map(|now| now.stop),
            upload: now.map(|now| now.awaited.clone()).unwrap_or_default(),
            proof_missing: now.map(|now| now.missing.clone()).unwrap_or_default(),
            skew_seconds: taken.skew_seconds,
            quarantine: taken.quarantine.clone(),
        }
    }

    /// Created, read before or older than what is known, or kept for a person.
    pub fn status(&self) -> u16 {
        match self.reception {
            Reception::Applied => 201,
            Reception::Quarantined => 202,
            Reception::Duplicate | Reception::Late | Reception::Rejected => 200,
        }
    }
}
