//! The audit, held against every answer of every story: whoever wrote something or was refused it has left a row.

use crate::{
    contracts::declared,
    day::{ANA, hash, under_way},
    gateway::{Gateway, MORNING},
    people::Answered,
};
use axum::http::Method;
use haulgate::{
    app::App,
    policy::REFUSED,
    store::{AuditFilter, Change, ContractStamp, Decision, EventRow, Origin},
};
use serde_json::{Value, json};
use std::process::Command;

/// They have no GET for its length, and change nothing.
const ONLY_ASK: [&str; 3] = ["check_release", "solve", "evaluate"];
/// What was so before stays so, and leaves no second row.
const MAY_FIND_IT_DONE: [&str; 8] =
    ["put_customer", "put_item", "put_zone", "put_vehicle", "put_driver", "put_proof", "upload_proof", "sync"];
/// Refused before anybody is known who may be written down, or for now.
const LEAVE_NO_ROW: [&str; 7] = [
    "credentials_ambiguous",
    "credentials_missing",
    "malformed_path",
    "token_invalid",
    "consumer_unknown",
    "quota_exceeded",
    "no_route",
];

/// Fails the story in which somebody wrote or was refused a write, and left no row of it.
pub async fn hold(app: &App, method: &str, path: &str, answered: &Answered) {
    let Some((_, operation)) = declared(app, method, path) else { return };
    let again = answered.maybe("idempotent-replayed").is_some() || answered.maybe("retry-after").is_some();
    if matches!(method, "GET" | "HEAD") || again {
        return;
    }
    let id = &*operation.key.id;
    let wrote = (200..300).contains(&answered.status) && !ONLY_ASK.contains(&id) && !MAY_FIND_IT_DONE.contains(&id);
    if wrote {
        let rows = rows(app, answered).await;
        let own = rows.iter().any(|row| row.operation == id && decided(row) == Some(Decision::Allowed));
        assert!(own, "{id} answered {} and left no row of its own: {rows:?}", answered.status);
    }
    if (400..500).contains(&answered.status) && !LEAVE_NO_ROW.contains(&code(answered).as_str()) {
        let rows = rows(app, answered).await;
        let own = rows.iter().any(|row| row.name == REFUSED && decided(row) == Some(Decision::Denied));
        assert!(own, "{id} refused with {} and left no row of it: {rows:?}", answered.text());
    }
}

/// What a request left in the log.
async fn rows(app: &App, answered: &Answered) -> Vec<EventRow> {
    let filter = AuditFilter { correlation: answered.maybe("x-request-id"), ..AuditFilter::default() };
    app.store.audit(&filter, 1000).await.expect("a read")
}

fn decided(row: &EventRow) -> Option<Decision> {
    row.verdict.as_ref().map(|verdict| verdict.decision)
}

fn code(answered: &Answered) -> String {
    answered.json()["code"].as_str().unwrap_or_default().to_owned()
}

