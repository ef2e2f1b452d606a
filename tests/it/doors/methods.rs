//! Methods at every door: what is read can be asked for without its body, what can be done is told to whoever asks, and
//! pages of other origins hear what they may.

use super::{Door, every_door, patient_gateway};
use crate::{gateway::Gateway, people::Answered};
use axum::{
    body::Body,
    http::{Method, Request},
};
use haulgate::policy::PolicyFiles;
use std::collections::BTreeSet;

on_both_databases! {

async fn whatever_can_be_read_can_be_asked_for_without_its_body(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway).iter().filter(|door| door.operation.method == "GET") {
        let read = door.knock(&gateway);
        if door.operation.path.ends_with("/follow") {
            continue;
        }
        let read = read.await;
        let head = door.visitor(&gateway, &serde_json::json!({})).say(Method::HEAD, &door.path()).await;
        assert_eq!((head.status, head.body.len()), (read.status, 0), "{}", door.name());
        for field in ["content-type", "etag", "cache-control", "vary"] {
            assert_eq!(head.maybe(field), read.maybe(field), "{field} of {}", door.name());
        }
    }
}

async fn whoever_asks_is_told_what_can_be_done(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway) {
        let options = ask(&gateway, "OPTIONS", &door, &[]).await;
        assert_eq!((options.status, options.body.len()), (204, 0), "{}", door.name());
        let allowed = options.header("allow");
        let allowed: BTreeSet<_> = allowed.split(',').collect();
        assert!(allowed.contains(door.operation.method.as_str()), "{allowed:?} of {}", door.name());
        assert_eq!(allowed.contains("HEAD"), allowed.contains("GET"));
        for method in ["TRACE", "CONNECT", "PROPFIND", "BREW", "get"].into_iter().chain(missing(&allowed)) {
            let refused = ask(&gateway, method, &door, &[]).await;
            assert_eq!(refused.problem("method_not_allowed")["status"], 405, "{method} {}", door.name());
            assert_eq!(refused.header("allow"), options.header("allow"));
        }
    }
}

async fn pages_of_other_origins_hear_only_what_is_meant_for_them(database) {
    const PORTAL: &str = "https://portal.example.com";
    let gateway = Gateway::start_with(database, PolicyFiles::embedded(), |settings| {
        let mut browsers = toml::Table::new();
        browsers.insert("partner".into(), vec![PORTAL].into());
        settings.browsers = browsers.try_into().expect("origins");
    });
    let gateway = gateway.await;
    for door in every_door(&gateway) {
        let method = door.operation.method.as_str();
        let preflight = |origin, method| [("origin", origin), ("access-control-request-method", method)];
        let meant = door.name().starts_with("experience/partner");
        let told = ask(&gateway, "OPTIONS", &door, &preflight(PORTAL, method)).await;
        assert_eq!(told.maybe("access-control-allow-origin").is_some(), meant, "{}", door.name());
        if meant {
            assert_eq!(told.header("access-control-allow-origin"), PORTAL);
            assert!(told.header("access-control-allow-methods").split(", ").any(|allowed| allowed == method));
            assert!(told.header("access-control-allow-headers").contains("authorization"));
        }
        let refused = door.knock(&gateway).without("authorization").with("origin", PORTAL).await;
        assert_eq!((refused.status, refused.maybe("access-control-allow-origin").is_some()), (401, meant));
        for (origin, method) in [("https://evil.example", method), ("null", method), (PORTAL, "BREW")] {
            let told = ask(&gateway, "OPTIONS", &door, &preflight(origin, method)).await;
            assert_eq!((told.status, told.maybe("access-control-allow-origin")), (204, None), "{origin} {method}");
            assert!(told.header("vary").contains("Origin"));
        }
        assert_eq!(refused.maybe("access-control-allow-credentials"), None);
    }
}

async fn every_answer_is_safe_to_open(database) {
    let gateway = patient_gateway(database).await;
    let pages = ["/", "/nowhere", "/openapi", "/docs", "/console/", "/console/nothing.js", "/proofs/00"];
    let mut answers = Vec::new();
    for page in pages {
        let request = Request::get(page).body(Body::empty()).expect("a request");
        answers.push((page.to_owned(), gateway.knock(request).await));
    }
    for door in every_door(&gateway) {
        answers.push((door.name(), door.knock(&gateway).without("authorization").await));
        answers.push((door.name(), ask(&gateway, "BREW", &door, &[]).await));
    }
    for (name, answer) in &answers {
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{name}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{name}");
        assert!(answer.header("strict-transport-security").starts_with("max-age="), "{name}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{name}: {policy}");
        assert!(!policy.contains("unsafe-"), "{name}: {policy}");
        answer.header("cache-control");
        assert_eq!((answer.maybe("server"), answer.maybe("x-powered-by")), (None, None), "{name}");
    }
}

async fn only_what_is_public_is_compressed(database) {
    let gateway = patient_gateway(database).await;
    let vehicles = gateway.planner().get("/system/master-data/v1/vehicles").with("accept-encoding", "gzip, br").await;
    assert_eq!((vehicles.status, vehicles.maybe("content-encoding")), (200, None));
    let request = Request::get("/openapi").header("accept-encoding", "gzip").body(Body::empty()).expect("a request");
    assert_eq!(gateway.knock(request).await.header("content-encoding"), "gzip");
}

}

/// Asks at a door without a token.
async fn ask(gateway: &Gateway, method: &str, door: &Door, fields: &[(&str, &str)]) -> Answered {
    let mut request = Request::builder().method(method).uri(door.path());
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    gateway.knock(request.body(Body::empty()).expect("a request")).await
}

/// The methods there are that are not among these.
fn missing(allowed: &BTreeSet<&str>) -> Vec<&'static str> {
    ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| !allowed.contains(method)).collect()
}
