//! Completes a document that the code declared: what holds for every operation is said here, once.

use super::{
    answers::{self, ProblemCode, QUOTAS, Taken},
    blessed::{self, Version},
    bounds, examples, extensible, headers, preferences,
    registry::{Contract, Layer, Operation, OperationKey},
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// A document as the code declares it.
pub struct Declared {
    pub layer: Layer,
    pub product: &'static str,
    pub version: u32,
    pub document: Value,
}

const METHODS: [&str; 5] = ["get", "put", "post", "patch", "delete"];

/// The complete contract, under the version it was last released as. `codes` are those that refusals may have; `hash`
/// turns the document's bytes into their digest.
pub fn assemble(declared: Declared, codes: Arc<[ProblemCode]>, hash: impl Fn(&[u8]) -> String) -> Contract {
    let Declared { layer, product, version, mut document } = declared;
    let name: Arc<str> = format!("{}/{product}.v{version}", layer.name()).into();
    let mut operations = Vec::new();
    for (path, item) in paths(&mut document) {
        for (method, declared) in methods(item) {
            let shows_what_it_did = preferences::declare(declared, method);
            let asks = layer == Layer::System || declared.get("x-when-away").is_some();
            complete(declared, method, asks);
            operations.push(Arc::new(Operation {
                key: OperationKey { contract: name.clone(), id: text(declared, "operationId").into() },
                method: method.to_uppercase(),
                path: path.clone(),
                takes_body: declared.get("requestBody").is_some(),
                takes_json: declared.pointer("/requestBody/content/application~1json").is_some(),
                parameters: Arc::default(),
                shows_what_it_did,
                when_away: texts(&declared["x-when-away"]),
            }));
        }
    }
    answers::keep(&mut document, &codes);
    headers::keep(&mut document);
    secure(&mut document);
    bounds::spell_out(&mut document);
    extensible::mark(&mut document);
    examples::complete(&mut document);
    let released = blessed::latest_version(&name).unwrap_or(Version { major: version, minor: 0, patch: 0 });
    member(&mut document, "info").insert("version".into(), released.to_string().into());
    let hash = hash(document.to_string().as_bytes());
    Contract { layer, product: product.to_owned(), version, document: Arc::new(document), hash, operations, codes }
}

pub(super) fn paths(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten()
}

pub(super) fn methods(item: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    item.as_object_mut().into_iter().flatten().filter(|(method, _)| METHODS.contains(&method.as_str()))
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Declares what follows from what an operation takes: its refusals, and the fields every answer carries.
fn complete(operation: &mut Value, method: &str, asks: bool) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    parameters.into_iter().flatten().for_each(shape);
    let has = |place: &str, name: &str| declares(operation, place, name);
    let (keyed, path, if_match) = (has("header", "Idempotency-Key"), has("path", ""), has("header", "If-Match"));
    let body = operation.get("requestBody").is_some();
    let responses = member(operation, "responses");
    // What may not have changed may have changed, too.
    let versioned = if_match || responses.contains_key("304");
    for (status, response) in responses.iter_mut() {
        match status.as_bytes()[0] {
            b'2' if keyed => headers::add(response, &[&QUOTAS[..], &["Idempotent-Replayed"]].concat()),
            b'3' => headers::add(response, &[&QUOTAS[..], &["ETag"]].concat()),
            b'2' => headers::add(response, &QUOTAS),
            _ => answers::refer(status, response),
        }
    }
    for (status, refusal) in
        answers::refusals(&Taken { body, path, if_match, versioned, writes: method != "get", asks })
    {
        responses.entry(status.to_string()).or_insert(refusal);
    }
    responses.sort_keys();
}

/// A parameter is never `null`: it stands in the request, or it does not. A header field's shape is the same everywhere.
fn shape(parameter: &mut Value) {
    if parameter["in"] == "header"
        && let Some(known) = headers::shape(parameter["name"].as_str().unwrap_or_default())
    {
        parameter["schema"] = known;
    }
    let schema = &mut parameter["schema"];
    if let Some(kinds) = schema["type"].as_array() {
        schema["type"] = kinds.iter().find(|kind| **kind != "null").cloned().unwrap_or_default();
    }
    if let Some(choices) = schema["oneOf"].as_array()
        && let [null, one] = choices.as_slice()
        && null["type"] == "null"
    {
        *schema = one.clone();
    }
}

fn declares(operation: &Value, place: &str, name: &str) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    parameters.into_iter().any(|one| one["in"] == place && (name.is_empty() || one["name"] == name))
}

pub(super) fn member<'a>(value: &'a mut Value, name: &str) -> &'a mut Map<String, Value> {
    if !value[name].is_object() {
        value[name] = json!({});
    }
    value[name].as_object_mut().expect("it was made an object above")
}

/// Every operation asks for a bearer token (RFC 6750).
fn secure(document: &mut Value) {
    let components = member(document, "components");
    components.insert(
        "securitySchemes".into(),
        json!({"bearer": {
            "type": "http", "scheme": "bearer", "bearerFormat": "at+jwt",
            "description": "An access token (RFC 9068) of a configured issuer."
        }}),
    );
    document["security"] = json!([{"bearer": []}]);
}
