//! What callers would rather have, and what they make a change depend on.

use crate::{
    day::{ANA, confirmation, content, under_way},
    doors::{every_door, patient_gateway},
    gateway::Gateway,
};
use axum::http::Method;
use serde_json::json;

const EXCEPTIONS: &str = "/process/exceptions/v1/exceptions";

on_both_databases! {

async fn whoever_does_not_need_the_answer_gets_it_without_its_body(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let carl = gateway.control_room();
    let raise = || {
        let report = json!({"code": "damaged", "shipment": day.shipments[0], "note": "Wet."});
        carl.post(EXCEPTIONS, &report).key("raised-by-carl")
    };
    let raised = raise().with("prefer", "return=minimal").await;
    assert_eq!((raised.status, raised.body.len(), raised.maybe("content-type")), (201, 0, None));
    assert_eq!((raised.header("etag"), raised.header("preference-applied")), ("\"1\"".into(), "return=minimal".into()));
    assert!(raised.header("vary").contains("Prefer"));
    // The same key: now the whole of the first answer is wanted.
    let whole = raise().with("prefer", "return=representation").await;
    assert_eq!((whole.created()["id"].is_string(), whole.header("idempotent-replayed")), (true, "true".into()));
    assert_eq!(whole.header("preference-applied"), "return=representation");
    assert_eq!(whole.header("content-location"), raised.header("location"));
    let path = format!("{}/acknowledgement", raised.header("location"));
    let acknowledged = carl.tell(&path).with("prefer", "return=minimal, wait=5").await;
    assert_eq!((acknowledged.status, acknowledged.body.len()), (204, 0));
    assert_eq!(acknowledged.header("preference-applied"), "wait=5, return=minimal");
    let refused = carl.post(EXCEPTIONS, &json!({"code": "no_such_code", "shipment": day.shipments[0]}));
    refused.with("prefer", "return=minimal").await.problem("unknown_code");
    let read = carl.get(&raised.header("location")).with("prefer", "return=minimal, handling=strict").await;
    assert_eq!((read.ok()["state"].as_str(), read.maybe("preference-applied")), (Some("acknowledged"), None));
}

async fn a_condition_that_nobody_would_heed_is_refused(database) {
    let gateway = patient_gateway(database).await;
    let (mut refused, mut heeded) = (0, Vec::new());
    for door in every_door(&gateway).into_iter().filter(|door| door.operation.method != "GET") {
        for (name, tag) in [("if-match", "\"7\""), ("if-none-match", "*")] {
            let answer = door.knock(&gateway).without("if-match").with(name, tag).await;
            if door.takes_field("If-Match") {
                heeded.push(door.operation.key.id.to_string());
            } else {
                let problem = answer.problem("malformed_parameter");
                assert_eq!(problem["errors"][0]["pointer"], format!("#header/{name}"), "{}", door.name());
                refused += 1;
            }
        }
    }
    heeded.dedup();
    assert!(refused > 0 && heeded.contains(&"amend_order".to_owned()), "{heeded:?}");
}

async fn what_has_not_changed_is_not_sent_again_but_its_fields_are(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let path = format!("/process/deliveries/v1/deliveries/{}", day.shipments[0]);
    let read = gateway.dispatch().get(&path).await;
    let tag = read.header("etag");
    for held in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let unchanged = gateway.dispatch().get(&path).with("if-none-match", &held).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0), "{held}");
        for field in ["etag", "cache-control", "vary"] {
            assert_eq!(unchanged.header(field), read.header(field), "{field}");
        }
    }
    for other in ["\"x\"", "nonsense", "\"1\"x"] {
        gateway.dispatch().get(&path).with("if-none-match", other).await.ok();
    }
    // A version that is asked for by name is sent, or nothing is.
    for (name, status) in [(tag.clone(), 200), ("*".to_owned(), 200), ("\"x\"".to_owned(), 412), (format!("W/{tag}"), 412)] {
        let asked = gateway.dispatch().get(&path).with("if-match", &name).await;
        assert_eq!(asked.status, status, "{name}: {}", asked.text());
    }
    let both = gateway.dispatch().get(&path).with("if-match", &tag).with("if-none-match", &tag).await;
    assert_eq!(both.status, 304);
    // Who is not let in, or asks for what is not there, hears of that first.
    let nobody = gateway.dispatch().get(&path).without("authorization").with("if-none-match", &tag).await;
    nobody.problem("credentials_missing");
    gateway.dispatch().get(&format!("{path}9")).with("if-none-match", "*").await.problem("not_found");
    gateway.dispatch().get(&format!("{path}9")).with("if-match", &tag).await.problem("not_found");
}

async fn whatever_has_a_version_can_be_asked_for_by_it(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let partner = |version: &str| format!("/experience/partner/{version}/shipments/{}", day.shipments[0]);
    for (person, path) in [
        (gateway.erp(), format!("/process/orders/v1/orders/{}", day.orders[0])),
        (gateway.planner(), "/process/routes/v1/routes/rte_1".to_owned()),
        (gateway.driver(ANA), "/experience/driver/v1/run".to_owned()),
        (gateway.partner("acme"), partner("v1")),
        (gateway.partner("acme"), format!("{}/eta", partner("v1"))),
        (gateway.partner("acme"), partner("v2")),
        (gateway.partner("acme"), format!("{}/eta", partner("v2"))),
    ] {
        let tag = person.get(&path).await.header("etag");
        person.get(&path).with("if-match", &tag).await.ok();
        let other = person.get(&path).with("if-match", "\"no-version-there-is\"").await;
        assert_eq!(other.problem("precondition_failed")["status"], 412, "{path}");
        assert_eq!(person.say(Method::HEAD, &path).with("if-match", "\"x\"").await.status, 412, "{path}");
    }
}

async fn what_must_not_be_there_yet_is_made_only_once(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let path = format!("/experience/partner/v1/shipments/{}/preferences", day.shipments[0]);
    let acme = gateway.partner("acme");
    let put = || acme.put(&path, &json!({"safe_place": "the porch"}));
    put().with("if-match", "*").await.problem("precondition_failed");
    put().with("if-none-match", "*").await.created();
    put().with("if-none-match", "*").await.problem("precondition_failed");
    put().with("if-match", "*").await.ok();
}

async fn what_is_worked_off_later_says_where_it_can_be_followed_and_nothing_else_does(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let line = serde_json::to_string(&content("SO-0009")).expect("an order");
    let sent = gateway.erp().tell("/process/orders/v1/releases").bytes("application/x-ndjson", line);
    let sent = sent.with("prefer", "respond-async").await;
    sent.accepted();
    assert_eq!(sent.header("preference-applied"), "respond-async");
    gateway.erp().get(&sent.header("location")).await.ok();
    // Kept for a person to decide: accepted, and not what was wished for.
    let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
    let kept = gateway.driver("drv_bob").post(&path, &confirmation("event-0001", 40, b"photo"));
    let kept = kept.with("prefer", "respond-async").await;
    assert_eq!((kept.status, kept.maybe("preference-applied")), (202, None), "{}", kept.text());
    let now = gateway.control_room().post(EXCEPTIONS, &json!({"code": "damaged", "shipment": day.shipments[0], "note": "Wet."}));
    let now = now.with("prefer", "respond-async, wait=5").await;
    assert_eq!((now.status, now.header("preference-applied")), (201, "wait=5".into()));
}

}
