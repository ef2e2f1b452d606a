//! Preferences (RFC 7240): every change that is answered with the changed resource can be answered without it.

use super::{assemble::member, headers};
use serde_json::{Value, json};

const FIELDS: [&str; 2] = ["ETag", "Preference-Applied"];

/// Declares them where they apply; says whether they do.
pub fn declare(operation: &mut Value, method: &str) -> bool {
    let responses = member(operation, "responses");
    let shows = |response: &&mut Value| response["content"].is_object() && response["headers"]["ETag"].is_object();
    let done = responses.iter_mut().filter(|(status, _)| ["200", "201"].contains(&status.as_str()));
    let shown: Vec<_> = done.map(|(_, response)| response).filter(shows).collect();
    if method == "get" || shown.is_empty() {
        return false;
    }
    for response in shown {
        headers::add(response, &FIELDS[1..]);
    }
    let mut left_out = json!({"description": "It is done, and `Prefer: return=minimal` left out what it is now."});
    headers::add(&mut left_out, &FIELDS);
    responses.entry("204").or_insert(left_out);
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    operation["parameters"] = parameters.into_iter().chain([parameter()]).collect();
    true
}

fn parameter() -> Value {
    json!({
        "name": "Prefer", "in": "header", "required": false,
        "description": "`return=minimal` leaves the body out; `wait=` and so many seconds waits no longer (RFC 7240).",
        "schema": headers::shape("Prefer"),
    })
}
