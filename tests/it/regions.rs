//! Regions: a deployment holds the data of those it serves, and sends everybody else on; a delivery's region decides where
//! its artifacts lie.

use crate::{
    databases::Database,
    day::{ANA, confirmation, content, hash, under_way},
    gateway::Gateway,
    people::Answered,
};
use axum::http::Method;
use haulgate::{
    config::Settings,
    domain::{id::OrderId, order::Order},
    policy::PolicyFiles,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, path::Path};

const ORDERS: &str = "/process/orders/v1/orders";
const PHOTO: &[u8] = b"a photo of the pallet at the dock";

/// A deployment that serves the north only.
async fn northern(database: Database) -> Gateway {
    let north = |settings: &mut Settings| settings.server.regions = BTreeSet::from(["reg_north".to_owned()]);
    Gateway::start_with(database, PolicyFiles::embedded(), north).await
}

fn order(number: &str, region: &str) -> Value {
    let mut order = serde_json::to_value(content(number)).expect("an order is JSON");
    order["region"] = json!(region);
    order
}

/// Sent on to where the south is served.
#[track_caller]
fn sent_south(answered: &Answered) {
    let problem = answered.problem("misdirected");
    assert_eq!(answered.status, 421);
    assert_eq!(
        problem["errors"],
        json!([{"pointer": "#region/reg_south", "detail": "https://south.haulgate.example"}])
    );
}

on_both_databases! {
    async fn an_order_of_another_region_is_sent_on_and_leaves_nothing(database) {
        let gateway = northern(database).await;
        sent_south(&gateway.erp().post(ORDERS, &order("S-1", "reg_south")).await);
        let none = gateway.app.store.load::<Order>(haulgate::ids::order_id("S-1").as_str()).await.expect("read");
        assert!(none.is_none());
        let taken = gateway.erp().post(ORDERS, &order("N-1", "reg_north")).await;
        assert!(taken.status < 300, "{}", taken.text());
    }

    async fn whoever_is_bound_to_another_region_is_sent_on(database) {
        let gateway = northern(database).await;
        let bound = |regions: &[&str]| gateway.person("dispatch", "dana", &json!({"region": regions}));
        sent_south(&bound(&["reg_south"]).get(ORDERS).await);
        bound(&["reg_north", "reg_south"]).get(ORDERS).await.ok();
        gateway.dispatch().get(ORDERS).await.ok();
    }

    async fn what_belongs_to_another_region_is_sent_on_and_stands_in_no_list(database) {
        let everywhere = Gateway::start(database.again()).await;
        for (number, region) in [("S-1", "reg_south"), ("N-1", "reg_north")] {
            let taken = everywhere.erp().post(ORDERS, &order(number, region)).await;
            assert!(taken.status < 300, "{}", taken.text());
        }
        let north = northern(database).await;
        let at = |number: &str| format!("{ORDERS}/{}", haulgate::ids::order_id(number));
        sent_south(&north.erp().get(&at("S-1")).await);
        north.erp().get(&at("N-1")).await.ok();
        let listed = north.erp().get(ORDERS).await.ok();
        let numbers: Vec<_> = listed["items"].as_array().expect("a list").iter().map(|one| one["number"].clone()).collect();
        assert_eq!(numbers, ["N-1"]);
        let stranger = north.partner("globex").get(&format!("/experience/partner/v2/shipments/{}", OrderId::from("x"))).await;
        stranger.problem("not_found");
    }

    async fn a_deliverys_region_decides_where_its_artifacts_lie(database) {
        let elsewhere = tempfile::tempdir().expect("a directory");
        let north = elsewhere.path().join("north");
        let named = north.clone();
        let set = move |settings: &mut Settings| drop(settings.systems.proofs.archives.insert("north".to_owned(), named));
        let gateway = Gateway::start_with(database, PolicyFiles::embedded(), set).await;
        let day = under_way(&gateway, 1).await;
        let confirm = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
        gateway.driver(ANA).post(&confirm, &confirmation("event-0001", 40, PHOTO)).await.created();
        let upload = format!("/experience/driver/v1/proofs/{}", hash(PHOTO));
        gateway.driver(ANA).say(Method::PUT, &upload).bytes("image/jpeg", PHOTO).await.created();

        let kept = |directory: &Path| directory.join(&hash(PHOTO)[..2]).join(&hash(PHOTO)[2..4]).join(hash(PHOTO)).exists();
        assert!(kept(&north), "it lies in the region's archive");
        assert!(!kept(&gateway.app.settings.systems.proofs.directory), "and nowhere else");
        let proof = gateway.partner("acme").get(&format!("/experience/partner/v2/shipments/{}/proof", day.shipments[0])).await.ok();
        assert!(proof["artifacts"][0]["link"].is_string(), "{proof}");
    }
}
