//! Master data: written by the systems that own it, never overwritten by something older.

use crate::gateway::Gateway;
use serde_json::json;

const VEHICLE: &str = "/system/master-data/v1/vehicles/veh_001";

on_both_databases! {

async fn an_older_revision_never_overwrites_a_newer_one(database) {
    let gateway = Gateway::start(database).await;
    let planner = gateway.planner();
    let van = |revision: u64, name: &str| json!({
        "revision": revision,
        "record": {"id": "veh_001", "name": name, "region": "reg_north", "capacity_grams": 900_000},
    });
    let first = planner.put(VEHICLE, &van(1, "Van 1")).await;
    first.ok();
    assert_eq!(first.header("etag"), "\"1\"");
    planner.put(VEHICLE, &van(3, "Van 1, repainted")).await.ok();
    planner.put(VEHICLE, &van(2, "Van 1, late news")).await.problem("stale_revision");
    planner.put(VEHICLE, &van(3, "Van 1, repainted")).await.ok();
    let read = planner.get(VEHICLE).await;
    assert_eq!(read.ok()["record"]["name"], "Van 1, repainted");
    planner.get(VEHICLE).with("if-none-match", read.header("etag")).await.status(304);
    let listed = planner.get("/system/master-data/v1/vehicles?limit=1").await.ok();
    assert_eq!(listed["items"][0]["revision"], 3);
}

async fn what_breaks_the_contract_is_pointed_at_and_changes_nothing(database) {
    let gateway = Gateway::start(database).await;
    let planner = gateway.planner();
    let wrong = json!({"revision": 1, "record": {"id": "veh_001", "name": "", "region": "reg_north", "capacity_grams": "heavy", "wheels": 4}});
    let problem = planner.put(VEHICLE, &wrong).await.problem("schema_violation");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    assert!(pointers.contains(&"/record/name") && pointers.contains(&"/record/capacity_grams"), "{problem}");
    planner.put(VEHICLE, &json!({})).bytes("application/json", "{\"revision\": 1,").await.problem("malformed_json");
    planner.put(VEHICLE, &json!({})).bytes("application/json", "{\"revision\": 1, \"revision\": 2}").await.problem("json_not_taken");
    planner.put(VEHICLE, &json!({})).bytes("text/plain", "{}").await.problem("media_type_unsupported");
    planner.put(VEHICLE, &json!({})).bytes("application/json", vec![b' '; 300_000]).await.problem("body_too_large");
    planner.get(VEHICLE).await.problem("not_found");
    planner.get("/system/master-data/v1/vehicles?limit=0").await.problem("malformed_parameter");
    planner.get("/system/master-data/v1/vehicles?cursor=nonsense").await.problem("invalid_cursor");
}

}
