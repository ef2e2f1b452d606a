//! An operation as a line to copy, made from its contract: what it has to be sent, and the contract's own example.

use crate::contract::{Contract, Operation};
use serde_json::Value;

/// `curl …`, with the gateway's address, the token, ids and tags as shell variables.
pub fn line(contract: &Contract, operation: &Operation) -> String {
    let declared = contract.operation(operation);
    let parameters = || declared["parameters"].as_array().into_iter().flatten();
    let mut parts = vec![opening(declared, operation, &query(parameters()))];
    parts.push("-H \"Authorization: Bearer $TOKEN\"".into());
    for parameter in parameters().filter(|one| one["in"] == "header" && one["required"] == true) {
        parts.push(header(parameter["name"].as_str().unwrap_or_default()));
    }
    if let Some((media, content)) = body(declared) {
        parts.push(format!("-H \"Content-Type: {}\"", if media.contains('*') { "image/jpeg" } else { media }));
        parts.push(sent(contract, media, content));
    }
    parts.join(" \\\n  ")
}

fn opening(declared: &Value, operation: &Operation, query: &str) -> String {
    let streams = declared.pointer("/responses/200/content/text~1event-stream").is_some();
    let method = if operation.method == "GET" { String::new() } else { format!(" -X {}", operation.method) };
    let path = operation.path.split('/').map(|part| match part.strip_prefix('{') {
        Some(name) => variable(name.trim_end_matches('}')),
        None => part.to_owned(),
    });
    let path = path.collect::<Vec<_>>().join("/");
    format!("curl -sS{}{method} \"$HAULGATE{path}{query}\"", if streams { " -N" } else { "" })
}

fn query<'a>(parameters: impl Iterator<Item = &'a Value>) -> String {
    let needed = parameters.filter(|one| one["in"] == "query" && one["required"] == true);
    let names: Vec<_> = needed.filter_map(|one| one["name"].as_str()).collect();
    let pairs: Vec<_> = names.iter().map(|name| format!("{name}={}", variable(name))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn header(name: &str) -> String {
    match name {
        "Idempotency-Key" => "-H \"Idempotency-Key: \\\"$(uuidgen)\\\"\"".into(),
        "If-Match" => "-H \"If-Match: $ETAG\"".into(),
        other => format!("-H \"{other}: {}\"", variable(other)),
    }
}

fn variable(name: &str) -> String {
    format!("${}", name.to_uppercase().replace('-', "_"))
}

/// The media type and its content; JSON before others.
fn body(declared: &Value) -> Option<(&str, &Value)> {
    let content = declared.pointer("/requestBody/content")?.as_object()?;
    let found = content.iter().find(|(media, _)| media.ends_with("json")).or_else(|| content.iter().next())?;
    Some((found.0.as_str(), found.1))
}

fn sent(contract: &Contract, media: &str, content: &Value) -> String {
    match example(contract, content) {
        Some(Value::String(text)) if !media.ends_with("json") => format!("--data-binary '{}'", quoted(text.trim_end())),
        Some(example) if media.ends_with("json") => {
            let text = serde_json::to_string_pretty(example).expect("an example is plain data");
            format!("-d '{}'", quoted(&text))
        }
        _ => "--data-binary @FILE".into(),
    }
}

/// The operation's example, else its schema's.
fn example<'a>(contract: &'a Contract, content: &'a Value) -> Option<&'a Value> {
    let named = content["examples"].as_object().and_then(|named| named.values().next()).map(|one| &one["value"]);
    let own = content.get("example").or(named);
    own.or_else(|| {
        let schema = &content["schema"];
        let referred = schema["$ref"].as_str().and_then(|at| contract.document.pointer(at.trim_start_matches('#')));
        referred.unwrap_or(schema)["examples"].get(0)
    })
}

fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}
