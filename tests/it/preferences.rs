//! What callers would rather have, and what they make a change depend on.

use crate::{
    day::under_way,
    doors::{every_door, patient_gateway},
    gateway::Gateway,
};
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
    // Who is not let in, or asks for what is not there, hears of that first.
    let nobody = gateway.dispatch().get(&path).without("authorization").with("if-none-match", &tag).await;
    nobody.problem("credentials_missing");
    gateway.dispatch().get(&format!("{path}9")).with("if-none-match", "*").await.problem("not_found");
}

}
