//! The usage ledger: who still calls what, and the promises that were made to them.

use crate::{databases::Database, gateway::Gateway};
use haulgate::{
    app::{App, Start},
    policy::PolicyFiles,
    spawn::Background,
    store::{Store, StoreSettings, UsageRow},
    system::keys::key_source,
};
use jiff::SignedDuration;
use serde_json::json;
use std::process::Command;

const V1: &str = "/experience/partner/v1/shipments";
const V2: &str = "/experience/partner/v2/shipments";

/// What a gateway that opens the database now finds of a consumer: contract, operation, calls, refused.
async fn found(settings: &StoreSettings, gateway: &Gateway, consumer: &str) -> Vec<(String, String, u64, u64)> {
    let store = Store::open(settings, gateway.clock.clone()).await.expect("it opens beside the first");
    let rows = store.usage().await.expect("it is read");
    store.close().await;
    let worded = |row: UsageRow| (row.contract, row.operation, row.calls, row.refused);
    rows.into_iter().filter(|row| row.consumer == consumer).map(worded).collect()
}

fn row(contract: &str, operation: &str, calls: u64, refused: u64) -> (String, String, u64, u64) {
    (contract.to_owned(), operation.to_owned(), calls, refused)
}

on_both_databases! {
    async fn who_still_calls_what_is_counted_and_survives_the_process(database) {
        let settings = database.settings();
        let gateway = Gateway::start(database).await;
        let (acme, globex) = (gateway.partner("acme"), gateway.partner("globex"));
        for _ in 0..3 {
            acme.get(V1).await.ok();
        }
        acme.get(&format!("{V1}/shp_nobody.1")).await.problem("not_found");
        acme.get(V1).without("authorization").await.problem("credentials_missing");
        globex.get(V2).await.ok();
        gateway.dispatch().get(V2).await.problem("contract_not_subscribed");
        gateway.app.gate.keep_books().await.expect("it is written down");
        let (first, second) = ("experience/partner.v1", "experience/partner.v2");
        let of_acme = [row(first, "list_shipments", 3, 0), row(first, "track_shipment", 1, 1)];
        assert_eq!(found(&settings, &gateway, "partner-acme").await, of_acme);
        assert_eq!(found(&settings, &gateway, "partner-globex").await, [row(second, "list_shipments", 1, 0)]);
        assert_eq!(found(&settings, &gateway, "dispatch").await, [row(second, "list_shipments", 1, 1)]);

        gateway.clock.advance(SignedDuration::from_mins(30));
        acme.get(V1).await.ok();
        gateway.app.background.drain().await;
        let of_acme = [row(first, "list_shipments", 4, 0), row(first, "track_shipment", 1, 1)];
        assert_eq!(found(&settings, &gateway, "partner-acme").await, of_acme, "a process that stops writes the last of it");
        let rows = gateway.app.store.usage().await.expect("it is read");
        let seen = rows.iter().find(|row| row.operation == "list_shipments" && row.consumer == "partner-acme").expect("a row");
        assert_eq!(seen.first_seen.to_string(), "2026-11-23T08:00:00Z");
        assert_eq!(seen.last_seen.to_string(), "2026-11-23T08:30:00Z");
    }

    async fn the_control_room_sees_who_still_uses_an_old_contract(database) {
        let gateway = Gateway::start(database).await;
        gateway.partner("acme").get(V1).await.ok();
        gateway.partner("acme").get(&format!("{V1}/shp_nobody.1")).await.problem("not_found");
        let all = gateway.control_room().get("/experience/control-tower/v1/consumers").await.ok();
        let acme = all["items"].as_array().and_then(|items| items.iter().find(|one| one["consumer"] == "partner-acme"));
        let (old, new) = (&acme.expect("acme is registered")["contracts"][0], &acme.expect("acme")["contracts"][1]);
        assert_eq!((&old["contract"], &old["since"]), (&json!("experience/partner.v1"), &json!("2026-03-02")));
        assert_eq!((&old["calls"], &old["refused"], &old["last_seen_at"]), (&json!(2), &json!(1), &json!("2026-11-23T08:00:00Z")));
        assert_eq!(old["operations"][1]["operation"], "track_shipment");
        assert_eq!((&new["calls"], &new["last_seen_at"]), (&json!(0), &json!(null)));
        let all = gateway.control_room().get("/experience/control-tower/v1/contracts").await.ok();
        let named = |name: &str| all["items"].as_array().and_then(|items| items.iter().find(|one| one["name"] == name)).cloned();
        let first = named("experience/partner.v1").expect("it is published");
        assert_eq!((&first["lifecycle"], &first["calls"]), (&json!("deprecated"), &json!(2)));
        assert_eq!((&first["sunset_at"], &first["successor"]), (&json!("2027-06-30T23:59:59Z"), &json!("experience/partner.v2")));
        assert_eq!(first["owner"], "Partner integration");
        assert_eq!(named("process/orders.v1").expect("it is published")["sunset_at"], json!(null));
    }

    async fn a_sunset_that_was_announced_only_moves_later(database) {
        let gateway = Gateway::start(database).await;
        for (instead, why) in [
            ("2027-06-01T00:00:00Z", "its sunset was announced for 2027-06-30T23:59:59Z; it may only move later"),
            ("retired", "its sunset was announced for 2027-06-30T23:59:59Z; until then it is not retired"),
        ] {
            let refused = restarted(&gateway, &ending(instead)).await.err().expect("it does not start");
            assert!(refused.contains(why), "{refused}");
        }
        restarted(&gateway, &ending("2027-09-30T00:00:00Z")).await.expect("later is fair");
        let refused = restarted(&gateway, &PolicyFiles::embedded()).await.err().expect("what was said last holds");
        assert!(refused.contains("announced for 2027-09-30T00:00:00Z"), "{refused}");
        gateway.clock.advance(SignedDuration::from_hours(24 * 365));
        restarted(&gateway, &ending("retired")).await.expect("its time has come");
    }
}

