//! The control room: what is late, what is stuck, and why.

use crate::{
    day::{ANA, confirmation, under_way},
    gateway::Gateway,
};
use haulgate::{
    domain::effect::Effect,
    store::{Change, ContractStamp, Origin},
    system::{By, Connectors},
};
use jiff::SignedDuration;
use serde_json::{Value, json};

const TOWER: &str = "/experience/control-tower/v1";

/// An effect that has failed for good.
pub async fn dead_letter(gateway: &Gateway) -> String {
    let now = gateway.clock.now();
    let mut change = Change::new(Origin {
        correlation_id: "story".into(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        actor: "planner/story".into(),
        consumer: "planner".into(),
        operation: "settle_route".into(),
        contract: ContractStamp::default(),
        now,
        region: None,
        verdict: None,
    });
    let id = change.effect(Effect::SettleRoute { route: "rte_nowhere".into() });
    gateway.app.store.commit(change).await.expect("it is written");
    let tasks = gateway.app.store.tasks();
    let lease = now + SignedDuration::from_secs(30);
    for task in tasks.claim("story", now, lease, 50).await.expect("tasks") {
        if task.id == id {
            tasks.bury(&task, "nobody knows this route").await.expect("it is buried");
        }
    }
    id.to_string()
}

on_both_databases! {
    async fn the_overview_counts_what_is_there_and_what_is_late(database) {
        let gateway = Gateway::start(database).await;
        under_way(&gateway, 3).await;
        let look = async || gateway.control_room().get(&format!("{TOWER}/overview")).await.ok();
        let region = |overview: &Value| {
            let regions = overview["regions"].as_array().expect("regions");
            regions.iter().find(|one| one["region"] == "reg_north").expect("the north").clone()
        };
        let north = region(&look().await);
        assert_eq!((&north["shipments"]["out_for_delivery"], &north["late_shipments"]), (&json!(3), &json!(0)));
        assert_eq!(north["routes"]["started"], 1);
        gateway.clock.advance(SignedDuration::from_hours(9));
        assert_eq!(region(&look().await)["late_shipments"], 3);
    }

    async fn figures_are_measured_from_what_happened(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        for (number, stop) in day.stops.iter().enumerate() {
            let path = format!("/experience/driver/v1/stops/{stop}/confirmation");
            gateway.driver(ANA).post(&path, &confirmation(&format!("event-000{number}"), 40, b"photo")).await;
        }
        gateway.work_off().await;
        gateway.clock.advance(SignedDuration::from_secs(1));
        let sla = gateway.control_room().get(&format!("{TOWER}/sla?hours=24")).await.ok();
        let figures = sla["figures"].as_array().expect("figures");
        assert_eq!(figures.len(), 12);
        let completion = figures.iter().find(|one| one["figure"] == "proof_completion").expect("it is measured");
        assert_eq!((&completion["total"]["count"], &completion["total"]["met"]), (&json!(2), &json!(false)));
        assert_eq!(completion["by_region"]["reg_north"]["count"], 2);
        gateway.control_room().get(&format!("{TOWER}/sla?hours=9999")).await.problem("malformed_parameter");
    }

    async fn an_order_is_traced_by_its_number_to_where_it_stops(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let trace = gateway.control_room().get(&format!("{TOWER}/traces/SO-0001")).await.ok();
        assert_eq!(trace["order"]["id"], json!(day.orders[0]));
        assert_eq!((&trace["complete"], &trace["stops_at"]["stage"]), (&json!(false), &json!("confirmation")));
        let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
        gateway.driver(ANA).post(&path, &confirmation("event-0001", 40, b"photo")).await;
        let trace = gateway.control_room().get(&format!("{TOWER}/traces/{}", day.orders[0])).await.ok();
        assert_eq!(trace["stops_at"]["stage"], "proof");
        assert!(trace["tasks"].as_array().expect("tasks").iter().any(|task| task["kind"] == "post_delivery"));
        assert!(trace["events"].as_array().expect("events").iter().any(|event| event["name"] == "delivery.completed"));
        gateway.control_room().get(&format!("{TOWER}/traces/SO-9999")).await.problem("not_found");
    }

    async fn a_dead_letter_is_replayed_or_given_up_for_a_reason(database) {
        let gateway = Gateway::start(database).await;
        let (carl, id) = (gateway.control_room(), dead_letter(&gateway).await);
        let listed = carl.get(&format!("{TOWER}/dead-letters?kind=settle_route")).await.ok();
        assert_eq!(listed["items"][0]["task"], json!(id));
        let shown = carl.get(&format!("{TOWER}/dead-letters/{id}")).await.ok();
        assert_eq!(shown["story"][0]["why"], "nobody knows this route");
        let path = format!("{TOWER}/dead-letters/{id}/discard");
        carl.post(&path, &json!({})).await.problem("schema_violation");
        let given_up = carl.post(&path, &json!({"reason": "the route was a test"})).await.ok();
        assert_eq!(given_up["status"], "discarded");
        carl.tell(&format!("{TOWER}/dead-letters/{id}/replay")).await.problem("not_a_dead_letter");
        let other = dead_letter(&gateway).await;
        let replayed = carl.tell(&format!("{TOWER}/dead-letters/{other}/replay")).await.accepted();
        assert_eq!(replayed["status"], "waiting");
        carl.get(&format!("{TOWER}/dead-letters/tsk_nowhere")).await.problem("not_found");
    }

    async fn who_uses_what_is_counted(database) {
        let gateway = Gateway::start(database).await;
        let carl = gateway.control_room();
        assert_eq!(carl.get(&format!("{TOWER}/drift")).await.ok()["items"], json!([]));
        let contracts = carl.get(&format!("{TOWER}/contracts")).await.ok();
        let named = |name: &str| contracts["items"].as_array().expect("items").iter().any(|one| one["name"] == name);
        assert!(named("experience/control-tower.v1") && named("experience/partner.v1"));
        let consumers = carl.get(&format!("{TOWER}/consumers")).await.ok();
        let room = consumers["items"].as_array().expect("items").iter().find(|one| one["consumer"] == "control-room");
        let used = room.expect("it is registered")["contracts"].as_array().expect("contracts").clone();
        let tower = used.iter().find(|one| one["contract"] == "experience/control-tower.v1").expect("it is subscribed");
        assert_eq!(tower["calls"], 2, "this one is counted when it is answered");
        assert!(!carl.get(&format!("{TOWER}/connectors")).await.ok()["items"].as_array().expect("items").is_empty());
    }

    async fn the_relay_beside_the_api_has_connectors_of_its_own(database) {
        let gateway = Gateway::start(database).await;
        let listed = async || {
            let page = gateway.control_room().get(&format!("{TOWER}/connectors")).await.ok();
            let items = page["items"].as_array().expect("items").iter();
            items.map(|one| format!("{} {}", one["by"], one["name"]).replace('"', "")).collect::<Vec<_>>()
        };
        assert!(listed().await.iter().all(|one| one.starts_with("api ")), "there is no relay in this process yet");
        let own = Connectors::open(&gateway.app.settings.systems, By::Relay.at(gateway.clock.clone()));
        let _relays = gateway.app.beside(gateway.app.store.clone(), own.expect("sound settings"));
        let both = listed().await;
        assert!(both.contains(&"api erp".to_owned()) && both.contains(&"relay erp".to_owned()), "{both:?}");
    }

    async fn nobody_else_looks_into_the_tower(database) {
        let gateway = Gateway::start(database).await;
        gateway.partner("acme").get(&format!("{TOWER}/overview")).await.problem("contract_not_subscribed");
        gateway.driver(ANA).get(&format!("{TOWER}/dead-letters")).await.problem("contract_not_subscribed");
    }
}
