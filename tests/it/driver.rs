//! Ana's day: confirming, uploading over a bad line, and syncing hours of offline work.

use crate::{
    day::{ANA, Day, confirmation, hash, origin, photo_ref, under_way},
    gateway::Gateway,
};
use axum::http::Method;
use haulgate::{
    domain::{
        exception::Exception,
        invoice::InvoiceState,
        order::{Order, OrderState},
        shipment::{Shipment, ShipmentState},
        stop::Stop,
    },
    store::{Change, Loaded},
};
use serde_json::{Value, json};
use std::future::IntoFuture;

const PHOTO: &[u8] = b"a photo of the pallet at the dock";

fn confirm(day: &Day, stop: usize) -> String {
    format!("/experience/driver/v1/stops/{}/confirmation", day.stops[stop])
}

fn proof(bytes: &[u8]) -> String {
    format!("/experience/driver/v1/proofs/{}", hash(bytes))
}

async fn shipment(gateway: &Gateway, day: &Day, place: usize) -> Shipment {
    gateway.app.store.load(day.shipments[place].as_str()).await.expect("read").expect("there").state
}

async fn order(gateway: &Gateway, day: &Day, place: usize) -> Order {
    gateway.app.store.load(day.orders[place].as_str()).await.expect("read").expect("there").state
}

async fn quarantined(gateway: &Gateway, answer: &Value) -> Exception {
    let id = answer["quarantine"].as_str().expect("it names the exception");
    gateway.app.store.load(id).await.expect("read").expect("there").state
}

