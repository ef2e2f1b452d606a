//! More is asked than can be served: what can wait is refused first, at once, and told when to come back.

use crate::{
    day::{ANA, confirmation, under_way},
    gateway::Gateway,
    road::ORDERS,
};
use axum::body::{Body, Bytes};
use futures_util::stream::pending;
use haulgate::{
    app::App,
    config::Settings,
    overload::{Place, Priority},
    policy::PolicyFiles,
};
use serde_json::json;
use std::convert::Infallible;

const SHIPMENTS: &str = "/experience/partner/v2/shipments";
const ROUTES: &str = "/process/routes/v1/routes";
const CAPACITY: &str = "https://iana.org/assignments/http-problem-types#temporary-reduced-capacity";

/// So much is being worked on that nothing of this priority finds room.
fn no_room_for(app: &App, priority: Priority) -> Vec<Place> {
    let taken = std::iter::from_fn(|| app.admission.admit(Priority::Release).ok());
    let places: Vec<_> = taken.take(priority.share_of(app.admission.limit())).collect();
    assert!(app.admission.admit(priority).is_err());
    places
}

on_both_databases! {

async fn under_pressure_polling_is_shed_and_confirmations_are_served(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let (ana, acme) = (gateway.driver(ANA), gateway.partner("acme"));
    let pressure = no_room_for(&gateway.app, Priority::Polling);
    let refused = acme.get(SHIPMENTS).await;
    let problem = refused.problem("overloaded");
    assert_eq!((&problem["status"], &problem["type"]), (&json!(503), &json!(CAPACITY)));
    assert_eq!(refused.header("retry-after"), "5");
    // Who is there is not even asked: that would cost more than the refusal.
    acme.get(SHIPMENTS).without("authorization").await.problem("overloaded");
    gateway.dispatch().get(ROUTES).await.problem("overloaded");
    gateway.control_room().get("/openapi").await.problem("overloaded");
    let confirmation = confirmation("event-0001", 40, b"a photo");
    let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
    ana.post(&path, &confirmation).key("under-pressure").await.created();
    drop(pressure);
    acme.get(SHIPMENTS).await.ok();
    gateway.dispatch().get(ROUTES).await.ok();
}

async fn whoever_sends_slowly_takes_no_place_from_others(database) {
    let one_place = |settings: &mut Settings| {
        (settings.server.concurrency, settings.server.least_concurrency) = (1, 1);
    };
    let gateway = Gateway::start_with(database, PolicyFiles::embedded(), one_place).await;
    let (erp, acme) = (gateway.erp(), gateway.partner("acme"));
    erp.get(ORDERS).await.ok();
    let mut slow = erp.post(ORDERS, &json!({})).request();
    *slow.body_mut() = Body::from_stream(pending::<Result<Bytes, Infallible>>());
    tokio::select! {
        biased;
        answered = gateway.listen(slow) => panic!("answered {} before it was heard", answered.status()),
        heard = acme.get(SHIPMENTS) => drop(heard.ok()),
    }
}

async fn a_release_is_refused_last_and_its_key_is_as_good_as_new(database) {
    let gateway = Gateway::start(database).await;
    let order = crate::road::order(1);
    gateway.sandbox.erp.add_order(&order);
    let erp = gateway.erp();
    let pressure = no_room_for(&gateway.app, Priority::Confirmation);
    let answered = erp.post(ORDERS, &json!(order)).key("release-000001").await;
    assert!(answered.status < 300, "{}", answered.text());
    drop(pressure);
    let pressure = no_room_for(&gateway.app, Priority::Release);
    let other = crate::road::order(2);
    gateway.sandbox.erp.add_order(&other);
    let refused = erp.post(ORDERS, &json!(other)).key("release-000002").await;
    refused.problem("overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    drop(pressure);
    let answered = erp.post(ORDERS, &json!(other)).key("release-000002").await;
    assert!(answered.status < 300, "{}", answered.text());
}

}

#[tokio::test]
async fn what_goes_first_is_what_happens_once() {
    let gateway = Gateway::start(crate::databases::Database::sqlite()).await;
    let law = gateway.app.law();
    for governed in law.governed() {
        let (key, priority) = (&governed.operation.key, governed.policy.priority);
        match (&*key.contract, &*key.id) {
            (_, "release_order" | "release_orders" | "release_invoice") => {
                assert_eq!(priority, Priority::Release, "{key}")
            }
            (_, "confirm_stop" | "sync" | "confirm_delivery" | "post_delivery") => {
                assert_eq!(priority, Priority::Confirmation, "{key}");
            }
            (contract, _) if contract.starts_with("experience/partner") && governed.operation.method == "GET" => {
                assert_eq!(priority, Priority::Polling, "{key}");
            }
            _ => {}
        }
    }
}
