//! The life of a contract: preview, active, deprecated, retired; told with the partners' contract and its second version.

use crate::{
    databases::Database,
    day::{Day, origin, under_way},
    gateway::Gateway,
    people::{Answered, Said},
};
use axum::http::{HeaderMap, Method};
use haulgate::{
    domain::{
        eta::{Eta, EtaSource},
        shipment::Shipment,
        time::{TimeKind, Window},
    },
    policy::{Law, PolicyFiles},
    store::Change,
};
use jiff::Timestamp;
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};

const V1: &str = "experience/partner.v1";
const V2: &str = "experience/partner.v2";
const SHIPMENTS_V1: &str = "/experience/partner/v1/shipments";
const SHIPMENTS_V2: &str = "/experience/partner/v2/shipments";
const WEBHOOKS_V1: &str = "/experience/partner/v1/webhooks";

/// The checked-in policies with these lives instead: the first version's, then the second's.
fn lives(first: &str, second: &str) -> PolicyFiles {
    let files = PolicyFiles::embedded();
    let mut products: toml::Table = toml::from_str(files.get("products.toml").expect("products")).expect("a table");
    for (name, lines) in [(V1, first), (V2, second)] {
        let product = products[name].as_table_mut().expect("a product");
        product.retain(|field, _| !["deprecated_at", "sunset_at", "successor"].contains(&field));
        product.extend(toml::from_str::<toml::Table>(lines).expect("lines of a product"));
    }
    files.with("products.toml", &products.to_string())
}

const PREVIEW: &str = "lifecycle = \"preview\"";
const ACTIVE: &str = "lifecycle = \"active\"";
const DEPRECATED: &str = "lifecycle = \"deprecated\"\ndeprecated_at = 2026-12-01T00:00:00Z\n\
                          sunset_at = 2027-06-30T23:59:59Z\nsuccessor = \"experience/partner.v2\"";

/// Beside the others a partner that comes when the first version is deprecated.
fn with_initech(files: PolicyFiles) -> PolicyFiles {
    let known = files.get("consumers.toml").expect("consumers").to_owned();
    let initech = "[consumers.partner-initech]\nname = \"Initech's portal\"\naudience = \"partner\"\n\
                   party = \"pty_initech\"\nregions = []\ntier = \"partner\"\ncontacts = [\"it@initech.example\"]\n\
                   contracts = { \"experience/partner.v1\" = 2026-12-01, \"experience/partner.v2\" = 2026-12-01 }\n";
    files.with("consumers.toml", &format!("{known}\n{initech}"))
}

fn enact(gateway: &Gateway, files: &PolicyFiles) {
    let law = Law::join(haulgate::router::registry(), files).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    gateway.app.gate.law.store(Arc::new(law));
}

fn wait_until(gateway: &Gateway, instant: &str) {
    let instant: Timestamp = instant.parse().expect("an instant");
    gateway.clock.advance(instant.duration_since(gateway.clock.now()));
}

/// The three fields, if any of them is there.
fn told(headers: &HeaderMap) -> Option<[String; 3]> {
    let all = |name: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.filter(|value| !value.contains("rel=\"next\"")).collect::<Vec<_>>().join(" & ")
    };
    let fields = ["deprecation", "sunset", "link"].map(all);
    fields.iter().any(|field| !field.is_empty()).then_some(fields)
}

/// What the first version's answers carry, deprecated at this second.
fn end_of_v1(deprecated: i64) -> [String; 3] {
    [
        format!("@{deprecated}"),
        "Wed, 30 Jun 2027 23:59:59 GMT".to_owned(),
        "</docs/lifecycle/experience/partner.v1>; rel=\"deprecation\"; type=\"text/html\", \
         </docs/lifecycle>; rel=\"sunset\"; type=\"text/html\", \
         </openapi/experience/partner.v2.yaml>; rel=\"successor-version\"; type=\"application/yaml\""
            .to_owned(),
    ]
}

/// As it is checked in.
fn announced() -> Option<[String; 3]> {
    Some(end_of_v1(1_795_478_400))
}

