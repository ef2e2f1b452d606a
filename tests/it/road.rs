//! What stories on the road begin with: orders that are released, and routes that are published.

use crate::gateway::Gateway;
use haulgate::domain::{
    id::ItemId,
    order::{Constraints, OrderContent, OrderKind, OrderLine},
    place::{Address, Position},
    quantity::Money,
    time::Window,
};
use serde_json::{Value, json};

pub const ROUTES: &str = "/process/routes/v1/routes";
pub const PLANS: &str = "/process/routes/v1/plans";
pub const ORDERS: &str = "/process/orders/v1/orders";
pub const EXCEPTIONS: &str = "/process/exceptions/v1/exceptions";
pub const DELIVERIES: &str = "/process/deliveries/v1/deliveries";
pub const DAY: &str = "2026-11-23";

/// Where the depot of the north is.
pub const DEPOT: Position = Position { latitude: 53.5407, longitude: 9.9912 };

pub fn at(clock: &str) -> jiff::Timestamp {
    format!("{DAY}T{clock}:00Z").parse().expect("an instant")
}

pub fn window(from: &str, until: &str) -> Value {
    json!({"from": at(from), "until": at(until)})
}

/// The place of the n-th customer: each a kilometre further north.
pub fn place(number: u32) -> Position {
    Position { latitude: DEPOT.latitude + 0.009 * f64::from(number), longitude: DEPOT.longitude }
}

/// Acme's order for the n-th customer: ten boxes of a kilogram.
pub fn order(number: u32) -> OrderContent {
    let item = ItemId::from("itm_box");
    let name = format!("Customer {number}");
    let (street, city) = ("Am Kai 1".to_owned(), "Hamburg".to_owned());
    OrderContent {
        number: format!("SO-{number}"),
        party: "pty_acme".into(),
        region: "reg_north".into(),
        kind: OrderKind::Delivery,
        lines: vec![OrderLine {
            line: 1,
            item,
            description: "Boxes".to_owned(),
            quantity: 10,
            weight_grams: 10_000,
            drop: 1,
        }],
        address: Address {
            name,
            street,
            postal_code: "20457".to_owned(),
            city,
            country: "DE".to_owned(),
            position: place(number),
        },
        window: Window { from: at("09:00"), until: at("15:00") },
        constraints: Constraints::default(),
        value: Money { minor: 10_000, currency: "EUR".to_owned() },
    }
}

/// Releases an order and answers its only shipment.
pub async fn release(gateway: &Gateway, order: &OrderContent) -> String {
    gateway.sandbox.erp.add_order(order);
    let body = serde_json::to_value(order).expect("plain data");
    let released = gateway.erp().post(ORDERS, &body).await.created();
    assert_eq!(released["state"], "released", "{released}");
    let id = released["order"].as_str().expect("an id").replacen("ord_", "shp_", 1);
    format!("{id}.1")
}

/// Releases so many orders and answers their shipments.
pub async fn shipments(gateway: &Gateway, count: u32) -> Vec<String> {
    let mut all = Vec::new();
    for number in 1..=count {
        all.push(release(gateway, &order(number)).await);
    }
    all
}

/// A plan for one vehicle, a quarter of an hour for each stop.
pub fn plan(driver: Option<&str>, shipments: &[&str]) -> Value {
    let minutes =
        |number: usize| at("09:00") + jiff::SignedDuration::from_mins(15 * i64::try_from(number).expect("few"));
    let stop = |(number, shipment): (usize, &&str)| {
        let planned = json!({"from": minutes(number), "until": minutes(number) + jiff::SignedDuration::from_mins(5)});
        json!({"shipment": shipment, "planned": planned})
    };
    let stops: Vec<Value> = shipments.iter().enumerate().map(stop).collect();
    let mut plan = json!({
        "region": "reg_north", "day": DAY, "vehicle": "veh_1", "shift": window("08:00", "17:00"), "stops": stops,
    });
    if let Some(driver) = driver {
        plan["driver"] = json!(driver);
    }
    plan
}

/// Publishes an external planner's route.
pub async fn publish(gateway: &Gateway, route: &str, driver: &str, shipments: &[&str]) -> Value {
    let body = json!({"revision": 1, "plan": plan(Some(driver), shipments)});
    gateway.planner().put(&format!("{ROUTES}/{route}"), &body).await.created()
}

/// Publishes it and lets the vehicle leave.
pub async fn dispatch(gateway: &Gateway, route: &str, driver: &str, shipments: &[&str]) -> Value {
    publish(gateway, route, driver, shipments).await;
    gateway.dispatch().post(&format!("{ROUTES}/{route}/dispatch"), &json!({})).await.ok()
}

/// The stop of a shipment's first attempt.
pub fn stop(shipment: &str) -> String {
    format!("{}.1", shipment.replacen("shp_", "stp_", 1))
}

pub async fn delivery(gateway: &Gateway, shipment: &str) -> Value {
    gateway.dispatch().get(&format!("{DELIVERIES}/{shipment}")).await.ok()
}

pub async fn order_of(gateway: &Gateway, shipment: &str) -> Value {
    let id = shipment.replacen("shp_", "ord_", 1);
    let id = id.trim_end_matches(".1");
    gateway.erp().get(&format!("{ORDERS}/{id}")).await.ok()
}
