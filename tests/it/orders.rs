//! Orders: released, held, amended, cancelled, let go; one by one, and by the thousand.

use crate::{gateway::Gateway, people::Answered};
use haulgate::{
    domain::{
        order::{Order, OrderContent, OrderState},
        shipment::Shipment,
    },
    policy::PolicyFiles,
    sandbox::faults::{Fault, Target},
    store::{Change, ContractStamp, Origin},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

const ORDERS: &str = "/process/orders/v1/orders";
const RELEASES: &str = "/process/orders/v1/releases";

fn order(number: &str) -> Value {
    json!({
        "number": number, "party": "pty_acme", "region": "reg_north",
        "lines": [
            {"line": 1, "item": "itm_pump", "description": "Pump", "quantity": 3, "weight_grams": 9000},
            {"line": 2, "item": "itm_hose", "description": "Hose", "quantity": 10, "weight_grams": 500, "drop": 2},
        ],
        "address": {
            "name": "Acme, dock 3", "street": "Hafenstrasse 12", "postal_code": "10115", "city": "Berlin",
            "country": "DE", "position": {"latitude": 52.5208, "longitude": 13.4095},
        },
        "window": {"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T12:00:00Z"},
        "value": {"minor": 129_900, "currency": "EUR"},
    })
}

/// The order as the ERP has it, too, with everything picked.
fn known(gateway: &Gateway, number: &str) -> Value {
    let order = order(number);
    gateway.sandbox.erp.add_order(&content(&order));
    gateway.sandbox.warehouse.picked(number, &[(1, 3), (2, 10)]);
    order
}

fn content(order: &Value) -> OrderContent {
    serde_json::from_value(order.clone()).expect("an order")
}

fn place(order: &Value) -> String {
    format!("{ORDERS}/{}", order["order"].as_str().expect("an id"))
}

on_both_databases! {

async fn an_order_that_nothing_speaks_against_is_released_and_the_erp_is_told(database) {
    let gateway = Gateway::start(database).await;
    let sent = known(&gateway, "SO-1");
    gateway.sandbox.warehouse.picked("SO-1", &[(1, 2), (2, 10)]);
    let answered = gateway.erp().post(ORDERS, &sent).await;
    let order = answered.created();
    assert_eq!((&order["state"], &order["holds"]), (&json!("released"), &json!([])), "{order}");
    assert_eq!((answered.header("etag"), answered.header("location")), ("\"1\"".into(), place(&order)));
    assert_eq!(order["shipments"].as_array().unwrap().len(), 2);
    let read = gateway.erp().get(&place(&order)).await;
    assert_eq!(read.ok(), order);
    gateway.erp().get(&place(&order)).with("if-none-match", "\"1\"").await.status(304);
    let shipment = gateway.app.store.load::<Shipment>(order["shipments"][0]["shipment"].as_str().unwrap()).await;
    let tally = shipment.unwrap().unwrap().goods[0].tally;
    assert_eq!((tally.ordered, tally.picked), (3, 2));
    assert_eq!(gateway.sandbox.erp.effects().confirmed, 0);
    gateway.work_off().await;
    assert_eq!(gateway.sandbox.erp.effects().confirmed, 1);
}

async fn an_order_over_the_credit_limit_is_held_until_somebody_lifts_that(database) {
    let gateway = Gateway::start(database).await;
    gateway.sandbox.faults.set(Target::Erp, Fault::OverLimit);
    let order = gateway.erp().post(ORDERS, &known(&gateway, "SO-1")).await.created();
    assert_eq!((&order["state"], &order["holds"][0]["reason"]), (&json!("held"), &json!("credit")));
    let lift = format!("{}/lift-hold", place(&order));
    let wrong = json!({"reason": "stock", "note": "There is enough."});
    assert_eq!(gateway.dispatch().post(&lift, &wrong).await.status, 422);
    let note = json!({"reason": "credit", "note": "Prepaid, receipt 4711."});
    assert_eq!(gateway.dispatch().post(&lift, &note).await.ok()["state"], "released");
    assert_eq!(gateway.dispatch().post(&lift, &note).await.status, 422);
    let events = gateway.app.store.events_of(order["order"].as_str().unwrap(), None, 50).await.unwrap();
    let lifted = events.iter().find(|event| event.name == "lift_hold").expect("the decision is kept");
    assert!(lifted.actor.contains("dana") && lifted.data["note"] == "Prepaid, receipt 4711.");
    gateway.sandbox.faults.clear(Target::Erp);
    gateway.work_off().await;
    assert_eq!(gateway.sandbox.erp.effects().confirmed, 1);
}

async fn an_order_released_while_the_erp_is_away_is_held_and_let_go_when_it_is_back(database) {
    let gateway = Gateway::start(database).await;
    let sent = known(&gateway, "SO-1");
    gateway.sandbox.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 60 });
    let order = gateway.erp().post(ORDERS, &sent).await.created();
    assert_eq!(order["holds"][0]["reason"], "system_unavailable", "{order}");
    gateway.work_off().await;
    assert_eq!(gateway.erp().get(&place(&order)).await.ok()["state"], "held");
    gateway.sandbox.faults.clear(Target::Erp);
    for _ in 0..5 {
        gateway.clock.advance(SignedDuration::from_mins(10));
        gateway.work_off().await;
    }
    let order = gateway.erp().get(&place(&order)).await.ok();
    assert_eq!((&order["state"], &order["holds"]), (&json!("released"), &json!([])), "{order}");
    assert_eq!(gateway.sandbox.erp.effects().confirmed, 1);
}