on_both_databases! {
    async fn a_contract_lives_from_preview_to_its_end(database) {
        let gateway = Gateway::start_with(database, lives(ACTIVE, PREVIEW), |_| {}).await;
        let document = |name: &str| gateway.app.law().registry.contract(name).expect("it is published").document.clone();
        for (first, second) in [(ACTIVE, PREVIEW), (ACTIVE, ACTIVE)] {
            enact(&gateway, &lives(first, second));
            for path in [SHIPMENTS_V1, SHIPMENTS_V2] {
                let answered = gateway.partner("acme").get(path).await;
                answered.ok();
                assert_eq!(told(&answered.headers), None);
            }
        }
        assert_eq!(document(V1)["info"]["x-lifecycle"], "active");

        enact(&gateway, &with_initech(lives(DEPRECATED, ACTIVE)));
        wait_until(&gateway, "2026-12-02T08:00:00Z");
        let (end, acme, initech) = (Some(end_of_v1(1_796_083_200)), "partner-acme", "partner-initech");
        let call = async |who: &str, path: &str| gateway.person(who, "portal", &json!({})).get(path).await;
        let old = call(acme, SHIPMENTS_V1).await;
        old.ok();
        assert_eq!(told(&old.headers), end, "who had subscribed before goes on, and hears of the end");
        let new = call(initech, SHIPMENTS_V1).await;
        let refused = new.problem("contract_deprecated");
        assert_eq!((new.status, told(&new.headers)), (403, end.clone()));
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.ends_with("Move to experience/partner.v2.")));
        call("dispatch", SHIPMENTS_V1).await.problem("contract_deprecated");
        for who in [acme, initech] {
            let next = call(who, SHIPMENTS_V2).await;
            next.ok();
            assert_eq!(told(&next.headers), None);
        }
        let info = &document(V1)["info"];
        assert_eq!((&info["x-lifecycle"], &info["x-sunset"]), (&json!("deprecated"), &json!("2027-06-30T23:59:59Z")));

        wait_until(&gateway, "2027-06-30T23:59:58Z");
        call(acme, SHIPMENTS_V1).await.ok();
        wait_until(&gateway, "2027-06-30T23:59:59Z");
        for who in [acme, initech] {
            let gone = call(who, SHIPMENTS_V1).await;
            gone.problem("contract_retired");
            assert_eq!((gone.status, told(&gone.headers)), (410, end.clone()));
            call(who, SHIPMENTS_V2).await.ok();
        }
        gateway.partner("acme").get(SHIPMENTS_V1).without("authorization").await.problem("contract_retired");
    }

    async fn an_eta_is_a_window_with_how_sure_it_is_and_what_it_was_concluded_from(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let (acme, path) = (gateway.partner("acme"), format!("{SHIPMENTS_V2}/{}", day.shipments[0]));
        let before = acme.get(&format!("{path}/eta")).await.ok();
        assert_eq!((&before["expected"]["sources"], &before["punctuality"]), (&json!(["plan"]), &json!("on_time")));
        assert_eq!(before["planned"]["from"], "2026-11-23T09:00:00Z");
        expect(&gateway, &day, "2026-11-23T15:50:00Z", "2026-11-23T16:10:00Z").await;
        let expected = json!({
            "from": "2026-11-23T15:50:00Z", "until": "2026-11-23T16:10:00Z", "confidence": 0.75,
            "sources": ["position", "plan"], "computed_at": "2026-11-23T08:00:00Z"
        });
        let eta = acme.get(&format!("{path}/eta")).await;
        assert_eq!((&eta.ok()["expected"], &eta.json()["punctuality"]), (&expected, &json!("at_risk")));
        let unchanged = acme.get(&format!("{path}/eta")).with("if-none-match", eta.header("etag")).await;
        assert_eq!(unchanged.status, 304);
        assert_eq!(acme.get(&path).await.ok()["expected"], expected);
        let listed = acme.get(SHIPMENTS_V2).await.ok()["items"][0].clone();
        assert_eq!(listed["expected"], json!({"from": expected["from"], "until": expected["until"]}));
        assert_eq!(listed["punctuality"], "at_risk");
        let first = acme.get(&format!("{SHIPMENTS_V1}/{}/eta", day.shipments[0])).await.ok();
        assert_eq!(first["at"], "2026-11-23T16:00:00Z", "the first version tells what it always told");
    }
}