/// The policies in which the partners' first version ends at another instant, or is retired now.
fn ending(instead: &str) -> PolicyFiles {
    let files = PolicyFiles::embedded();
    let products = files.get("products.toml").expect("products").to_owned();
    let products = match instead {
        "retired" => products.replace("lifecycle = \"deprecated\"", "lifecycle = \"retired\""),
        sunset => products.replace("2027-06-30T23:59:59Z", sunset),
    };
    files.with("products.toml", &products)
}

/// The gateway started again over the same database with these policies.
async fn restarted(gateway: &Gateway, policies: &PolicyFiles) -> Result<App, String> {
    let (settings, clock, store) = (gateway.app.settings.clone(), gateway.clock.clone(), gateway.app.store.clone());
    let (connectors, policies) = (gateway.app.connectors.clone(), policies.clone());
    let (keys, background) = (key_source(), Background::default());
    let start = Start { settings, clock, store, connectors, policies, keys, background };
    App::start(start).await.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_prints_who_still_calls_what() {
    let database = Database::sqlite();
    let url = database.url.clone();
    let gateway = Gateway::start(database).await;
    gateway.partner("acme").get(V1).await.ok();
    gateway.partner("globex").get(V2).await.ok();
    gateway.app.gate.keep_books().await.expect("it is written down");
    let told = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_haulgate"));
        let ran = command.args(["contracts", "usage"]).args(more).env("HAULGATE__DATABASE__URL", &url).output();
        let ran = ran.expect("the command runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).expect("text")
    };
    let lines = |text: &str| {
        text.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let of_acme = "partner-acme experience/partner.v1 list_shipments 1 0 2026-11-23T08:00:00Z 2026-11-23T08:00:00Z";
    let of_globex = "partner-globex experience/partner.v2 list_shipments 1 0 2026-11-23T08:00:00Z 2026-11-23T08:00:00Z";
    assert_eq!(lines(&told(&[])), [of_acme, of_globex]);
    assert_eq!(lines(&told(&["--contract", "experience/partner.v1"])), [of_acme]);
    assert_eq!(lines(&told(&["--consumer", "partner-globex"])), [of_globex]);
    assert_eq!(lines(&told(&["--consumer", "erp"])), ["nobody has called"]);
}
