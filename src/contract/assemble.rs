//! Completes a document that the code declared: what holds for every operation is said here, once.

use super::{
    blessed::{self, Version},
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

/// The complete contract, under the version it was last released as. `hash` turns the document's bytes into their digest.
pub fn assemble(declared: Declared, hash: impl Fn(&[u8]) -> String) -> Contract {
    let Declared { layer, product, version, mut document } = declared;
    let name: Arc<str> = format!("{}/{product}.v{version}", layer.name()).into();
    let mut operations = Vec::new();
    for (path, item) in paths(&mut document) {
        for (method, declared) in methods(item) {
            complete(declared, method);
            operations.push(Arc::new(Operation {
                key: OperationKey { contract: name.clone(), id: text(declared, "operationId").into() },
                method: method.to_uppercase(),
                path: path.clone(),
                takes_body: declared.get("requestBody").is_some(),
                takes_json: declared.pointer("/requestBody/content/application~1json").is_some(),
                query: query(declared),
                when_away: texts(&declared["x-when-away"]),
            }));
        }
    }
    secure(&mut document);
    let released = blessed::latest_version(&name).unwrap_or(Version { major: version, minor: 0, patch: 0 });
    member(&mut document, "info").insert("version".into(), released.to_string().into());
    let hash = hash(document.to_string().as_bytes());
    Contract { layer, product: product.to_owned(), version, document: Arc::new(document), hash, operations }
}

pub(super) fn paths(document: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten()
}

pub(super) fn methods(item: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    item.as_object_mut().into_iter().flatten().filter(|(method, _)| METHODS.contains(&method.as_str()))
}

fn query(operation: &Value) -> Vec<String> {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    parameters.filter(|one| one["in"] == "query").map(|one| text(one, "name")).collect()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn text(value: &Value, member: &str) -> String {
    value.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Declares the answers that follow from what an operation takes, and the fields every answer carries.
fn complete(operation: &mut Value, method: &str) {
    let takes_body = operation.get("requestBody").is_some();
    let parameters = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let has = |place: &str, name: &str| {
        parameters.iter().any(|one| one["in"] == place && (name.is_empty() || one["name"] == name))
    };
    let mut problems = vec![
        (400, "The request is malformed."),
        (401, "No valid token came with the request."),
        (403, "The consumer may not call this operation."),
        (429, "A quota is used up; `Retry-After` says when to come back."),
        (500, "Haulgate failed; the failure is logged under the problem's `trace_id`."),
        (503, "Haulgate or a system behind it is away; `Retry-After` says when to come back."),
        (504, "The deadline passed before an answer was there."),
    ];
    if has("path", "") {
        problems.push((404, "There is no such resource for this consumer."));
    }
    if takes_body {
        problems.push((413, "The body is larger than the operation takes."));
        problems.push((415, "The body's media type is not one the operation takes."));
    }
    if method != "get" {
        problems.push((409, "The resource's state does not allow it, or the same key is still being worked on."));
        problems.push((422, "The body breaks a rule of the contract, or the key was used with another body."));
    }
    if has("header", "If-Match") {
        problems.push((412, "The resource has changed since the version given in `If-Match`."));
        problems.push((428, "`If-Match` is required."));
    }
    let responses = member(operation, "responses");
    for (status, description) in problems {
        responses.entry(status.to_string()).or_insert_with(|| problem(description));
    }
    responses.sort_keys();
}

pub(super) fn problem(description: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    })
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
