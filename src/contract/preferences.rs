//! Preferences (RFC 7240): every change that is answered with the changed resource can be answered without it, and what is
//! worked off later says so to whoever prefers that.

use super::{assemble::member, headers};
use serde_json::{Value, json};

const FIELDS: [&str; 2] = ["ETag", "Preference-Applied"];
const SHOWN: &str = "`return=minimal` leaves the body out; `wait=` and so many seconds waits no longer (RFC 7240).";
const LATER: &str = "`respond-async` is kept to: the work goes on, and is followed at `Location` (RFC 7240).";

/// Declares them where they apply; says whether an answer shows what can be left out.
pub fn declare(operation: &mut Value, method: &str) -> bool {
    let responses = member(operation, "responses");
    let followed = |response: &&mut Value| response["headers"]["Location"].is_object();
    if let Some(taken_on) = responses.get_mut("202").filter(followed) {
        headers::add(taken_on, &FIELDS[1..]);
        take(operation, LATER);
        return false;
    }
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
    take(operation, SHOWN);
    true
}

/// The operation takes the field, for this.
fn take(operation: &mut Value, description: &str) {
    let parameter = json!({
        "name": "Prefer", "in": "header", "required": false, "description": description,
        "schema": headers::shape("Prefer"),
    });
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    operation["parameters"] = parameters.into_iter().chain([parameter]).collect();
}