async fn a_policy_may_refuse_or_accept_what_cannot_be_looked_into(database) {
    let policies = PolicyFiles::embedded();
    let file = "operations/process-orders.v1.toml";
    let text = policies.get(file).expect("the policies of orders");
    let (refuse, accept) = (text.replace("\"hold\"", "\"refuse\""), text.replace("\"hold\"", "\"accept\""));
    let gateway = Gateway::start_with(database, policies.clone().with(file, &refuse), |_| {}).await;
    gateway.sandbox.faults.set(Target::Warehouse, Fault::Maintenance { retry_after_seconds: 7 });
    let answered = gateway.erp().post(ORDERS, &known(&gateway, "SO-1")).await;
    answered.problem("system_unavailable");
    assert_eq!(answered.status, 503);
    assert!(answered.maybe("retry-after").is_some());
    assert_eq!(gateway.erp().get(ORDERS).await.ok()["items"], json!([]));
    let database = crate::databases::Database::sqlite();
    let gateway = Gateway::start_with(database, policies.with(file, &accept), |_| {}).await;
    gateway.sandbox.faults.set(Target::Warehouse, Fault::Maintenance { retry_after_seconds: 7 });
    let order = gateway.erp().post(ORDERS, &known(&gateway, "SO-1")).await.created();
    assert_eq!(order["state"], "released");
    let events = gateway.app.store.events_of(order["order"].as_str().unwrap(), None, 50).await.unwrap();
    let unheard = events.iter().find(|event| event.name == "accepted_unheard").expect("it is kept who was not heard");
    assert_eq!(unheard.data["systems"], json!(["warehouse"]));
}

async fn the_same_number_is_the_same_order_or_none(database) {
    let gateway = Gateway::start(database).await;
    let sent = known(&gateway, "SO-1");
    let order = gateway.erp().post(ORDERS, &sent).await.created();
    let again = gateway.erp().post(ORDERS, &sent).await;
    assert_eq!(again.ok(), order);
    let mut other = sent.clone();
    other["lines"][0]["quantity"] = json!(4);
    assert_eq!(gateway.erp().post(ORDERS, &other).await.problem("order_exists")["status"], 409);
    assert_eq!(gateway.erp().get(&place(&order)).await.ok(), order);
}

async fn a_repeated_request_gets_the_first_answer_byte_for_byte(database) {
    let gateway = Gateway::start(database).await;
    let sent = known(&gateway, "SO-1");
    let first = gateway.erp().post(ORDERS, &sent).key("release-of-so-1").await;
    first.created();
    gateway.sandbox.faults.set(Target::Erp, Fault::OverLimit);
    let again = gateway.erp().post(ORDERS, &sent).key("\"release-of-so-1\"").await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.header("etag"), first.header("etag"));
    assert_eq!(again.header("idempotent-replayed"), "true");
    let other = known(&gateway, "SO-2");
    gateway.erp().post(ORDERS, &other).key("release-of-so-1").await.problem("idempotency_key_reused");
    gateway.erp().post(ORDERS, &other).without("idempotency-key").await.problem("idempotency_key_missing");
}