/// Has the first shipment expected in this window.
async fn expect(gateway: &Gateway, day: &Day, from: &str, until: &str) {
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let window = Window { from: at(from), until: at(until) };
    let middle = window.from + window.until.duration_since(window.from) / 2;
    let (kind, source, computed_at) = (TimeKind::Projected, EtaSource::Position, gateway.clock.now());
    let eta = Eta { kind, at: middle, window, confidence: 0.75, computed_at, source };
    let loaded = gateway.app.store.load_fresh::<Shipment>(day.shipments[0].as_str()).await;
    let loaded = loaded.expect("it is read").expect("it is there");
    let mut change = Change::new(origin(gateway));
    change.replace(&loaded, Shipment { eta: Some(eta), ..loaded.state.clone() });
    gateway.app.store.commit(change).await.expect("it is written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_of_a_deprecated_contract_speaks_of_its_end() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let mut heard = good_answers(&gateway).await;
    let law = gateway.app.law();
    let operations = law.registry.contract(V1).expect("it is published").operations.clone();
    let all: BTreeSet<_> = operations.iter().map(|operation| operation.key.id.to_string()).collect();
    assert_eq!(heard.iter().map(|(id, ..)| id.clone()).collect::<BTreeSet<_>>(), all, "each operation answered well");
    for (id, status, fields) in heard.drain(..) {
        assert!((200..300).contains(&status), "{id}: {status}");
        assert_eq!(fields, announced(), "{id}: {status}");
    }
    for operation in &operations {
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let refused = gateway.partner("acme").say(method, &filled(&operation.path)).without("authorization").await;
        refused.problem("credentials_missing");
        assert_eq!(told(&refused.headers), announced(), "{}", operation.key);
    }
}

/// The first version's operations, each answered well: its id, the status and the fields.
async fn good_answers(gateway: &Gateway) -> Vec<(String, u16, Option<[String; 3]>)> {
    let (day, acme) = (under_way(gateway, 1).await, gateway.partner("acme"));
    let shipment = format!("{SHIPMENTS_V1}/{}", day.shipments[0]);
    let hook = json!({"url": gateway.sandbox.receiver.url("acme")});
    let made = acme.post(WEBHOOKS_V1, &hook).key("the-webhook").await;
    let webhook = format!("{WEBHOOKS_V1}/{}", made.created()["webhook"]["webhook"].as_str().expect("an id"));
    let wish = json!({"instructions": "Ring twice"});
    let calls: Vec<(&str, Said<'_>)> = vec![
        ("create_webhook", acme.post(WEBHOOKS_V1, &hook).key("the-webhook")),
        ("list_shipments", acme.get(SHIPMENTS_V1)),
        ("track_shipment", acme.get(&shipment)),
        ("track_shipment", acme.say(Method::HEAD, &shipment)),
        ("get_eta", acme.get(&format!("{shipment}/eta"))),
        ("list_shipment_events", acme.get(&format!("{shipment}/events"))),
        ("list_shipment_exceptions", acme.get(&format!("{shipment}/exceptions"))),
        ("get_proof_of_delivery", acme.get(&format!("{shipment}/proof"))),
        ("set_party_preferences", acme.put("/experience/partner/v1/preferences", &wish)),
        ("get_party_preferences", acme.get("/experience/partner/v1/preferences")),
        ("set_delivery_preferences", acme.put(&format!("{shipment}/preferences"), &wish)),
        ("get_delivery_preferences", acme.get(&format!("{shipment}/preferences"))),
        ("list_webhooks", acme.get(WEBHOOKS_V1)),
        ("rotate_webhook_secret", acme.tell(&format!("{webhook}/secret"))),
        ("test_webhook", acme.tell(&format!("{webhook}/test"))),
        ("redeliver_webhook", acme.post(&format!("{webhook}/redeliveries"), &json!({"since": "2026-11-23T07:00:00Z"}))),
        ("delete_webhook", acme.delete(&webhook)),
    ];
    let mut heard = Vec::new();
    for (id, call) in calls {
        let answered = call.await;
        heard.push((id.to_owned(), answered.status, told(&answered.headers)));
    }
    let followed = acme.get(&format!("{shipment}/follow")).listen().await;
    heard.push(("follow_shipment".to_owned(), followed.status().as_u16(), told(followed.headers())));
    heard
}

/// The path with something in each place.
fn filled(template: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "nothing_1".to_owned() } else { part.to_owned() };
    template.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_refusal_speaks_of_the_end() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let acme = gateway.partner("acme");
    let preferences = "/experience/partner/v1/preferences";
    let nobodys = format!("{SHIPMENTS_V1}/shp_nobody.1");
    let mut refusals: Vec<(u16, Answered)> = vec![
        (400, acme.get(&format!("{SHIPMENTS_V1}?colour=red")).await),
        (403, gateway.person("partner-acme", "portal", &json!({"scope": "other"})).get(SHIPMENTS_V1).await),
        (403, gateway.dispatch().get(SHIPMENTS_V1).await),
        (404, acme.get(&nobodys).await),
        (404, acme.say(Method::HEAD, &nobodys).await),
        (413, acme.put(preferences, &json!({"instructions": "x".repeat(9000)})).await),
        (415, acme.say(Method::PUT, preferences).bytes("text/plain", "x").await),
        (422, acme.put(preferences, &json!({"colour": "red"})).await),
    ];
    for _ in 0..6 {
        acme.tell(&format!("{WEBHOOKS_V1}/whk_none/test")).await.problem("not_found");
    }
    refusals.push((429, acme.tell(&format!("{WEBHOOKS_V1}/whk_none/test")).await));
    for (status, refused) in &refusals {
        assert_eq!((refused.status, told(&refused.headers)), (*status, announced()), "{}", refused.text());
    }
    let (_, exceeded) = refusals.last().expect("the quota");
    assert_eq!(exceeded.json()["violated-policies"], json!(["test_webhook-sustained"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_turned_away_under_load_hears_of_the_end_as_well() {
    let full =
        Gateway::start_with(Database::sqlite(), PolicyFiles::embedded(), |settings| settings.server.concurrency = 0);
    let shed = full.await.partner("acme").get(SHIPMENTS_V1).await;
    shed.problem("overloaded");
    assert_eq!(told(&shed.headers), announced());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_else_speaks_of_an_end() {
    let gateway = Gateway::start(Database::sqlite()).await;
    for (contract, operation) in gateway.app.law().registry.routes().filter(|(contract, _)| contract.name() != V1) {
        let method = Method::from_bytes(operation.method.as_bytes()).expect("a method");
        let refused = gateway.partner("acme").say(method, &filled(&operation.path)).without("authorization").await;
        assert_eq!((refused.status, told(&refused.headers)), (401, None), "{}", contract.name());
    }
    let acme = gateway.partner("acme");
    for path in ["/docs", "/docs/lifecycle", "/openapi", "/nowhere", "/experience/partner/v1/nowhere"] {
        assert_eq!(told(&acme.get(path).await.headers), None, "{path}");
    }
    let refused = acme.delete(SHIPMENTS_V1).await;
    refused.problem("method_not_allowed");
    assert_eq!(told(&refused.headers), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_moves_to_the_second_version_finds_everything_there() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let law = gateway.app.law();
    let ids = |name: &str| -> BTreeSet<String> {
        let operations = &law.registry.contract(name).expect("it is published").operations;
        operations.iter().map(|operation| operation.key.id.to_string()).collect()
    };
    assert_eq!(ids(V1).difference(&ids(V2)).collect::<Vec<_>>(), Vec::<&String>::new());
    let (day, acme) = (under_way(&gateway, 2).await, gateway.partner("acme"));
    let page = acme.get(&format!("{SHIPMENTS_V2}?limit=1")).await;
    assert!(page.header("link").starts_with(&format!("<{SHIPMENTS_V2}?cursor=")), "{}", page.header("link"));
    let shipment = format!("{SHIPMENTS_V2}/{}", day.shipments[0]);
    acme.get(&format!("{shipment}/events")).await.ok();
    acme.put(&format!("{shipment}/preferences"), &json!({"instructions": "Ring twice"})).await.created();
    let hook = json!({"url": gateway.sandbox.receiver.url("acme")});
    let made = acme.post("/experience/partner/v2/webhooks", &hook).await;
    made.created();
    assert_eq!(made.header("location"), "/experience/partner/v2/webhooks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_says_what_the_gate_does() {
    let gateway = Gateway::start(Database::sqlite()).await;
    let request = axum::http::Request::get(format!("/openapi/{V1}.json")).body(axum::body::Body::empty());
    let first = gateway.knock(request.expect("a request")).await.ok();
    assert_eq!(first["info"]["x-lifecycle"], "deprecated");
    assert_eq!(first["info"]["x-deprecated"], "2026-11-24T00:00:00Z");
    assert_eq!(first["info"]["x-sunset"], "2027-06-30T23:59:59Z");
    assert_eq!(first["info"]["x-successor"], V2);
    assert_eq!(first["info"]["contact"]["email"], "partners@haulgate.example");
    let paths = first["paths"].as_object().expect("paths").values();
    for operation in paths.flat_map(|item| item.as_object().expect("an item").values()) {
        assert_eq!(operation["deprecated"], true, "{}", operation["operationId"]);
        assert!(operation["responses"]["410"].is_object(), "{}", operation["operationId"]);
    }
    enact(&gateway, &lives(ACTIVE, ACTIVE));
    let request = axum::http::Request::get(format!("/openapi/{V1}.json")).body(axum::body::Body::empty());
    let reloaded = gateway.knock(request.expect("a request")).await.ok();
    assert_eq!(reloaded["info"]["x-lifecycle"], "active", "other policies, other documents");
}