on_both_databases! {
    async fn a_confirmed_delivery_is_posted_and_invoiced_once_its_photo_is_here(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let ana = gateway.driver(ANA);
        let receipt = ana.post(&confirm(&day, 0), &confirmation("event-0001", 40, PHOTO)).await.created();
        assert_eq!((&receipt["reception"], &receipt["state"]), (&json!("applied"), &json!("completed")));
        assert_eq!(receipt["upload"], json!([hash(PHOTO)]));
        gateway.work_off().await;
        assert!(shipment(&gateway, &day, 0).await.posted);
        assert_eq!(order(&gateway, &day, 0).await.invoice.state, InvoiceState::OnHold);

        ana.say(Method::PUT, &proof(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
        gateway.work_off().await;
        let order = order(&gateway, &day, 0).await;
        assert_eq!((order.state, order.invoice.state), (OrderState::Invoiced, InvoiceState::Released));
        ana.say(Method::PUT, &proof(PHOTO)).bytes("image/jpeg", PHOTO).await.ok();
    }

    async fn a_photo_that_came_first_counts_as_well(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let ana = gateway.driver(ANA);
        ana.say(Method::PUT, &proof(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
        let receipt = ana.post(&confirm(&day, 0), &confirmation("event-0001", 40, PHOTO)).await.created();
        assert_eq!(receipt.get("upload"), None);
        assert!(shipment(&gateway, &day, 0).await.proof.is_complete());
    }

    async fn the_same_key_gets_the_same_bytes_and_the_same_event_moves_nothing(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let (ana, body) = (gateway.driver(ANA), confirmation("event-0001", 40, PHOTO));
        let first = ana.post(&confirm(&day, 0), &body).key("key-of-the-phone").await;
        let again = ana.post(&confirm(&day, 0), &body).key("key-of-the-phone").await;
        assert_eq!((first.created(), &first.body), (again.created(), &again.body));
        assert_eq!(again.header("idempotent-replayed"), "true");
        let other = ana.post(&confirm(&day, 0), &body).await.ok();
        assert_eq!(other["reception"], "duplicate");
    }

    async fn what_contradicts_the_books_is_kept_whole_and_moves_nothing(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        let body = confirmation("event-0001", 40, PHOTO);
        let unknown = "/experience/driver/v1/stops/stp_nowhere.1.1/confirmation";
        let answer = gateway.driver(ANA).post(unknown, &body).await.accepted();
        let kept = quarantined(&gateway, &answer).await;
        assert_eq!((kept.code.as_str(), kept.region.as_str()), ("data_mismatch", "reg_north"));
        assert_eq!(kept.quarantined.expect("whole")["what"]["received_by"], "M. Krause");
        assert_eq!(gateway.driver(ANA).post(unknown, &body).await.ok()["reception"], "duplicate");

        let cancelled: Loaded<Order> = gateway.app.store.load(day.orders[1].as_str()).await.expect("read").expect("there");
        let mut change = Change::new(origin(&gateway));
        change.replace(&cancelled, Order { state: OrderState::Cancelled, ..cancelled.state.clone() });
        gateway.app.store.commit(change).await.expect("it is cancelled");
        let answer = gateway.driver(ANA).post(&confirm(&day, 1), &body).await.accepted();
        assert_eq!(quarantined(&gateway, &answer).await.note.as_deref(), Some("the order is cancelled"));

        let answer = gateway.driver("drv_ben").post(&confirm(&day, 0), &body).await.accepted();
        assert_eq!(quarantined(&gateway, &answer).await.code, "data_mismatch");
        assert_eq!(shipment(&gateway, &day, 0).await.state, ShipmentState::OutForDelivery);
        gateway.work_off().await;
        assert_eq!(gateway.sandbox.erp.deliveries().len(), 0);
    }

    async fn an_upload_goes_on_where_the_line_broke(database) {
        let gateway = Gateway::start(database).await;
        let ana = gateway.driver(ANA);
        let (one, other) = PHOTO.split_at(10);
        let part = ana.say(Method::PUT, &proof(PHOTO)).with("upload-complete", "?0").bytes("image/jpeg", one).await;
        assert_eq!((part.accepted()["bytes"].clone(), part.header("upload-offset")), (json!(10), "10".into()));
        let asked = ana.say(Method::HEAD, &proof(PHOTO)).await;
        assert_eq!((asked.status, asked.header("upload-offset")), (204, "10".into()));
        let wrong = ana.say(Method::PUT, &proof(PHOTO)).with("upload-offset", "7").bytes("image/jpeg", other).await;
        wrong.problem("upload_offset_mismatch");
        let signed = ana.say(Method::PUT, &proof(PHOTO)).with("upload-offset", "+10").bytes("image/jpeg", other).await;
        signed.problem("malformed_parameter");
        ana.say(Method::PUT, &proof(PHOTO)).with("upload-offset", "10").bytes("image/jpeg", other).await.created();
        assert_eq!(ana.say(Method::HEAD, &proof(PHOTO)).await.header("upload-complete"), "?1");
    }

    async fn what_is_not_what_its_hash_says_is_refused(database) {
        let gateway = Gateway::start(database).await;
        let ana = gateway.driver(ANA);
        let lie = ana.say(Method::PUT, &proof(PHOTO)).bytes("image/jpeg", "something else").await;
        assert_eq!(lie.problem("digest_mismatch")["status"], 422);
        let digest = "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:";
        let garbled = ana.say(Method::PUT, &proof(PHOTO)).with("content-digest", digest).bytes("image/jpeg", PHOTO).await;
        garbled.problem("digest_mismatch");
        ana.say(Method::PUT, &proof(PHOTO)).bytes("text/html", PHOTO).await.problem("media_type_unsupported");
        ana.say(Method::PUT, &proof(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
    }

    async fn the_run_is_small_and_unchanged_until_something_changes(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        let ana = gateway.driver(ANA);
        let run = ana.get("/experience/driver/v1/run").await;
        assert_eq!(run.ok()["stops"].as_array().map(Vec::len), Some(2));
        let tag = run.header("etag");
        let unchanged = ana.get("/experience/driver/v1/run").with("if-none-match", &tag).await;
        assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));
        ana.post(&confirm(&day, 1), &confirmation("event-0001", 40, PHOTO)).await.created();
        let changed = ana.get("/experience/driver/v1/run").with("if-none-match", &tag).await.ok();
        assert_eq!(changed["stops"][1]["state"], "completed");
        gateway.driver("drv_ben").get("/experience/driver/v1/run").await.problem("not_found");
        ana.get("/experience/driver/v1/run?day=2026-11-22").await.problem("not_found");
    }

    async fn any_order_of_a_sync_ends_like_the_day_it_tells_of(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 3).await;
        let items = a_day_of(&day);
        let mut ends = Vec::new();
        let sync = |items: Vec<Value>| json!({"sent_at": "2026-11-23T08:00:00Z", "items": items});
        let said = gateway.driver(ANA).post("/experience/driver/v1/sync", &sync(items.clone())).await.ok();
        assert!(outcomes(&said).iter().all(|outcome| outcome == "applied"), "{said}");
        ends.push(ending(&gateway, &day).await);
        let again = gateway.driver(ANA).post("/experience/driver/v1/sync", &sync(items.clone())).await.ok();
        assert!(outcomes(&again).iter().all(|outcome| outcome == "duplicate"), "{again}");

        for shuffle in [1, 5] {
            let gateway = Gateway::start(crate::databases::Database::sqlite()).await;
            let day = under_way(&gateway, 3).await;
            let mut shuffled = a_day_of(&day);
            shuffled.rotate_left(shuffle);
            shuffled.reverse();
            for some in shuffled.chunks(2) {
                gateway.driver(ANA).post("/experience/driver/v1/sync", &sync(some.to_vec())).await.ok();
            }
            ends.push(ending(&gateway, &day).await);
        }
        assert!(ends.windows(2).all(|two| two[0] == two[1]), "{ends:#?}");
    }

    async fn a_confirmation_and_its_photo_may_meet_on_the_way(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 12).await;
        let ana = gateway.driver(ANA);
        let both = (0..day.stops.len()).map(async |stop| {
            let photo = format!("a photo of stop {stop}").into_bytes();
            let body = confirmation(&format!("event-{stop:04}"), 40, &photo);
            let confirming = ana.post(&confirm(&day, stop), &body).into_future();
            let uploading = ana.say(Method::PUT, &proof(&photo)).bytes("image/jpeg", photo.clone()).into_future();
            let (confirmed, uploaded) = tokio::join!(confirming, uploading);
            (confirmed.created(), uploaded.created())
        });
        futures_util::future::join_all(both).await;
        for stop in 0..day.stops.len() {
            assert!(shipment(&gateway, &day, stop).await.proof.is_complete(), "stop {stop}");
        }
    }

    async fn a_batch_sent_again_before_its_answer_came_is_taken_once(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 3).await;
        let (ana, batch) = (gateway.driver(ANA), json!({"sent_at": "2026-11-23T08:00:00Z", "items": a_day_of(&day)}));
        let sync = || ana.post("/experience/driver/v1/sync", &batch).into_future();
        let (one, other) = tokio::join!(sync(), sync());
        let (one, other) = (outcomes(&one.ok()), outcomes(&other.ok()));
        for (one, other) in one.iter().zip(&other) {
            assert!([one, other].contains(&&"applied".to_owned()) && [one, other].contains(&&"duplicate".to_owned()), "{one} {other}");
        }
    }

    async fn one_bad_item_keeps_no_other_out(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        let items = json!([
            item("event-0001", &day, 0, json!({"kind": "confirm", "handover": {"proofs": [photo_ref(PHOTO)]}})),
            {"event": "event-0002", "kind": "confirm", "stop": day.stops[1]},
            item("event-0003", &day, 1, json!({"kind": "exception", "exception": {"code": "no_such_code"}})),
            item("event-0004", &day, 1, json!({"kind": "milestone"})),
            item("event-0005", &day, 1, json!({"kind": "milestone", "milestone": "arrived"})),
            "nonsense",
        ]);
        let said = gateway.driver(ANA).post("/experience/driver/v1/sync", &json!({"sent_at": "2026-11-23T08:05:00Z", "items": items}));
        let said = said.await.ok();
        assert_eq!(outcomes(&said), ["applied", "rejected", "rejected", "rejected", "applied", "rejected"]);
        assert_eq!(said["clock_skew_seconds"], 300);
        assert_eq!((&said["items"][2]["code"], &said["items"][3]["errors"][0]["pointer"]), (&json!("unknown_code"), &json!("/milestone")));
    }

    async fn five_hundred_items_are_taken_and_one_more_is_not(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 20).await;
        let one = |number: usize| {
            item(&format!("event-{number:04}"), &day, number % 20, json!({"kind": "milestone", "milestone": "en_route"}))
        };
        let batch = |items: usize| json!({"sent_at": "2026-11-23T08:00:00Z", "items": (0..items).map(one).collect::<Vec<_>>()});
        let said = gateway.driver(ANA).post("/experience/driver/v1/sync", &batch(500)).await.ok();
        assert_eq!(outcomes(&said).len(), 500);
        gateway.driver(ANA).post("/experience/driver/v1/sync", &batch(501)).await.problem("schema_violation");
    }

    async fn a_phone_whose_clock_runs_ahead_is_set_right_and_told(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let mut body = confirmation("event-0001", 40, PHOTO);
        body["occurred_at"] = json!("2026-11-23T09:00:00Z");
        let receipt = gateway.driver(ANA).post(&confirm(&day, 0), &body).await.created();
        assert_eq!(receipt["skew_seconds"], 3600);
        let delivered = shipment(&gateway, &day, 0).await.delivered.expect("it is delivered");
        assert_eq!(delivered.occurred_at, gateway.clock.now());
    }
}

