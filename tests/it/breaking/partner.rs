//! The partners' contract, changed in ways that break a partner and in ways that do not.

use super::TODAY;
use crate::contracts::in_force;
use haulgate::contract::{Finding, diff::diff};
use serde_json::{Value, json};

const SHIPMENT: &str = "/paths/~1experience~1partner~1v1~1shipments~1{shipment}";
const SHIPMENTS: &str = "/paths/~1experience~1partner~1v1~1shipments";
const WEBHOOKS: &str = "/paths/~1experience~1partner~1v1~1webhooks";
const STATUS: &str = "/components/schemas/ShipmentStatus";

fn document() -> Value {
    let registry = in_force();
    Value::clone(&registry.contract("experience/partner.v1").expect("partners have a contract").document)
}

/// What is found when the document is changed like this.
fn changed(change: impl Fn(&mut Value)) -> Vec<Finding> {
    let (before, mut after) = (document(), document());
    change(&mut after);
    assert_ne!(before, after, "the change changes nothing");
    diff(&before, &after, TODAY)
}

fn at<'a>(document: &'a mut Value, pointer: &str) -> &'a mut Value {
    document.pointer_mut(pointer).unwrap_or_else(|| panic!("the partners' document has nothing at {pointer}"))
}

fn remove(document: &mut Value, pointer: &str, member: &str) {
    let removed = at(document, pointer).as_object_mut().and_then(|members| members.shift_remove(member));
    assert!(removed.is_some(), "nothing to remove: {pointer}/{member}");
}

fn push(document: &mut Value, pointer: &str, value: Value) {
    at(document, pointer).as_array_mut().expect("it is a list").push(value);
}

fn forget(document: &mut Value, pointer: &str, value: &str) {
    at(document, pointer).as_array_mut().expect("it is a list").retain(|one| one != value);
}

/// A change, and the rule and the words it must be told in.
type Break = (&'static str, &'static str, fn(&mut Value));

const BREAKS: &[Break] = &[
    (
        "response.property.removed",
        "`GET …/shipments/{shipment}`, `GET …/shipments/{shipment}/eta`: the 200 answer no longer has `eta.at`; clients \
         that read it break.",
        |document| remove(document, "/components/schemas/Eta/properties", "at"),
    ),
    (
        "response.property.became-optional",
        "`GET …/shipments/{shipment}`: the 200 answer may leave out `order_number`; clients that rely on it break.",
        |document| forget(document, &format!("{STATUS}/required"), "order_number"),
    ),
    ("response.enum.value-added", "also knows `fatal`; clients that know only the other values break.", |document| {
        push(document, "/components/schemas/Severity/enum", json!("fatal"))
    }),
    (
        "response.type.changed",
        "`attempt` is `string` instead of `integer`; clients that read `integer` break.",
        |document| *at(document, &format!("{STATUS}/properties/attempt")) = json!({"type": "string"}),
    ),
    (
        "request.parameter.added-required",
        "`GET …/shipments`: the request needs the new parameter `?depot`; clients that do not know it do not send it and \
         are refused.",
        |document| {
            let depot = json!({"name": "depot", "in": "query", "required": true, "schema": {"type": "string"}});
            push(document, &format!("{SHIPMENTS}/get/parameters"), depot);
        },
    ),
    (
        "request.property.added-required",
        "`POST …/webhooks`: the request has the new required field `owner`; clients that do not know it do \
         not send it and are refused.",
        |document| {
            at(document, "/components/schemas/NewWebhook/properties")["owner"] = json!({"type": "string"});
            push(document, "/components/schemas/NewWebhook/required", json!("owner"));
        },
    ),
    (
        "request.max-length.lowered",
        "`POST …/webhooks`: in the request `url` has at most 100 characters, was 500; clients that send longer texts are \
         refused.",
        |document| *at(document, "/components/schemas/NewWebhook/properties/url/maxLength") = json!(100),
    ),
    (
        "operation.removed",
        "`GET …/webhooks`: the operation `list_webhooks` is gone; clients that call it get 405.",
        |document| remove(document, WEBHOOKS, "get"),
    ),
    (
        "path.removed",
        "`GET …/shipments/{shipment}/eta`: the path is gone, and `get_eta` with it; clients that call it get 404.",
        |document| remove(document, "/paths", "/experience/partner/v1/shipments/{shipment}/eta"),
    ),
    (
        "response.status.success-removed",
        "`POST …/webhooks`: the answer `201` is gone; clients that wait for it take every answer for a failure.",
        |document| {
            let created = at(document, &format!("{WEBHOOKS}/post/responses/201")).clone();
            at(document, &format!("{WEBHOOKS}/post/responses"))["200"] = created;
            remove(document, &format!("{WEBHOOKS}/post/responses"), "201");
        },
    ),
    (
        "response.header.removed",
        "the 200 answer no longer has the header `ETag`; clients that read it break.",
        |document| remove(document, &format!("{SHIPMENT}/get/responses/200/headers"), "ETag"),
    ),
    (
        "operation.renamed",
        "the operationId is `get_shipment` instead of `track_shipment`; code generated from the document calls another \
         name, and its policies are keyed by it.",
        |document| *at(document, &format!("{SHIPMENT}/get/operationId")) = json!("get_shipment"),
    ),
    (
        "security.alternative-removed",
        "the operation no longer takes `bearer`; clients that come with it are refused.",
        |document| {
            at(document, "/components/securitySchemes")["certificate"] = json!({"type": "mutualTLS"});
            *at(document, &format!("{SHIPMENT}/get/security")) = json!([{"bearer": ["partner"], "certificate": []}]);
        },
    ),
];

