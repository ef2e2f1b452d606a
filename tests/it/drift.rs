//! Answers that depart from their contract in production: seen, counted, and told to operators; the caller gets them as
//! they are.

use crate::{
    access::yard::{self, Bound},
    databases::Database,
    day::origin,
    gateway::Gateway,
};
use haulgate::{policy::PolicyFiles, store::Change};
use serde_json::{Value, json};

const TOWER: &str = "/experience/control-tower/v1";

on_both_databases! {
    async fn an_answer_that_departs_is_told_with_where_and_how_often(database) {
        let gateway = watching(database, 1).await;
        let order = a_country_no_contract_knows(&gateway).await;
        for _ in 0..3 {
            assert_eq!(ask(&gateway, &order).await, 200);
        }
        let drift = drift(&gateway).await;
        assert_eq!(drift["one_in"], 1);
        let items = drift["items"].as_array().expect("items");
        assert!(!items.is_empty());
        for item in items {
            let (operation, status, seen) = (&item["operation"], &item["status"], &item["seen"]);
            assert_eq!([operation, status, seen], [&json!("get_order"), &json!(200), &json!(3)]);
            let departure = item["departure"].as_str().expect("text");
            assert!(departure.starts_with("/address/country: ") && !departure.contains("Atlantis"), "{departure}");
        }
    }

    async fn some_answers_are_looked_at_or_none(database) {
        let gateway = watching(database, 0).await;
        let order = a_country_no_contract_knows(&gateway).await;
        ask(&gateway, &order).await;
        assert_eq!(drift(&gateway).await["items"], json!([]));
    }

    async fn one_answer_in_a_hundred_is_looked_at_unless_told_otherwise(database) {
        let gateway = Gateway::start(database).await;
        let order = a_country_no_contract_knows(&gateway).await;
        for _ in 0..200 {
            ask(&gateway, &order).await;
        }
        assert_eq!(drift(&gateway).await["items"][0]["seen"], 2);
    }
}

async fn watching(database: Database, one_in: u64) -> Gateway {
    let set = |settings: &mut haulgate::config::Settings| settings.policies.check_answers_one_in = one_in;
    Gateway::start_with(database, PolicyFiles::embedded(), set).await
}

/// An order as no version of the contract would have taken it in.
async fn a_country_no_contract_knows(gateway: &Gateway) -> String {
    let bound = Bound { party: Some("pty_acme".into()), region: "reg_north".into(), ..Bound::default() };
    let now = gateway.app.clock.now();
    let (mut order, ..) = yard::run(&gateway.app.law(), 1, &bound, now);
    order.content.address.country = "Atlantis".into();
    let id = order.id.to_string();
    let mut change = Change::new(origin(gateway));
    change.create(order);
    gateway.app.store.commit(change).await.expect("it is written");
    id
}

/// Asks without holding the answer against its contract.
async fn ask(gateway: &Gateway, order: &str) -> u16 {
    gateway.erp().get(&format!("/process/orders/v1/orders/{order}")).listen().await.status().as_u16()
}

async fn drift(gateway: &Gateway) -> Value {
    gateway.control_room().get(&format!("{TOWER}/drift")).await.ok()
}