fn item(event: &str, day: &Day, stop: usize, more: Value) -> Value {
    let mut item = json!({"event": event, "stop": day.stops[stop], "occurred_at": "2026-11-23T07:30:00Z"});
    for (name, value) in more.as_object().expect("members") {
        item[name] = value.clone();
    }
    item
}

/// Arrived, delivered and left; failed and then delivered after all; failed.
fn a_day_of(day: &Day) -> Vec<Value> {
    let at = |minute: u32| format!("2026-11-23T07:{minute:02}:00Z");
    let mut items = vec![
        item("event-0001", day, 0, json!({"kind": "milestone", "milestone": "arrived", "occurred_at": at(1)})),
        item(
            "event-0002",
            day,
            0,
            json!({"kind": "confirm", "occurred_at": at(5), "handover": {"proofs": [photo_ref(PHOTO)]}}),
        ),
        item("event-0003", day, 0, json!({"kind": "milestone", "milestone": "departed", "occurred_at": at(7)})),
        item(
            "event-0004",
            day,
            1,
            json!({"kind": "exception", "exception": {"code": "receiver_absent"}, "occurred_at": at(10)}),
        ),
        item(
            "event-0005",
            day,
            1,
            json!({"kind": "confirm", "occurred_at": at(30), "handover": {"differences": [{"line": 2, "damaged": 1}]}}),
        ),
        item("event-0006", day, 2, json!({"kind": "milestone", "milestone": "arrived", "occurred_at": at(40)})),
        item(
            "event-0007",
            day,
            2,
            json!({"kind": "exception", "exception": {"code": "refused_by_receiver"}, "occurred_at": at(45)}),
        ),
    ];
    for item in &mut items {
        item["position"] = json!({"latitude": 53.55, "longitude": 10.0});
    }
    items
}

fn outcomes(said: &Value) -> Vec<String> {
    let items = said["items"].as_array().expect("items").iter();
    items.map(|item| item["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

/// How everything stands in the end, times of receipt aside.
async fn ending(gateway: &Gateway, day: &Day) -> Vec<String> {
    let mut lines = Vec::new();
    for place in 0..day.stops.len() {
        let stop: Stop = gateway.app.store.load(day.stops[place].as_str()).await.expect("read").expect("there").state;
        let shipment = shipment(gateway, day, place).await;
        let tallies: Vec<_> = shipment.goods.iter().map(|goods| goods.tally).collect();
        let events: Vec<_> = stop.reports.iter().map(|report| report.event.as_str()).collect();
        let blocked: Vec<_> = shipment.blocked_by.values().collect();
        let order = order(gateway, day, place).await.state;
        lines.push(format!(
            "{:?} {:?} {order:?} {tallies:?} {events:?} {blocked:?} {:?} {:?}",
            stop.state, shipment.state, stop.arrived, stop.departed
        ));
    }
    lines
}