async fn what_breaks_the_contract_is_refused_and_nothing_is_written(database) {
    let gateway = Gateway::start(database).await;
    let erp = gateway.erp();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut order = order("SO-1");
        change(&mut order);
        order
    };
    let unknown = broken(&|order| order["colour"] = json!("red"));
    let problem = erp.post(ORDERS, &unknown).await.problem("schema_violation");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("dditional"), "{problem}");
    let zero = broken(&|order| order["lines"][0]["quantity"] = json!(0));
    assert_eq!(erp.post(ORDERS, &zero).await.problem("schema_violation")["errors"][0]["pointer"], "/lines/0/quantity");
    let twice = broken(&|order| order["lines"][1]["line"] = json!(1));
    assert_eq!(erp.post(ORDERS, &twice).await.status, 422);
    let nowhere = broken(&|order| order["region"] = json!("reg_moon"));
    assert_eq!(erp.post(ORDERS, &nowhere).await.problem("content_invalid")["errors"][0]["pointer"], "/region");
    erp.tell(ORDERS).bytes("application/json", "{\"number\": ").await.problem("malformed_json");
    erp.tell(ORDERS).bytes("text/plain", "{}").await.problem("media_type_unsupported");
    let large = broken(&|order| order["lines"][0]["description"] = json!("x".repeat(300_000)));
    erp.post(ORDERS, &large).await.problem("body_too_large");
    assert_eq!(erp.get(ORDERS).await.ok()["items"], json!([]));
}

async fn an_amendment_is_made_to_the_version_that_was_read(database) {
    let gateway = Gateway::start(database).await;
    let erp = gateway.erp();
    let order = erp.post(ORDERS, &known(&gateway, "SO-1")).await.created();
    let later = json!({"window": {"until": "2026-11-23T15:00:00Z"}, "lines": [order["lines"][0].clone()]});
    let patch = |tag: &'static str, body: &Value| erp.patch(&place(&order), body).if_match(tag);
    erp.patch(&place(&order), &later).await.problem("precondition_required");
    patch("\"7\"", &later).await.problem("precondition_failed");
    patch("\"1\"", &json!({"value": null})).await.problem("schema_violation");
    patch("\"1\"", &json!({"number": "SO-9"})).await.problem("amendment_forbidden");
    let answered = patch("\"1\"", &json!({})).bytes("application/merge-patch+json", later.to_string()).await;
    let amended = answered.ok();
    assert_eq!(amended["window"], json!({"from": "2026-11-23T09:00:00Z", "until": "2026-11-23T15:00:00Z"}));
    assert_eq!((&amended["amendments"], amended["shipments"].as_array().unwrap().len()), (&json!(1), 1));
    assert_eq!(answered.header("etag"), "\"2\"");
    patch("\"1\"", &later).await.problem("precondition_failed");
    under_way(&gateway, &order).await;
    assert_eq!(patch("\"3\"", &later).await.status, 409);
}

async fn a_cancelled_order_stays_cancelled_and_the_erp_is_told(database) {
    let gateway = Gateway::start(database).await;
    let erp = gateway.erp();
    let order = erp.post(ORDERS, &known(&gateway, "SO-1")).await.created();
    let cancel = format!("{}/cancel", place(&order));
    assert_eq!(erp.post(&cancel, &json!({})).await.status, 422);
    let reason = json!({"reason": "Ordered twice."});
    assert_eq!(erp.post(&cancel, &reason).await.ok()["state"], "cancelled");
    assert_eq!(erp.post(&cancel, &reason).await.status, 409);
    let shipment = gateway.app.store.load::<Shipment>(order["shipments"][0]["shipment"].as_str().unwrap()).await;
    assert_eq!(json!(shipment.unwrap().unwrap().state.state), "cancelled");
    gateway.work_off().await;
    let effects = gateway.sandbox.erp.effects();
    assert_eq!((effects.confirmed, effects.cancelled), (0, 1));
}

async fn orders_are_listed_page_by_page_and_by_what_they_are(database) {
    let gateway = Gateway::start(database).await;
    let erp = gateway.erp();
    for place in 1..=5 {
        gateway.clock.advance(SignedDuration::from_secs(1));
        erp.post(ORDERS, &known(&gateway, &format!("SO-{place}"))).await.created();
    }
    gateway.sandbox.faults.set(Target::Erp, Fault::OverLimit);
    gateway.clock.advance(SignedDuration::from_secs(1));
    erp.post(ORDERS, &known(&gateway, "SO-6")).await.created();
    let mut numbers = Vec::new();
    let mut path = format!("{ORDERS}?limit=2");
    loop {
        let page = erp.get(&path).await;
        numbers.extend(numbers_of(&page));
        let Some(next) = page.ok()["next"].as_str().map(str::to_owned) else { break };
        assert!(page.header("link").contains(&next));
        path = format!("{ORDERS}?limit=2&cursor={next}");
    }
    assert_eq!(numbers, ["SO-6", "SO-5", "SO-4", "SO-3", "SO-2", "SO-1"]);
    assert_eq!(numbers_of(&erp.get(&format!("{ORDERS}?state=held,cancelled")).await), ["SO-6"]);
    assert_eq!(numbers_of(&erp.get(&format!("{ORDERS}?number=SO-3&party=pty_acme")).await), ["SO-3"]);
    assert_eq!(numbers_of(&erp.get(&format!("{ORDERS}?due_from=2026-11-24T00:00:00Z")).await), [""; 0]);
    assert_eq!(numbers_of(&erp.get(&format!("{ORDERS}?state=lost")).await), [""; 0]);
    let cursor = path.rsplit('=').next().unwrap().to_owned();
    erp.get(&format!("{ORDERS}?state=held&cursor={cursor}")).await.problem("invalid_cursor");
}

