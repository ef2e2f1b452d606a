//! The edge: what every request meets before any operation does.

use crate::gateway::Gateway;
use axum::{body::Body, http::Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

const VEHICLES: &str = "/system/master-data/v1/vehicles";

on_both_databases! {
    async fn operators_see_what_makes_the_ledger_durable(database) {
        let durable = match database.is_postgres() {
            true => json!({"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}),
            false => json!({"journal_mode": "wal", "synchronous": "full"}),
        };
        let gateway = Gateway::start(database).await;
        let asked = Request::get("/readyz").body(Body::empty()).expect("a request");
        let answer = haulgate::admin::routes(gateway.app.clone()).oneshot(asked).await.expect("it answers");
        assert_eq!(answer.status(), 200);
        let body = answer.into_body().collect().await.expect("it ends").to_bytes();
        let detail: Value = serde_json::from_slice(&body).expect("JSON");
        assert_eq!((&detail["durable_by"], &detail["connectors"][0]["by"]), (&durable, &json!("api")));
    }


async fn what_has_no_route_is_a_problem_with_a_name(database) {
    let gateway = Gateway::start(database).await;
    let answered = gateway.erp().get("/nowhere").with("x-correlation-id", "their.own:id").await;
    answered.problem("no_route");
    assert_eq!(answered.header("x-correlation-id"), "their.own:id");
    assert_eq!(answered.header("x-request-id").len(), 32);
    assert_eq!(answered.header("content-type"), "application/problem+json");
    assert_eq!(answered.header("x-content-type-options"), "nosniff");
    let answered = gateway.planner().tell(VEHICLES).await;
    answered.problem("method_not_allowed");
    assert!(answered.header("allow").contains("GET"));
}

async fn nobody_gets_in_without_a_token_that_fits(database) {
    let gateway = Gateway::start(database).await;
    let answered = gateway.planner().get(VEHICLES).without("authorization").await;
    answered.problem("credentials_missing");
    assert_eq!(answered.header("www-authenticate"), "Bearer realm=\"haulgate\"");
    let answered = gateway.person("planner", "x", &json!({"aud": "someone-else"})).get(VEHICLES).await;
    answered.problem("token_invalid");
    assert!(answered.header("www-authenticate").contains("error=\"invalid_token\""));
    gateway.person("planner", "x", &json!({"exp": 1})).get(VEHICLES).await.problem("token_invalid");
    gateway.person("planner", "x", &json!({"nbf": 9_999_999_999i64})).get(VEHICLES).await.problem("token_invalid");
    gateway.person("planner", "x", &json!({"cnf": {"jkt": "x"}})).get(VEHICLES).await.problem("token_invalid");
    gateway.person("planner", "x", &json!({"jti": null})).get(VEHICLES).await.problem("token_invalid");
    gateway.person("nobody", "x", &json!({})).get(VEHICLES).await.problem("consumer_unknown");
    gateway.driver("drv_ana").get(VEHICLES).await.problem("contract_not_subscribed");
    let answered = gateway.person("planner", "x", &json!({"scope": "other"})).get(VEHICLES).await;
    answered.problem("scope_insufficient");
    assert!(answered.header("www-authenticate").contains("scope=\"master-data:read\""));
}

async fn a_parameter_outside_its_contract_is_refused_where_it_stands(database) {
    let gateway = Gateway::start(database).await;
    let long = format!("{VEHICLES}/{}", "x".repeat(97));
    for (path, pointer) in [
        (format!("{VEHICLES}?limit=201"), "#query/limit"),
        (format!("{VEHICLES}?limit=many"), "#query/limit"),
        (format!("{VEHICLES}?limit=1&limit=2"), "#query/limit"),
        (format!("{VEHICLES}?lmit=1"), "#query/lmit"),
        (long, "#path/id"),
    ] {
        let problem = gateway.planner().get(&path).await.problem("malformed_parameter");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{path}: {problem}");
    }
}

async fn a_quota_says_how_it_stands_and_when_to_come_back(database) {
    let few = "[tiers.few]\nconsumer.burst = { requests = 2, seconds = 60 }\nconsumer.sustained = { requests = 900, seconds = 900 }\noperation = {}\nperson = {}\n[consumers.planner]\nname = \"p\"\naudience = \"internal\"\nregions = []\ntier = \"few\"\ncontacts = [\"p@example.org\"]\ncontracts = { \"system/master-data.v1\" = 2026-01-12 }\n";
    let policies = haulgate::policy::PolicyFiles::embedded().with("consumers.toml", few);
    let gateway = Gateway::start_with(database, policies, |_| {}).await;
    let answered = gateway.planner().get(VEHICLES).await;
    answered.ok();
    assert_eq!(answered.header("ratelimit-policy"), "\"burst\";q=2;w=60,\"sustained\";q=900;w=900");
    assert!(answered.header("ratelimit").starts_with("\"burst\";r=1;t="));
    gateway.planner().get(VEHICLES).await.ok();
    let answered = gateway.planner().get(VEHICLES).await;
    let problem = answered.problem("quota_exceeded");
    assert_eq!(problem["violated-policies"], json!(["burst"]));
    assert!(answered.header("retry-after").parse::<u64>().unwrap() > 0);
}

}
