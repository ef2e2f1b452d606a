//! A request that is sent again has one effect and one answer; a key belongs to whoever sent it.

use crate::{
    day::{ANA, Day, confirmation, content, under_way},
    doors::{Door, every_door, patient_gateway},
    gateway::Gateway,
    people::{Person, Said},
};
use axum::{body::Body, http::HeaderValue};
use futures_util::stream;
use haulgate::{
    policy::Idempotency,
    sandbox::faults::{Fault, Target},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

const INVOICE: &str = "/system/erp/v1/orders/SO-1/invoice/hold";
const EXCEPTIONS: &str = "/process/exceptions/v1/exceptions";
const RELEASES: &str = "/process/orders/v1/releases";

on_both_databases! {

async fn every_operation_refuses_a_key_that_is_none(database) {
    let gateway = patient_gateway(database).await;
    let (long, weak) = ("k".repeat(129), "\"00000000-0000\"".to_owned());
    for door in keyed(&gateway) {
        for bad in ["short", "\"unclosed-quote", "two words here", "\"a-key-of-mine\";p=1", &long] {
            door.knock(&gateway).key(bad).await.problem("idempotency_key_malformed");
        }
        door.knock(&gateway).key(&weak).await.problem("idempotency_key_weak");
        let mut twice = door.knock(&gateway).request();
        twice.headers_mut().append("idempotency-key", HeaderValue::from_static("another-key-1"));
        assert_eq!(gateway.knock(twice).await.problem("idempotency_key_malformed")["status"], 400);
        if door.policy.idempotency == Idempotency::Required {
            let missing = door.knock(&gateway).without("idempotency-key").await;
            assert_eq!(missing.problem("idempotency_key_missing")["status"], 400, "{}", door.name());
        }
    }
}

async fn the_same_key_is_another_one_for_somebody_else_and_for_something_else(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let carls = raise(&gateway.control_room(), &day, "Seen by Carl.").key("the-very-same-key").await;
    let danas = raise(&gateway.dispatch(), &day, "Seen by Dana.").key("the-very-same-key").await;
    let cleo = gateway.person("control-room", "cleo", &json!({}));
    let cleos = raise(&cleo, &day, "Seen by Cleo.").key("the-very-same-key").await;
    let mut ids: Vec<_> = [&carls, &danas, &cleos].map(|one| one.created()["id"].to_string()).into();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let path = format!("{}/acknowledgement", carls.header("location"));
    let acknowledged = gateway.control_room().tell(&path).key("the-very-same-key").await;
    assert_eq!(acknowledged.maybe("idempotent-replayed"), None);
    acknowledged.ok();
}

async fn a_refusal_that_is_final_is_said_again_word_for_word(database) {
    let gateway = Gateway::start(database).await;
    let cancel = || {
        let path = "/process/orders/v1/orders/ord_nowhere/cancel";
        gateway.erp().post(path, &json!({"reason": "Gone."})).key("cancel-nowhere")
    };
    let (first, again) = (cancel().await, cancel().await);
    first.problem("not_found");
    assert_eq!((&first.body, first.status), (&again.body, again.status));
    assert_eq!((first.maybe("idempotent-replayed"), again.header("idempotent-replayed")), (None, "true".to_owned()));
}

async fn a_failure_is_not_remembered(database) {
    let gateway = Gateway::start(database).await;
    let hold = || gateway.erp().post(INVOICE, &json!({"reason": "A complaint."})).key("hold-the-invoice");
    gateway.sandbox.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 1 });
    let away = hold().await;
    assert_eq!(away.problem("system_unavailable")["status"], 503);
    away.header("retry-after");
    gateway.sandbox.faults.clear(Target::Erp);
    gateway.sandbox.erp.add_order(&content("SO-1"));
    let breaks = gateway.erp().post(INVOICE, &json!({"reason": 7})).key("hold-the-invoice").await;
    breaks.problem("schema_violation");
    gateway.clock.advance(SignedDuration::from_mins(5));
    let held = hold().await;
    assert_eq!((held.status, held.maybe("idempotent-replayed")), (204, None), "{}", held.text());
    assert_eq!(hold().await.header("idempotent-replayed"), "true");
}

async fn a_key_that_is_being_worked_on_is_not_begun_again(database) {
    let gateway = Gateway::start(database).await;
    let upload = || gateway.erp().tell(RELEASES).key("a-slow-upload").bytes("application/x-ndjson", "");
    let mut slow = upload().request();
    *slow.body_mut() = Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let first = gateway.knock(slow);
    tokio::pin!(first);
    assert!(futures_util::poll!(&mut first).is_pending());
    let second = loop {
        tokio::select! {
            biased;
            _ = &mut first => panic!("an upload ended that does not"),
            answer = async { upload().await } => if answer.status == 409 { break answer },
        }
    };
    assert_eq!((second.problem("in_progress")["status"].as_u64(), second.header("retry-after")), (Some(409), "1".into()));
}

async fn an_item_of_a_batch_has_a_key_of_its_own(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 2).await;
    let item = |place: usize, event: &str| {
        let mut item = confirmation(event, 40, b"photo");
        (item["kind"], item["stop"]) = (json!("confirm"), json!(day.stops[place]));
        item
    };
    let sync = |items: Value| {
        let batch = json!({"sent_at": "2026-11-23T08:00:00Z", "items": items});
        gateway.driver(ANA).post("/experience/driver/v1/sync", &batch).without("idempotency-key")
    };
    let half = sync(json!([item(0, "event-0001")])).await.ok();
    assert_eq!(outcomes(&half), ["applied"]);
    let whole = sync(json!([item(0, "event-0001"), item(1, "event-0002")])).await.ok();
    assert_eq!(outcomes(&whole), ["duplicate", "applied"]);
}

async fn a_key_is_remembered_as_long_as_its_policy_says_and_the_relay_forgets_it(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let on_monday = |note: &str| raise(&gateway.control_room(), &day, note).key("raised-on-monday");
    let first = on_monday("Wet.").await.created();
    let law = gateway.app.law();
    let policy = &law.governing("POST", EXCEPTIONS).expect("an operation").policy;
    gateway.clock.advance(SignedDuration::from_hours(policy.retention_hours.into()) - SignedDuration::from_secs(1));
    gateway.app.relay().forget().await;
    assert_eq!(on_monday("Wet.").await.created(), first);
    on_monday("Wet through and through.").await.problem("idempotency_key_reused");
    gateway.clock.advance(SignedDuration::from_secs(1));
    gateway.app.relay().forget().await;
    assert_ne!(on_monday("Wet through and through.").await.created()["id"], first["id"]);
}

}

/// Every operation that takes keys.
fn keyed(gateway: &Gateway) -> impl Iterator<Item = Door> {
    every_door(gateway).into_iter().filter(|door| door.policy.idempotency != Idempotency::None)
}

fn raise<'g>(person: &Person<'g>, day: &Day, note: &str) -> Said<'g> {
    person.post(EXCEPTIONS, &json!({"code": "damaged", "shipment": day.shipments[0], "note": note}))
}

fn outcomes(answer: &Value) -> Vec<&str> {
    answer["items"].as_array().expect("items").iter().filter_map(|item| item["outcome"].as_str()).collect()
}
