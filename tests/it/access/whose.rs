//! Whose what is sent is: naming another's in a body, a batch or a file gives nobody a part in it.

use super::acmes::{Acmes, PHOTO};
use crate::{
    day::{ANA, confirmation, content, hash, under_way},
    doors::patient_gateway,
    gateway::Gateway,
    people::Answered,
};
use axum::http::Method;
use serde_json::{Value, json};

const DRIVER: &str = "/experience/driver/v1";

fn photo(bytes: &[u8]) -> String {
    format!("{DRIVER}/proofs/{}", hash(bytes))
}

on_both_databases! {

async fn who_knows_the_hash_of_a_photo_does_not_have_it(database) {
    let gateway = Gateway::start(database).await;
    under_way(&gateway, 1).await;
    let (ana, bob) = (gateway.driver(ANA), gateway.driver("drv_bob"));
    ana.say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
    assert_eq!(ana.get(&photo(PHOTO)).await.header("upload-complete"), "?1");
    for nothing in [photo(PHOTO), photo(b"what nobody has sent")] {
        bob.get(&nothing).await.problem("not_found");
        assert_eq!(bob.say(Method::HEAD, &nothing).await.status, 404);
        // Not even by sending something else in its name, or the end of it.
        bob.say(Method::PUT, &nothing).bytes("image/jpeg", "guessed").await.problem("digest_mismatch");
        let rest = bob.say(Method::PUT, &nothing).with("upload-offset", "10").bytes("image/jpeg", "the rest").await;
        rest.problem("upload_offset_mismatch");
    }
    // Who has it sends it, and it is theirs, too.
    bob.say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
    assert_eq!(bob.get(&photo(PHOTO)).await.header("upload-complete"), "?1");
    bob.say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.ok();
    ana.say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.ok();
}

async fn another_s_photo_proves_nothing(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 2).await;
    let bob = gateway.driver("drv_bob");
    let confirm = async |stop: usize, event: &str| {
        let path = format!("{DRIVER}/stops/{}/confirmation", day.stops[stop]);
        gateway.driver(ANA).post(&path, &confirmation(event, 40, PHOTO)).await.created()
    };
    let proof = async |number: usize| {
        let path = format!("/experience/partner/v1/shipments/{}/proof", day.shipments[number]);
        gateway.partner("acme").get(&path).await.ok()
    };
    // Sent before or after it is named: it is not Ana's.
    bob.say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
    assert_eq!(confirm(0, "event-0001").await["upload"], json!([hash(PHOTO)]));
    bob.say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.ok();
    assert_eq!(links(&proof(0).await), 0);
    // Once she has sent it, it proves what she has told and tells.
    gateway.driver(ANA).say(Method::PUT, &photo(PHOTO)).bytes("image/jpeg", PHOTO).await.created();
    assert_eq!(links(&proof(0).await), 1);
    assert_eq!(confirm(1, "event-0002").await.get("upload"), None);
    assert_eq!(links(&proof(1).await), 1);
    // Bob sees none of it.
    assert_eq!(gateway.driver("drv_carl").get(&photo(PHOTO)).await.status, 404);
}

async fn a_batch_takes_nothing_to_another_s_stop(database) {
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 1).await;
    let item = |stop: &str, event: &str| json!({
        "stop": stop, "event": event, "occurred_at": "2026-11-23T07:40:00Z", "kind": "milestone", "milestone": "arrived",
    });
    let items = json!({"sent_at": "2026-11-23T08:00:00Z", "items": [item(day.stops[0].as_str(), "event-0001"), item("nobody_has_it", "event-0002")]});
    let answer = gateway.driver("drv_bob").post(&format!("{DRIVER}/sync"), &items).await;
    assert!(answer.status < 300, "{}", answer.text());
    let results = answer.json()["items"].as_array().expect("items").clone();
    let outline = |result: &Value| {
        let mut result = result.clone();
        for own in ["stop", "event", "exception", "quarantine"] {
            result.as_object_mut().expect("a result").remove(own);
        }
        result
    };
    assert_eq!(outline(&results[0]), outline(&results[1]));
    let shipment = gateway.dispatch().get(&format!("/process/deliveries/v1/deliveries/{}", day.shipments[0])).await.ok();
    assert_eq!(shipment["state"], "out_for_delivery");
}

async fn a_file_of_orders_takes_nothing_of_another_region(database) {
    let gateway = patient_gateway(database).await;
    Acmes::day(&gateway).await;
    let line = |number: &str| serde_json::to_string(&content(number)).expect("an order");
    let south = gateway.person("erp", "system:erp", &json!({"region": ["reg_south"]}));
    let lines = format!("{}\n{}\n", line("SO-0001"), line("SO-7777"));
    let sent = south.tell("/process/orders/v1/releases").bytes("application/x-ndjson", lines).await;
    sent.accepted();
    gateway.work_off().await;
    let items = south.get(&sent.header("location")).await.ok()["lines"].as_array().expect("lines").clone();
    let codes: Vec<_> = items.iter().map(|line| line["code"].clone()).collect();
    assert_eq!(codes, ["access_denied", "access_denied"], "{items:?}");
}

async fn master_data_of_another_region_is_not_written_over(database) {
    let gateway = patient_gateway(database).await;
    Acmes::day(&gateway).await;
    let south = gateway.person("planner", "system:planner", &json!({"region": ["reg_south"]}));
    let outline = json!([{"latitude": 52.5, "longitude": 13.4}, {"latitude": 52.6, "longitude": 13.4}, {"latitude": 52.5, "longitude": 13.5}]);
    let zone = |region: &str, id: &str| {
        json!({"revision": 9, "record": {"id": id, "name": "Ours now", "region": region, "outline": outline}})
    };
    let put = async |id: &str, region: &str| -> Answered {
        south.put(&format!("/system/master-data/v1/zones/{id}"), &zone(region, id)).await
    };
    // Neither into a region that is not theirs, nor out of it.
    for id in ["zon_7", "zon_nobody"] {
        put(id, "reg_north").await.problem("access_denied");
    }
    put("zon_7", "reg_south").await.problem("access_denied");
    put("zon_nobody", "reg_south").await.ok();
    let kept = gateway.planner().get("/system/master-data/v1/zones/zon_7").await.ok();
    assert_eq!((&kept["record"]["name"], &kept["record"]["region"]), (&json!("Docks"), &json!("reg_north")));
}

}

fn links(proof: &Value) -> usize {
    let artifacts = proof["artifacts"].as_array().expect("artifacts");
    artifacts.iter().filter(|one| one.get("link").is_some_and(|link| !link.is_null())).count()
}
