//! The load: the ERP releases, the planner plans and publishes, drivers upload, confirm, report and sync. Route after
//! route, until enough trouble has come; what was begun is brought to its end.

use super::{client::Caller, house::House, journal::Expected};
use haulgate::{domain::order::OrderContent, ids::sha256};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

/// Orders on a route.
const ORDERS: usize = 4;
const REGION: &str = "reg_north";

/// One route after the other, with the systems and people it takes.
pub struct Crew<'h> {
    house: &'h House,
    name: String,
    erp: Caller<'h>,
    planner: Caller<'h>,
    driver: Caller<'h>,
    driver_id: String,
    chance: StdRng,
    routes: usize,
}

impl<'h> Crew<'h> {
    pub fn new(house: &'h House, number: usize, seed: u64) -> Self {
        let seed = seed.wrapping_add(1_000 * number as u64);
        let driver_id = format!("drv_{number}");
        let caller = |consumer: &str, subject: &str, more: Value, more_seed: u64| {
            Caller::new(house, house.token(consumer, subject, &more), seed + more_seed)
        };
        Self {
            erp: caller("erp", "system:erp", json!({}), 1),
            planner: caller("planner", "system:planner", json!({}), 2),
            driver: caller("driver-app", &driver_id, json!({ "driver": driver_id }), 3),
            chance: StdRng::seed_from_u64(seed),
            name: format!("crew{number}"),
            routes: 0,
            driver_id,
            house,
        }
    }

    pub async fn work(mut self, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            self.routes += 1;
            self.route().await;
        }
    }

    async fn route(&mut self) {
        let name = format!("{}-{}", self.name, self.routes);
        let mut orders = Vec::new();
        for number in 1..=ORDERS {
            orders.push(self.release(&format!("SO-{name}-{number}")).await);
        }
        let route = self.publish(&name, &orders).await;
        let path = format!("/process/routes/v1/routes/{}/dispatch", text(&route["id"]));
        let started = self.planner.post(&path, &format!("dispatch-{name}"), &json!({})).await;
        self.drive(&name, &started).await;
    }

    async fn release(&self, number: &str) -> Value {
        let content = content(number, self.house.clock.now());
        furnish(self.house, &content);
        let body = serde_json::to_value(&content).expect("an order is plain data");
        let order = self.erp.post("/process/orders/v1/orders", &format!("release-{number}"), &body).await;
        assert_eq!(order["state"], "released", "{order}");
        order
    }

    /// Publishes the planner's proposal, or a plan of its own.
    async fn publish(&mut self, name: &str, orders: &[Value]) -> Value {
        let shipments: Vec<_> = orders.iter().map(|order| order["shipments"][0]["shipment"].clone()).collect();
        let now = self.house.clock.now();
        let (day, shift) = (today(now), span(now, -60, 600));
        // Plans have a quota; most routes come planned.
        if self.chance.random_bool(0.15) {
            let fleet = json!([{"vehicle": format!("veh_{name}"), "driver": self.driver_id, "capacity_grams": 9_000_000, "shift": shift}]);
            let request = json!({"region": REGION, "day": day, "fleet": fleet, "shipments": shipments});
            let plan = self.planner.post("/process/routes/v1/plans", &format!("plan-{name}"), &request).await;
            assert_eq!(plan["routes"].as_array().map(Vec::len), Some(1), "{plan}");
            let (path, revision) = (path_of(&plan["routes"][0]["id"]), &plan["routes"][0]["revision"]);
            return self.planner.put(&path, &format!("publish-{name}"), &json!({ "revision": revision })).await;
        }
        let stop = |shipment: &Value| json!({"shipment": shipment, "planned": span(now, 30, 40)});
        let plan = json!({
            "region": REGION, "day": day, "vehicle": format!("veh_{name}"), "driver": self.driver_id, "shift": shift,
            "stops": shipments.iter().map(stop).collect::<Vec<_>>(),
        });
        let body = json!({"revision": 1, "plan": plan});
        self.planner.put(&path_of(&json!(format!("rte_{name}"))), &format!("publish-{name}"), &body).await
    }

    /// Every stop is served; what happens without a signal is synced at the end, out of order and partly twice.
    async fn drive(&mut self, name: &str, route: &Value) {
        let mut kept = Vec::new();
        for (place, stop) in route["stops"].as_array().expect("it has stops").iter().enumerate() {
            let (delivered, offline) = (self.chance.random_bool(0.9), self.chance.random_bool(0.3));
            let event = format!("{name}-{place}");
            let photo = self.photo(&event).await;
            let (arrived, ended) = (self.arrival(stop, &event), self.ending(stop, &event, delivered, photo));
            if offline {
                kept.extend([ended.clone(), arrived, ended]);
            } else {
                self.tell(stop, "milestones", arrived).await;
                self.tell(stop, if delivered { "confirmation" } else { "exceptions" }, ended).await;
            }
            self.expect(route, stop, delivered);
        }
        if !kept.is_empty() {
            let batch =
                json!({"sent_at": Timestamp::from_second(self.house.clock.now().as_second()).ok(), "items": kept});
            let synced = self.driver.post_bare("/experience/driver/v1/sync", &batch).await;
            let items = synced["items"].as_array().expect("an outcome each");
            let taken = |item: &Value| ["applied", "duplicate", "late"].iter().any(|word| item["outcome"] == *word);
            assert!(items.iter().all(taken), "{synced}");
        }
    }

    async fn photo(&self, event: &str) -> Value {
        let bytes = format!("a photo of {event}").into_bytes();
        let (sha256, at) = (sha256(&bytes), self.house.clock.now());
        self.driver.upload(&format!("/experience/driver/v1/proofs/{sha256}"), "image/jpeg", &bytes).await;
        json!({"sha256": sha256, "kind": "photo", "media_type": "image/jpeg", "taken_at": at})
    }

    fn arrival(&self, stop: &Value, event: &str) -> Value {
        self.item(stop, "milestone", &format!("arrived-{event}"), "milestone", json!("arrived"), -2)
    }

    fn ending(&self, stop: &Value, event: &str, delivered: bool, photo: Value) -> Value {
        let event = format!("decided-{event}");
        if delivered {
            let handover = json!({"received_by": "M. Krause", "proofs": [photo]});
            return self.item(stop, "confirm", &event, "handover", handover, -1);
        }
        let trouble = json!({"code": "receiver_absent", "note": "Nobody at the gate.", "proofs": [photo]});
        self.item(stop, "exception", &event, "exception", trouble, -1)
    }

    fn item(&self, stop: &Value, kind: &str, event: &str, name: &str, what: Value, minutes: i64) -> Value {
        let at = self.house.clock.now() + SignedDuration::from_mins(minutes);
        let (stop, position) = (&stop["stop"], &stop["position"]);
        let mut item = json!({"event": event, "kind": kind, "stop": stop, "occurred_at": at, "position": position});
        item[name] = what;
        item
    }

    async fn tell(&self, stop: &Value, what: &str, mut item: Value) {
        let key = text(&item["event"]).to_owned();
        for name in ["kind", "stop"] {
            item.as_object_mut().expect("an item").shift_remove(name);
        }
        let path = format!("/experience/driver/v1/stops/{}/{what}", text(&stop["stop"]));
        let receipt = self.driver.post(&path, &key, &item).await;
        assert_eq!(receipt["reception"], "applied", "{receipt}");
    }

    fn expect(&self, route: &Value, stop: &Value, delivered: bool) {
        let shipment = text(&stop["shipment"]).to_owned();
        let order = shipment.replacen("shp_", "ord_", 1);
        let order = order.rsplit_once('.').expect("a shipment is numbered").0.to_owned();
        let (stop, route) = (text(&stop["stop"]).to_owned(), text(&route["id"]).to_owned());
        self.house.journal.expect(Expected { order, shipment, stop, route, delivered });
    }
}

