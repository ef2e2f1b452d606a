//! Tickets: cursors and keys count for whoever was given them, or thought of them. In other hands they show nothing.

use super::{
    acmes::Acmes,
    personas::{keeper, owner, strangers},
};
use crate::{
    day::{ANA, content},
    doors::{Door, every_door, patient_gateway},
    gateway::Gateway,
};
use haulgate::policy::Idempotency;
use serde_json::json;

on_both_databases! {

async fn a_cursor_is_its_consumers(database) {
    let gateway = patient_gateway(database).await;
    let acmes = Acmes::day(&gateway).await;
    let is_walked = |door: &Door| door.parameters("query").any(|one| one["name"] == "cursor");
    let mut walked = 0;
    for door in every_door(&gateway).into_iter().filter(is_walked) {
        let page = format!("{}?limit=1", acmes.path(&door));
        let Some(next) = owner(&gateway, &door).get(&page).await.ok()["next"].as_str().map(str::to_owned) else { continue };
        let next = format!("{page}&cursor={next}");
        owner(&gateway, &door).get(&next).await.ok();
        for other in door.consumers(&gateway) {
            let answer = gateway.person(&other.id, "other", &json!({})).get(&next).await;
            if other.id != keeper(&gateway, &door) && answer.status != 404 {
                answer.problem("invalid_cursor");
            }
        }
        // Another of the same consumer goes on in what is theirs.
        for stranger in strangers(&gateway, &door) {
            let text = stranger.get(&next).await.text();
            assert!(!acmes.secrets().any(|id| text.contains(id) && !next.contains(id)), "{}: {text}", door.name());
        }
        walked += 1;
    }
    assert!(walked >= 10, "only {walked} collections had more than one page");
}

async fn a_cursor_that_somebody_made_up_shows_them_what_is_theirs(database) {
    let gateway = patient_gateway(database).await;
    let acmes = Acmes::day(&gateway).await;
    let own = gateway.dispatch().get("/process/orders/v1/orders?limit=1").await.ok()["next"].as_str().expect("a cursor").to_owned();
    for cursor in [&own[..own.len() - 4], "e30", "!", "eyJhdCI6MX0", "bm90IGpzb24", &own.to_lowercase()] {
        let answer = gateway.dispatch().get(&format!("/process/orders/v1/orders?limit=1&cursor={cursor}")).await;
        assert_eq!(answer.problem("invalid_cursor")["status"], 400, "{cursor}");
    }
    let south = gateway.person("dispatch", "dana", &json!({"region": ["reg_south"]}));
    let text = south.get(&format!("/process/orders/v1/orders?limit=1&cursor={own}")).await.text();
    assert!(!acmes.secrets().any(|id| text.contains(id)), "{text}");
}

async fn a_key_answers_nobody_but_whose_it_is(database) {
    let gateway = patient_gateway(database).await;
    let acmes = Acmes::day(&gateway).await;
    let keyed = |door: &Door| door.policy.idempotency != Idempotency::None;
    let mut kept = 0;
    for (number, door) in every_door(&gateway).into_iter().filter(keyed).enumerate() {
        let (path, key) = (acmes.path(&door), format!("everybodys-key-{number:04}"));
        let owner = owner(&gateway, &door);
        door.knock_at(&owner, &path).key(&key).await;
        let again = door.knock_at(&owner, &path).key(&key).await;
        kept += usize::from(again.maybe("idempotent-replayed").is_some());
        for stranger in strangers(&gateway, &door) {
            let answer = door.knock_at(&stranger, &path).key(&key).await;
            assert_eq!(answer.maybe("idempotent-replayed"), None, "{}: {}", door.name(), answer.text());
            assert_ne!(answer.json()["code"], "idempotency_key_reused", "{}", door.name());
        }
    }
    assert!(kept > 20, "only {kept} answers were kept under their key");
}

async fn a_key_is_the_tokens_party_s(database) {
    let gateway = Gateway::start(database).await;
    let content = serde_json::to_value(content("SO-0001")).expect("an order");
    gateway.sandbox.erp.add_order(&crate::day::content("SO-0001"));
    let for_party = |party: &str| gateway.person("erp", "system:erp", &json!({ "party": party }));
    let replayed = async |party: &str| {
        let told = for_party(party).post("/process/orders/v1/orders", &content).key("one-key-for-all").await;
        assert!(told.status < 300, "{}", told.text());
        told.maybe("idempotent-replayed").is_some()
    };
    assert!(!replayed("pty_acme").await);
    assert!(replayed("pty_acme").await, "the same party's");
    assert!(!replayed("pty_globex").await, "another party's");
}

async fn a_key_is_the_tokens_driver_s(database) {
    let gateway = Gateway::start(database).await;
    let day = crate::day::under_way(&gateway, 1).await;
    let path = format!("/experience/driver/v1/stops/{}/milestones", day.stops[0]);
    let arrived = json!({"event": "event-0001", "occurred_at": "2026-11-23T07:40:00Z", "milestone": "arrived"});
    let tells = async |driver: &str| {
        let phone = gateway.person("driver-app", "one-phone-for-all", &json!({ "driver": driver }));
        phone.post(&path, &arrived).key("one-key-for-all").await
    };
    tells(ANA).await;
    assert!(tells(ANA).await.maybe("idempotent-replayed").is_some(), "the same driver's");
    assert_eq!(tells("drv_bob").await.maybe("idempotent-replayed"), None, "another driver's");
}

}
