//! Operations: a name, a summary, a tag; parameters that are described, bodies that show an example, refusals that name
//! their codes, and lists that are walked like every other.

use super::{followed, list, members, schemas};
use crate::contract::examples;
use serde_json::Value;

/// The longest summary.
const LONGEST_SUMMARY: usize = 80;

pub fn check(document: &Value, declared: &Value) -> Vec<String> {
    let mut found = Vec::new();
    names(document, declared, &mut found);
    parameters(declared, &mut found);
    bodies(document, &declared["requestBody"], "the request", &mut found);
    for (status, answer) in members(&declared["responses"]) {
        let answer = followed(document, answer);
        bodies(document, answer, &format!("the {status}"), &mut found);
        let is_refusal = status.starts_with(['4', '5']);
        if is_refusal && list(&answer["x-problem-codes"]).next().is_none() {
            found.push(format!("the {status} names no codes (x-problem-codes)"));
        }
    }
    pages(document, declared, &mut found);
    found
}

fn names(document: &Value, declared: &Value, found: &mut Vec<String>) {
    let summary = declared["summary"].as_str().unwrap_or_default();
    if summary.is_empty() || summary.chars().count() > LONGEST_SUMMARY {
        found.push(format!("the summary has 1 to {LONGEST_SUMMARY} characters: {summary:?}"));
    }
    if !is_snake_case(declared["operationId"].as_str().unwrap_or_default()) {
        found.push("the operationId is snake_case".into());
    }
    if !list(&declared["tags"]).any(|tag| list(&document["tags"]).any(|known| known["name"] == *tag)) {
        found.push("it has one of the document's tags".into());
    }
}

fn parameters(declared: &Value, found: &mut Vec<String>) {
    for parameter in list(&declared["parameters"]) {
        let name = parameter["name"].as_str().unwrap_or_default();
        if parameter["description"].as_str().unwrap_or_default().is_empty() {
            found.push(format!("parameter {name} has no description"));
        }
        schemas::of_property(&parameter["schema"], &format!("parameter {name}"), name, found);
    }
}

/// A body has a schema, and one that people read shows an example.
fn bodies(document: &Value, declared: &Value, place: &str, found: &mut Vec<String>) {
    for (media, body) in members(&declared["content"]) {
        if !body["schema"].is_object() {
            found.push(format!("{place} in {media} has no schema"));
        } else if examples::is_readable(media) && !examples::shown(document, body) {
            found.push(format!("{place} in {media} shows no example"));
        }
    }
}

/// A list is in `items`. One that is walked takes `cursor` and `limit`, and says where the next page begins.
fn pages(document: &Value, declared: &Value, found: &mut Vec<String>) {
    if !declared["operationId"].as_str().unwrap_or_default().starts_with("list_") {
        return;
    }
    let body = &followed(document, &declared["responses"]["200"])["content"]["application/json"];
    let schema = followed(document, &body["schema"]);
    if schema.pointer("/properties/items/type").is_none_or(|kind| kind != "array") {
        found.push("a list has its rows in `items`".into());
    }
    let takes = |name: &str| list(&declared["parameters"]).any(|one| one["in"] == "query" && one["name"] == name);
    let is_walked = takes("cursor");
    if is_walked != takes("limit") || is_walked && schema.pointer("/properties/next").is_none() {
        found.push("a list that is walked takes `cursor` and `limit`, and answers with `next`".into());
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_broken_rule_of_an_operation_is_found() {
        let document = json!({"tags": [{"name": "orders"}]});
        let declared = json!({
            "operationId": "getOrder", "parameters": [{"name": "since_at", "schema": {"type": "string"}}],
            "responses": {
                "200": {"content": {"application/json": {}}},
                "404": {"content": {"application/problem+json": {"schema": {}}}},
            }
        });
        assert_eq!(check(&document, &declared).len(), 8, "{:#?}", check(&document, &declared));
    }

    #[test]
    fn a_list_is_walked_like_every_other() {
        let document = json!({"tags": [{"name": "stops"}]});
        let list = |parameters: Value, properties: Value| {
            let content = json!({"application/json": {"schema": {"properties": properties}, "example": {}}});
            let declared = json!({
                "operationId": "list_stops", "summary": "List stops", "tags": ["stops"], "parameters": parameters,
                "responses": {"200": {"content": content}},
            });
            check(&document, &declared)
        };
        let parameter =
            |name: &str| json!({"name": name, "in": "query", "description": "-", "schema": {"type": "string"}});
        let items = json!({"type": "array"});
        assert_eq!(list(json!([]), json!({"items": items})), [""; 0]);
        assert_eq!(
            list(json!([parameter("cursor"), parameter("limit")]), json!({"items": items, "next": {}})),
            [""; 0]
        );
        assert_eq!(list(json!([parameter("cursor")]), json!({"items": items, "next": {}})).len(), 1);
        assert_eq!(list(json!([]), json!({"stops": items})).len(), 1);
    }
}