/// Tells ERP and warehouse of an order.
pub fn furnish(house: &House, content: &OrderContent) {
    house.sandbox.erp.add_order(content);
    let picked: Vec<_> = content.lines.iter().map(|line| (line.line, line.quantity)).collect();
    house.sandbox.warehouse.picked(&content.number, &picked);
}

pub fn content(number: &str, now: Timestamp) -> OrderContent {
    serde_json::from_value(json!({
        "number": number, "party": "pty_acme", "region": REGION,
        "lines": [
            {"line": 1, "item": "itm_flour", "description": "Flour", "quantity": 10, "weight_grams": 10_000},
            {"line": 2, "item": "itm_salt", "description": "Salt", "quantity": 4, "weight_grams": 4_000},
        ],
        "address": {"name": "Acme", "street": "Mill Lane 1", "postal_code": "20095", "city": "Hamburg", "country": "DE",
            "position": {"latitude": 53.55, "longitude": 10.0}},
        "window": span(now, -60, 600),
        "constraints": {"service_seconds": 60},
        "value": {"minor": 12_000, "currency": "EUR"},
    }))
    .expect("an order")
}

fn path_of(route: &Value) -> String {
    format!("/process/routes/v1/routes/{}", text(route))
}

fn today(now: Timestamp) -> String {
    now.to_zoned(jiff::tz::TimeZone::get("Europe/Berlin").expect("it is known")).date().to_string()
}

/// Minutes before or after now.
fn span(now: Timestamp, from: i64, until: i64) -> Value {
    let at = |minutes| now + SignedDuration::from_mins(minutes);
    json!({"from": at(from), "until": at(until)})
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}