#[test]
fn what_breaks_a_partner_is_found_and_told_in_the_partners_words() {
    for (rule, words, change) in BREAKS {
        let findings = changed(change);
        let told = |one: &Finding| one.rule.id() == *rule && one.breaks() && one.sentence().contains(words);
        assert!(findings.iter().any(told), "{rule}: {words}\nfound: {:#?}", sentences(&findings));
    }
}

#[test]
fn what_breaks_nobody_passes() {
    let changes: &[fn(&mut Value)] = &[
        |document| at(document, &format!("{STATUS}/properties"))["carrier"] = json!({"type": "string"}),
        |document| *at(document, &format!("{SHIPMENT}/get/summary")) = json!("Shows where a shipment is."),
        |document| {
            let depot = json!({"name": "depot", "in": "query", "required": false, "schema": {"type": "string"}});
            push(document, &format!("{SHIPMENTS}/get/parameters"), depot);
        },
        |document| at(document, "/components/schemas/NewWebhook/properties")["note"] = json!({"type": "string"}),
        |document| *at(document, "/components/schemas/NewWebhook/properties/url/maxLength") = json!(2000),
        |document| {
            at(document, "/paths")["/experience/partner/v1/calendar"] = json!({"get": {"operationId": "get_calendar"}})
        },
        |document| at(document, &format!("{SHIPMENT}/get/responses"))["418"] = json!({"description": "It is too old."}),
        |document| *at(document, &format!("{SHIPMENT}/get/security/0/bearer")) = json!([]),
        |document| {
            at(document, "/info")["x-lifecycle"] = json!("deprecated");
            at(document, "/info")["x-sunset"] = json!("2027-12-31T00:00:00Z");
            at(document, &format!("{SHIPMENT}/get"))["deprecated"] = json!(true);
        },
        |document| forget(document, "/components/schemas/EtaSource/enum", "override"),
        |document| push(document, "/components/schemas/ShipmentState/enum", json!("quarantined")),
        |document| {
            let eta = at(document, "/components/schemas/Eta").take();
            *at(document, "/components/schemas/Eta") = json!({"allOf": [eta]});
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        let broken: Vec<_> = changed(change).into_iter().filter(Finding::breaks).collect();
        assert!(broken.is_empty(), "change {number} is told to break: {:#?}", sentences(&broken));
    }
}

#[test]
fn an_announced_end_is_no_break_once_it_has_come() {
    let mut deprecated = document();
    at(&mut deprecated, "/info")["x-sunset"] = json!("2026-05-31T00:00:00Z");
    let on = |day: &str| diff(&deprecated, &json!({"paths": {}}), day.parse().expect("it is a day"));
    assert!(on("2026-05-31").iter().any(Finding::breaks));
    assert!(!on("2026-06-01").iter().any(Finding::breaks));
}

fn sentences(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|one| format!("{}: {}", one.rule.id(), one.sentence())).collect()
}
