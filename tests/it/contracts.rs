//! Answers held against their contracts, and the checked-in documents against the code.

mod examples;

use crate::{arrows::files, people::Answered};
use haulgate::{
    app::App,
    contract::{Contract, Operation, Registry, lint},
    docs::{self, written},
    error::CATALOGUE,
    policy::{Law, PolicyFiles},
    router,
};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

/// Fails the story that saw an answer its contract does not declare.
pub fn hold(app: &App, method: &str, path: &str, answered: &Answered) {
    let Some((contract, operation)) = declared(app, method, path) else { return };
    let shown = format!("{} answered {} with {}", operation.key, answered.status, answered.text());
    let status = answered.status;
    let response = contract.answer(&operation.path, &operation.method, status);
    let response = response.unwrap_or_else(|| panic!("undeclared status: {shown}"));
    let response = contract.document.pointer(&response).expect("it leads somewhere");
    hold_headers(&contract, response, answered, &shown);
    let media = answered.maybe("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default();
    if answered.body.is_empty() || !media.ends_with("json") || method == "HEAD" {
        return;
    }
    let (route, verb) = (&operation.path, &operation.method);
    let departures = app.schemas.check_answer(&contract, route, verb, answered.status, media, &answered.json());
    let departures = departures.unwrap_or_else(|| panic!("undeclared body ({media}): {shown}"));
    assert!(departures.is_empty(), "outside the contract: {departures:?}: {shown}");
    if media == "application/problem+json" {
        let codes = response["x-problem-codes"].as_array().cloned().unwrap_or_default();
        assert!(codes.contains(&answered.json()["code"]), "undeclared code: {shown}");
    }
    hold_events(&answered.json());
}

/// Fields that every answer of this process may carry, contract or not: HTTP's own, and those that name the request.
const EVERYWHERE: [&str; 17] = [
    "access-control-allow-origin",
    "access-control-expose-headers",
    "allow",
    "cache-control",
    "content-length",
    "content-location",
    "content-security-policy",
    "content-type",
    "referrer-policy",
    "strict-transport-security",
    // Any answer may keep to a preference (RFC 7240).
    "preference-applied",
    "vary",
    "x-accel-buffering",
    "x-content-type-options",
    "x-correlation-id",
    "x-frame-options",
    "x-request-id",
];

/// Fails the story that saw a field its contract does not declare, one outside its schema, or missed one it promises.
fn hold_headers(contract: &Contract, response: &Value, answered: &Answered, shown: &str) {
    let declared: HashMap<String, &Value> = response["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, header)| (name.to_lowercase(), contract.followed(header)))
        .collect();
    for (name, header) in &declared {
        let value = answered.maybe(name);
        assert!(value.is_some() || header["required"] != true, "the field {name} is missing: {shown}");
        let Some(value) = value else { continue };
        let number = value.parse::<i64>().ok().filter(|_| header["schema"]["type"] == "integer");
        let value = number.map_or_else(|| Value::from(value), Value::from);
        assert!(
            jsonschema::is_valid(&header["schema"], &value),
            "the field {name} is outside its schema: {value}: {shown}"
        );
    }
    let undeclared = |name: &&str| !EVERYWHERE.contains(name) && !declared.contains_key(*name);
    let undeclared: Vec<_> = answered.headers.keys().map(|name| name.as_str()).filter(undeclared).collect();
    assert!(undeclared.is_empty(), "undeclared fields {undeclared:?}: {shown}");
}

/// Fails the story that saw a milestone outside its schema, or with data its schema does not speak of.
fn hold_events(value: &Value) {
    static SCHEMAS: LazyLock<HashMap<String, Validator>> = LazyLock::new(events_by_type);
    if let Some(validator) = value["type"].as_str().and_then(|name| SCHEMAS.get(name))
        && value.get("specversion").is_some()
    {
        let departures: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
        assert!(departures.is_empty(), "outside openapi/events.v1.yaml: {departures:?}: {value}");
    }
    match value {
        Value::Object(members) => members.values().for_each(hold_events),
        Value::Array(items) => items.iter().for_each(hold_events),
        _ => {}
    }
}

fn events_by_type() -> HashMap<String, Validator> {
    let document = docs::events();
    let messages = document["components"]["messages"].as_object().expect("there are messages").values();
    let strict = |message: &Value| {
        let data = message["payload"]["allOf"][1]["properties"]["data"].clone();
        let schema = json!({
            "components": document["components"], "allOf": [message["payload"]],
            "properties": {"data": {"allOf": [data], "unevaluatedProperties": false}},
        });
        let name = message["name"].as_str().expect("a message has a name").to_owned();
        (name, jsonschema::validator_for(&schema).expect("the schema compiles"))
    };
    messages.map(strict).collect()
}

pub fn declared(app: &App, method: &str, path: &str) -> Option<(Arc<Contract>, Arc<Operation>)> {
    let asked = if method == "HEAD" { "GET" } else { method };
    app.law().registry.routes().find(|(_, one)| one.method == asked && fits(&one.path, path)).cloned()
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(&given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

/// The contracts with what the checked-in policies say of them.
pub fn in_force() -> Arc<Registry> {
    let law = Law::join(router::registry(), &PolicyFiles::embedded());
    law.unwrap_or_else(|mistakes| panic!("{mistakes}")).registry
}

#[test]
fn the_documents_are_what_the_code_declares() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let differs = |(path, text): &(String, String)| fs::read_to_string(folder.join(path)).ok().as_ref() != Some(text);
    let stale: Vec<_> = written(&in_force()).into_iter().filter(differs).map(|(path, _)| path).collect();
    assert!(stale.is_empty(), "openapi/ differs from the code: run `cargo run -- contracts write`: {stale:?}");
}

#[test]
fn the_documents_keep_the_house_rules() {
    let registry = in_force();
    let mut broken: Vec<_> = registry.contracts.iter().flat_map(|contract| lint(contract)).collect();
    broken.extend(router::contradictions());
    assert!(broken.is_empty(), "{} house rules are broken:\n{}", broken.len(), broken.join("\n"));
}

#[test]
fn operations_are_called_like_their_functions() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let layers = ["process", "experience", "system_api"].into_iter().flat_map(|layer| files(&source, layer));
    let mut named = 0;
    for file in layers {
        let text = fs::read_to_string(&file).expect("a source file can be read");
        for declared in text.split("operation_id = \"").skip(1) {
            let (id, rest) = declared.split_once('"').expect("the text ends");
            let function = rest.split("async fn ").nth(1).and_then(|rest| rest.split(['(', '<']).next());
            assert_eq!(function, Some(id), "{}", file.display());
            named += 1;
        }
    }
    assert!(named > 20, "only {named} operations were seen");
}

#[test]
fn the_parameters_of_every_operation_compile() {
    let registry = router::registry();
    let flawed = registry.routes().filter_map(|(contract, operation)| {
        contract.parameters(operation).err().map(|why| format!("{}: {why}", operation.key))
    });
    assert_eq!(flawed.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn the_quickstarts_name_operations_there_are() {
    assert_eq!(docs::missing_steps(&router::registry()), Vec::<String>::new());
}

#[test]
fn every_refusal_in_the_code_has_its_page() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let spoken = crate::arrows::files(&source, "").into_iter().flat_map(|file| {
        let text = fs::read_to_string(file).expect("a source file can be read");
        let codes = text.split("Refused::new(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        codes.filter_map(|rest| rest.split('"').next().map(str::to_owned)).collect::<Vec<_>>()
    });
    let unknown: Vec<_> = spoken.filter(|code| !CATALOGUE.iter().any(|entry| entry.code == code)).collect();
    assert!(unknown.is_empty(), "add to src/error/catalogue.rs: {unknown:?}");
}

#[test]
fn the_examples_of_the_milestones_keep_to_their_schemas() {
    for message in docs::events()["components"]["messages"].as_object().expect("there are messages").values() {
        hold_events(&message["examples"][0]["payload"]);
    }
}