/// The only row of a request.
async fn only(gateway: &Gateway, answered: &Answered) -> EventRow {
    let mut rows = rows(&gateway.app, answered).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

fn policy(row: &EventRow) -> &str {
    row.verdict.as_ref().map_or("", |verdict| &verdict.policy)
}

const ITEM: &str = "/system/master-data/v1/items/itm_pump";

fn pump(revision: u64) -> Value {
    json!({"revision": revision, "record": {"id": "itm_pump", "name": "Pump", "unit": "C62", "weight_grams": 8400}})
}

fn nobodys() -> Origin {
    Origin {
        correlation_id: "story".to_owned(),
        traceparent: String::new(),
        actor: "clerk".to_owned(),
        consumer: "back-office".to_owned(),
        operation: "tell_a_story".to_owned(),
        contract: ContractStamp::default(),
        now: MORNING.parse().expect("an instant"),
        region: None,
        verdict: None,
    }
}

on_both_databases! {
    async fn a_row_says_who_did_what_by_which_contract_and_which_rules_let_them(database) {
        let gateway = Gateway::start(database).await;
        let row = only(&gateway, &gateway.erp().put(ITEM, &pump(1)).await).await;
        assert_eq!((row.name.as_str(), row.subject.as_str()), ("put_item", "item:itm_pump"));
        assert_eq!((row.actor.as_str(), row.consumer.as_str()), ("erp/system:erp", "erp"));
        assert_eq!((row.contract.name.as_str(), row.contract.version.as_str()), ("system/master-data", "1"));
        let contract = gateway.app.law().registry.contract("system/master-data.v1").expect("there").hash.clone();
        assert_eq!(row.contract.hash, contract, "the document that was in force");
        assert_eq!(decided(&row), Some(Decision::Allowed));
        assert_eq!(policy(&row), "access:systems-work-on-everything");
    }

    async fn a_refusal_leaves_a_row_that_names_the_rule(database) {
        let gateway = Gateway::start(database).await;
        let erp = gateway.erp();
        erp.put(ITEM, &pump(2)).await.ok();
        let stale = erp.put(ITEM, &pump(1)).await;
        stale.problem("stale_revision");
        let row = only(&gateway, &stale).await;
        assert_eq!((row.name.as_str(), row.subject.as_str(), policy(&row)), (REFUSED, ITEM, "rule:stale_revision"));
        assert_eq!(row.data, json!({"status": 409, "code": "stale_revision"}), "codes, and nothing of what was sent");

        let reader = gateway.person("erp", "clerk", &json!({"scope": "master-data:read"}));
        let narrow = reader.put(ITEM, &pump(3)).await;
        narrow.problem("scope_insufficient");
        let row = only(&gateway, &narrow).await;
        assert_eq!((policy(&row), row.actor.as_str()), ("access:scope-of-the-operation", "erp/clerk"));

        let stranger = gateway.partner("acme").put(ITEM, &pump(3)).await;
        stranger.problem("contract_not_subscribed");
        assert_eq!(policy(&only(&gateway, &stranger).await), "access:subscribed-contracts-only, scope-of-the-operation");
    }

    async fn a_refusal_under_a_key_leaves_one_row_however_often_it_is_told(database) {
        let gateway = Gateway::start(database).await;
        let path = "/process/orders/v1/orders/ord_none/cancel";
        let ask = || gateway.erp().post(path, &json!({"reason": "ordered twice"})).key("the-same-key-again");
        let first = ask().await;
        first.problem("not_found");
        assert_eq!(policy(&only(&gateway, &first).await), "rule:not_found");
        let second = ask().await;
        assert_eq!((second.body.clone(), rows(&gateway.app, &second).await), (first.body, Vec::new()));
    }

    async fn who_is_not_known_and_who_asks_too_often_leave_no_row(database) {
        let gateway = Gateway::start(database).await;
        let nobody = gateway.erp().put(ITEM, &pump(1)).without("authorization").await;
        nobody.problem("credentials_missing");
        let unknown = gateway.person("unheard-of", "x", &json!({})).put(ITEM, &pump(1)).await;
        unknown.problem("consumer_unknown");
        for answered in [nobody, unknown] {
            assert_eq!(rows(&gateway.app, &answered).await, Vec::new());
        }
    }

    async fn what_may_find_it_done_leaves_a_row_when_it_does_it(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let (planner, ana) = (gateway.planner(), gateway.driver(ANA));
        let (photo, other): (&[u8], &[u8]) = (b"a photo of the dock", b"another one");
        let master = |kind: &str| format!("/system/master-data/v1/{kind}");
        let region = json!("reg_north");
        let put = |id: &str, more: Value| {
            let mut record = json!({"id": id, "name": id});
            record.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            json!({"revision": 1, "record": record})
        };
        let arrived = json!({"sent_at": MORNING, "items": [{
            "event": "event-0001", "kind": "milestone", "stop": day.stops[0], "occurred_at": "2026-11-23T07:40:00Z",
            "milestone": "arrived",
        }]});
        let erp = gateway.erp();
        let sent = [
            ("put_customer", erp.put(&master("customers/pty_new"), &put("pty_new", json!({"segment": "retail", "region": region}))).await),
            ("put_item", erp.put(ITEM, &pump(1)).await),
            ("put_zone", planner.put(&master("zones/zon_a"), &put("zon_a", json!({"region": region, "outline": [{"latitude": 52.5, "longitude": 13.4}, {"latitude": 52.6, "longitude": 13.4}, {"latitude": 52.5, "longitude": 13.5}]}))).await),
            ("put_vehicle", planner.put(&master("vehicles/veh_new"), &put("veh_new", json!({"region": region, "capacity_grams": 9000}))).await),
            ("put_driver", planner.put(&master("drivers/drv_new"), &put("drv_new", json!({"region": region}))).await),
            ("sync", ana.post("/experience/driver/v1/sync", &arrived).await),
            ("upload_proof", ana.say(Method::PUT, &format!("/experience/driver/v1/proofs/{}", hash(photo))).bytes("image/jpeg", photo).await),
            ("put_proof", erp.say(Method::PUT, &format!("/system/proofs/v1/artifacts/{}", hash(other))).bytes("image/jpeg", other).await),
        ];
        let named: Vec<_> = sent.iter().map(|(operation, _)| *operation).collect();
        assert!(MAY_FIND_IT_DONE.iter().all(|one| named.contains(one)), "none is left out");
        for (operation, answered) in sent {
            assert!((200..300).contains(&answered.status), "{operation}: {}", answered.text());
            let rows = rows(&gateway.app, &answered).await;
            assert!(rows.iter().any(|row| row.operation == operation), "{operation} left {rows:?}");
        }
    }

    async fn the_command_walks_the_log_and_ends_with_two_where_it_was_changed(database) {
        let url = database.url.clone();
        let verify = || Command::new(env!("CARGO_BIN_EXE_haulgate")).args(["audit", "verify"])
            .env("HAULGATE__DATABASE__URL", &url).output().expect("it runs");
        let (store, _) = database.store().await;
        let mut change = Change::new(nobodys());
        change.audit("noted", "item:crate", json!({}));
        let id = change.audit("noted", "item:lid", json!({}));
        store.commit(change).await.expect("committed");
        let whole = verify();
        assert!(whole.status.success(), "{whole:?}");
        database.meddle(&format!("UPDATE event SET actor = 'nobody' WHERE id = '{id}'")).await;
        let broken = verify();
        let said = String::from_utf8_lossy(&broken.stdout);
        assert_eq!(broken.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("lane 1: 1 rows hold; BROKEN at 2 ({id}): it is not what was written")), "{said}");
    }
}