async fn what_lies_in_another_region_does_not_exist(database) {
    let policies = PolicyFiles::embedded();
    let south = policies.get("consumers.toml").expect("the consumers").replace(
        "desks\"\naudience = \"operator\"\nregions = []",
        "desks\"\naudience = \"operator\"\nregions = [\"reg_south\"]",
    );
    let gateway = Gateway::start_with(database, policies.with("consumers.toml", &south), |_| {}).await;
    let order = gateway.erp().post(ORDERS, &known(&gateway, "SO-1")).await.created();
    let dispatch = gateway.dispatch();
    let hidden = dispatch.get(&place(&order)).await.problem("not_found");
    let missing = dispatch.get(&format!("{ORDERS}/ord_0000")).await.problem("not_found");
    assert_eq!(hidden["detail"], missing["detail"]);
    let reason = json!({"reason": "Ordered twice."});
    dispatch.post(&format!("{}/cancel", place(&order)), &reason).await.problem("not_found");
    dispatch.patch(&place(&order), &json!({})).if_match("\"1\"").await.problem("not_found");
    assert_eq!(dispatch.get(ORDERS).await.ok()["items"], json!([]));
    assert_eq!(dispatch.get(&format!("{ORDERS}?region=reg_north")).await.ok()["items"], json!([]));
    dispatch.post(ORDERS, &known(&gateway, "SO-2")).await.problem("access_denied");
    gateway.partner("acme").get(&place(&order)).await.problem("contract_not_subscribed");
}

