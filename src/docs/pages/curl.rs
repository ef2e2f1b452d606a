//! An operation as a line to copy, made from its contract: what it has to be sent, and the contract's own example.

use crate::contract::{Contract, Operation};
use serde_json::Value;

/// What a quickstart says of a call; the rest is the contract's.
#[derive(Default)]
pub struct Own<'s> {
    /// Lines before it.
    pub begin: &'s str,
    /// Such as `?state=open`.
    pub query: &'s str,
    /// A body with shell variables.
    pub body: &'s str,
    /// A file to send, with its media type.
    pub file: Option<(&'s str, &'s str)>,
    /// Lines that keep something of `answer.json` or `headers.txt`.
    pub keep: &'s str,
}

/// `curl …`, with the gateway's address, the token, ids and tags as shell variables.
pub fn line(contract: &Contract, operation: &Operation, own: &Own) -> String {
    let declared = contract.operation(operation);
    let parameters = || declared["parameters"].as_array().into_iter().flatten();
    let mut parts = vec![opening(declared, operation, &(query(parameters()) + own.query))];
    parts.push("-H \"Authorization: Bearer $TOKEN\"".into());
    for parameter in parameters().filter(|one| one["in"] == "header" && one["required"] == true) {
        parts.push(header(parameter["name"].as_str().unwrap_or_default()));
    }
    parts.extend(sending(contract, declared, own));
    let begin = if own.begin.is_empty() { String::new() } else { format!("{}\n", own.begin) };
    begin + &parts.join(" \\\n  ") + &kept(own)
}

/// The body, and what says its type.
fn sending(contract: &Contract, declared: &Value, own: &Own) -> Vec<String> {
    let Some((media, content)) = body(declared) else { return vec![] };
    let typed = |media: &str| format!("-H \"Content-Type: {media}\"");
    match own.file {
        Some((file, media)) => vec![typed(media), format!("--data-binary @{file}")],
        None if !own.body.is_empty() => vec![typed(media), "-d @- <<JSON".into()],
        None => vec![typed(media), sent(contract, media, content)],
    }
}

/// The end of the line: the answer is shown and kept, and the body follows.
fn kept(own: &Own) -> String {
    let tee = match own.keep {
        keep if keep.contains("headers.txt") => " -D headers.txt",
        keep if keep.contains("answer.json") => " | tee answer.json",
        _ => "",
    };
    let body = if own.body.is_empty() { String::new() } else { format!("\n{}\nJSON", own.body) };
    let keep = if own.keep.is_empty() { String::new() } else { format!("\n{}", own.keep) };
    format!("{tee}{body}{keep}")
}

/// What the operation answers when all is well, as the contract shows it.
pub fn answer<'a>(contract: &'a Contract, operation: &Operation) -> Option<(&'a str, &'a Value)> {
    let answers = contract.operation(operation)["responses"].as_object()?;
    let (status, answer) = answers.iter().find(|(status, _)| status.starts_with('2'))?;
    let content = contract.followed(answer)["content"].get("application/json")?;
    Some((status, example(contract, content)?))
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
        // Any key of 8 characters will do; this one asks for no tool that may be missing.
        "Idempotency-Key" => "-H \"Idempotency-Key: \\\"$(date +%s)-$RANDOM-$RANDOM\\\"\"".into(),
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
        Some(Value::String(text)) if media != "application/json" => {
            format!("--data-binary '{}'", quoted(text.trim_end()))
        }
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
