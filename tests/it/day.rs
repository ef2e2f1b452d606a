//! A day under way: orders of one party on a route that has left the depot, with Ana at the wheel. Laid into the
//! ledger as the domain decides it, so that stories about the road can begin on the road.

use crate::gateway::Gateway;
use aws_lc_rs::digest::{SHA256, digest};
use haulgate::{
    domain::{
        decision::Rules,
        id::{OrderId, ShipmentId, StopId},
        order::{Findings, Order, OrderContent, release},
        route::{Plan, PlannedLeg, dispatch, publish},
        shipment::Shipment,
    },
    ids::{hexadecimal, order_id},
    store::{Change, ContractStamp, Origin},
};
use serde_json::{Value, json};

pub const ANA: &str = "drv_ana";

/// What a story needs to name.
pub struct Day {
    pub orders: Vec<OrderId>,
    pub shipments: Vec<ShipmentId>,
    pub stops: Vec<StopId>,
}

/// So many orders, each with one shipment of ten flour and four salt, on one route.
pub async fn under_way(gateway: &Gateway, orders: usize) -> Day {
    let law = gateway.app.law();
    let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
    let now = gateway.clock.now();
    let (mut made, mut shipments): (Vec<Order>, Vec<Shipment>) = (Vec::new(), Vec::new());
    for number in 1..=orders {
        let content = content(&format!("SO-{number:04}"));
        gateway.sandbox.erp.add_order(&content);
        let id = order_id(&content.number);
        let released = release(id, content, Findings::default(), rules, now).expect("it is released").state;
        made.push(released.order);
        shipments.extend(released.shipments);
    }
    let plan = plan(&shipments);
    let run = publish(None, Vec::new(), shipments, made, plan, now).expect("it is published").state;
    let run = dispatch(run, now).expect("it leaves").state;
    let day = Day {
        orders: run.orders.iter().map(|order| order.id.clone()).collect(),
        shipments: run.shipments.iter().map(|shipment| shipment.id.clone()).collect(),
        stops: run.stops.iter().map(|stop| stop.id.clone()).collect(),
    };
    let mut change = Change::new(origin(gateway));
    change.create(run.route);
    for stop in run.stops {
        change.create(stop);
    }
    for shipment in run.shipments {
        change.create(shipment);
    }
    for order in run.orders {
        change.create(order);
    }
    gateway.app.store.commit(change).await.expect("it is written");
    day
}

/// The hash of these bytes.
pub fn hash(bytes: &[u8]) -> String {
    hexadecimal(digest(&SHA256, bytes).as_ref())
}

/// A confirmation with a photo.
pub fn confirmation(event: &str, minute: u32, photo: &[u8]) -> Value {
    json!({
        "event": event, "occurred_at": format!("2026-11-23T07:{minute:02}:00Z"),
        "handover": {"received_by": "M. Krause", "proofs": [photo_ref(photo)]}
    })
}

pub fn photo_ref(photo: &[u8]) -> Value {
    json!({"sha256": hash(photo), "kind": "photo", "media_type": "image/jpeg", "taken_at": "2026-11-23T07:00:00Z"})
}

/// An order as the ERP has it.
pub fn content(number: &str) -> OrderContent {
    serde_json::from_value(json!({
        "number": number, "party": "pty_acme", "region": "reg_north",
        "lines": [
            {"line": 1, "item": "itm_flour", "description": "Flour", "quantity": 10, "weight_grams": 10_000},
            {"line": 2, "item": "itm_salt", "description": "Salt", "quantity": 4, "weight_grams": 4_000},
        ],
        "address": {"name": "Acme", "street": "Mill Lane 1", "postal_code": "20095", "city": "Hamburg", "country": "DE",
            "position": {"latitude": 53.55, "longitude": 10.0}},
        "window": {"from": "2026-11-23T06:00:00Z", "until": "2026-11-23T16:00:00Z"},
        "value": {"minor": 12_000, "currency": "EUR"},
    }))
    .expect("an order")
}

/// The plan of a route that visits these in order.
pub fn plan(shipments: &[Shipment]) -> Plan {
    let window =
        |from: &str, until: &str| serde_json::from_value(json!({"from": from, "until": until})).expect("a window");
    let leg = |shipment: &Shipment| PlannedLeg {
        shipment: shipment.id.clone(),
        planned: window("2026-11-23T09:00:00Z", "2026-11-23T09:10:00Z"),
        service_seconds: 600,
    };
    Plan {
        id: "rte_1".into(),
        region: "reg_north".into(),
        day: jiff::civil::date(2026, 11, 23),
        revision: 1,
        vehicle: "veh_1".into(),
        driver: Some(ANA.into()),
        carrier: None,
        depot: serde_json::from_value(json!({"latitude": 53.54, "longitude": 9.99})).expect("a position"),
        shift: window("2026-11-23T05:30:00Z", "2026-11-23T16:00:00Z"),
        legs: shipments.iter().map(leg).collect(),
        distance_metres: 12_000,
    }
}

pub fn origin(gateway: &Gateway) -> Origin {
    Origin {
        correlation_id: "story".into(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        actor: "planner/story".into(),
        consumer: "planner".into(),
        operation: "publish_route".into(),
        contract: ContractStamp::default(),
        now: gateway.clock.now(),
        region: None,
        verdict: None,
    }
}