async fn a_thousand_lines_are_kept_at_once_and_worked_off_line_by_line(database) {
    let gateway = Gateway::start(database).await;
    let mut lines: Vec<String> = (1..=1000).map(|line| known(&gateway, &format!("SO-{line}")).to_string()).collect();
    lines[9] = "{\"number\": \"SO-10\",".into();
    lines[499] = json!({"number": "SO-500"}).to_string();
    lines[999] = lines[0].replace("\"quantity\":3", "\"quantity\":4");
    let upload = lines.join("\n") + "\n\n";
    let answered = gateway.erp().tell(RELEASES).bytes("application/x-ndjson", upload).await;
    let progress = answered.accepted();
    assert_eq!((&progress["received"], &progress["waiting"], &progress["refused"]), (&json!(1000), &json!(998), &json!(2)));
    gateway.work_off().await;
    let batch = gateway.erp().get(&format!("{}?outcome=refused", answered.header("location"))).await.ok();
    let progress = &batch["progress"];
    assert_eq!((&progress["state"], &progress["waiting"]), (&json!("finished"), &json!(0)), "{batch}");
    assert_eq!((&progress["released"], &progress["held"], &progress["refused"]), (&json!(997), &json!(0), &json!(3)));
    let told: Vec<_> = batch["lines"].as_array().unwrap().iter().map(|line| (&line["line"], &line["code"])).collect();
    assert!(told.contains(&(&json!(10), &json!("malformed_json"))), "{batch}");
    assert!(told.contains(&(&json!(500), &json!("schema_violation"))), "{batch}");
    // Lines are worked off side by side: of two that contradict each other, either may be the first.
    assert!(told.iter().any(|(line, code)| [1, 1000].map(Value::from).contains(line) && *code == "order_exists"));
    let page = gateway.erp().get(&format!("{}?limit=200", answered.header("location"))).await;
    let lines = page.ok()["lines"].as_array().unwrap().iter().map(|line| line["line"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(lines, (1..=200).collect::<Vec<_>>());
    assert!(page.header("link").contains("rel=\"next\""));
    gateway.dispatch().get(&answered.header("location")).await.problem("not_found");
}

async fn a_file_of_csv_is_released_like_any_other(database) {
    let gateway = Gateway::start(database).await;
    let header = "number,party,region,item,description,quantity,weight_grams,drop,name,street,postal_code,city,\
        country,latitude,longitude,window_from,window_until,value_minor,currency";
    let record = |number: &str| {
        format!("{number},pty_acme,reg_north,itm_pump|itm_hose,Pump|Hose,3|10,9000|500,1|2,\"Acme, dock 3\",\
            \"Hafenstrasse\n12\",10115,Berlin,DE,52.5208,13.4095,2026-11-23T09:00:00Z,2026-11-23T12:00:00Z,129900,EUR")
    };
    (1..=3).for_each(|line| drop(known(&gateway, &format!("SO-{line}"))));
    let long = format!("SO-4,{}", "x".repeat(70_000));
    let records = [header.into(), record("SO-1"), "SO-9,too,few".into(), long, record("SO-2"), record("SO-3")];
    let erp = gateway.erp();
    let answered = erp.tell(RELEASES).bytes("text/csv", records.join("\r\n")).await;
    assert_eq!(answered.accepted()["received"], 5);
    gateway.work_off().await;
    let lines = erp.get(&answered.header("location")).await.ok()["lines"].clone();
    let outcomes: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["released", "refused", "refused", "released", "released"], "{lines}");
    let wrong = erp.tell(RELEASES).bytes("text/csv", "number,colour\nSO-1,red").await.problem("schema_violation");
    assert!(wrong["errors"].as_array().unwrap().iter().any(|one| one["pointer"] == "#csv/colour"));
    erp.tell(RELEASES).bytes("text/csv", header).await.problem("content_invalid");
    erp.tell(RELEASES).bytes("text/plain", header).await.problem("media_type_unsupported");
}

async fn an_upload_that_broke_off_is_sent_again_whole_and_nothing_is_doubled(database) {
    let gateway = Gateway::start(database).await;
    let lines: Vec<String> = (1..=250).map(|line| known(&gateway, &format!("SO-{line}")).to_string()).collect();
    let pieces = vec![Ok(lines[..170].join("\n") + "\n{\"numb"), Err(std::io::Error::other("the line went dead"))];
    let body = axum::body::Body::from_stream(futures_util::stream::iter(pieces));
    let mut request = gateway.erp().tell(RELEASES).key("upload-of-monday").bytes("application/x-ndjson", "").request();
    *request.body_mut() = body;
    gateway.knock(request).await.problem("malformed_request");
    gateway.work_off().await;
    let again = || gateway.erp().tell(RELEASES).key("upload-of-monday");
    let other = lines[1..].join("\n");
    again().bytes("application/x-ndjson", other).await.problem("idempotency_key_reused");
    let answered = again().bytes("application/x-ndjson", lines.join("\n")).await;
    let progress = answered.accepted();
    assert_eq!((&progress["received"], &progress["released"], &progress["waiting"]), (&json!(250), &json!(170), &json!(80)));
    gateway.work_off().await;
    let batch = gateway.erp().get(&answered.header("location")).await.ok();
    assert_eq!((&batch["progress"]["state"], &batch["progress"]["released"]), (&json!("finished"), &json!(250)));
    assert_eq!(gateway.sandbox.erp.effects().confirmed, 250);
    let replayed = again().bytes("application/x-ndjson", lines.join("\n")).await;
    assert_eq!((replayed.status, &replayed.body), (202, &answered.body));
    assert_eq!(replayed.header("idempotent-replayed"), "true");
    for another in [lines[1..].join("\n"), lines[..249].join("\n"), lines.join("\n") + "\n{}"] {
        again().bytes("application/x-ndjson", another).await.problem("idempotency_key_reused");
    }
}

}

fn numbers_of(page: &Answered) -> Vec<String> {
    let items = page.ok()["items"].as_array().expect("items").clone();
    items.iter().map(|item| item["number"].as_str().expect("a number").to_owned()).collect()
}

/// Somebody drives off with the order.
async fn under_way(gateway: &Gateway, order: &Value) {
    let store = &gateway.app.store;
    let loaded = store.load_fresh::<Order>(order["order"].as_str().unwrap()).await.unwrap().unwrap();
    let mut change = Change::new(Origin {
        correlation_id: "story".into(),
        traceparent: String::new(),
        actor: "story".into(),
        consumer: "story".into(),
        operation: "story".into(),
        contract: ContractStamp::default(),
        now: gateway.clock.now(),
        region: None,
        verdict: None,
    });
    change.replace(&loaded, Order { state: OrderState::InExecution, ..loaded.state.clone() });
    store.commit(change).await.unwrap();
}
