//! Schemas: every property says its type, what names an instant is one, and lists that may grow say so.

use super::{list, members};
use crate::contract::extensible;
use serde_json::Value;

/// Endings of names that stand for an instant, where they are texts.
const INSTANTS: [&str; 3] = ["_at", "since", "until"];

pub fn check(document: &Value, found: &mut Vec<String>) {
    let read = extensible::read(document);
    for (name, schema) in members(&document["components"]["schemas"]) {
        of_schema(schema, name, found);
        if read.contains(name) && list(&schema["enum"]).count() > 1 && !schema["x-extensible-enum"].is_boolean() {
            found.push(format!("{name} does not say whether it may grow (x-extensible-enum)"));
        }
    }
}

/// Looks at a schema and everything within.
fn of_schema(schema: &Value, place: &str, found: &mut Vec<String>) {
    for (name, property) in members(&schema["properties"]) {
        of_property(property, &format!("{place}.{name}"), name, found);
        of_schema(property, &format!("{place}.{name}"), found);
    }
    for join in ["allOf", "anyOf", "oneOf"] {
        list(&schema[join]).for_each(|part| of_schema(part, place, found));
    }
    if schema["items"].is_object() {
        of_schema(&schema["items"], &format!("{place}[]"), found);
    }
}

/// A property says its type; one that names an instant is one (RFC 3339), or a day.
pub fn of_property(schema: &Value, place: &str, name: &str, found: &mut Vec<String>) {
    let says = ["type", "$ref", "allOf", "anyOf", "oneOf", "const", "enum"];
    if !says.iter().any(|word| schema.get(word).is_some()) {
        found.push(format!("{place} has no type"));
    }
    let is_text = schema["type"] == "string" || list(&schema["type"]).any(|one| one == "string");
    let is_time = ["date-time", "date"].iter().any(|format| schema["format"] == *format);
    if is_text && !is_time && INSTANTS.iter().any(|ending| name.ends_with(ending)) {
        found.push(format!("{place} is an instant without the format date-time"));
    }
}
