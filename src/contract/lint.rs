//! The house rules of documents: what every operation and schema has to say of itself. Finds, never mends.

use super::registry::Contract;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The longest summary.
const LONGEST_SUMMARY: usize = 80;

/// Everything in the document that breaks a house rule.
pub fn lint(contract: &Contract) -> Vec<String> {
    let document = contract.document.as_ref();
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<_> = list(&document["tags"]).filter_map(|tag| tag["name"].as_str()).collect();
    for operation in &contract.operations {
        let declared = contract.operation(operation);
        let id = &operation.key.id;
        if !ids.insert(id.clone()) {
            found.push(format!("{id}: the operationId is used twice"));
        }
        found.extend(of_operation(declared, &tags).into_iter().map(|what| format!("{id}: {what}")));
    }
    for (name, schema) in members(&document["components"]["schemas"]) {
        of_schema(schema, name, &mut found);
    }
    references(document, document, &mut found);
    found.into_iter().map(|what| format!("{}: {what}", contract.name())).collect()
}

fn of_operation(declared: &Value, tags: &BTreeSet<&str>) -> Vec<String> {
    let mut found = Vec::new();
    let summary = declared["summary"].as_str().unwrap_or_default();
    if summary.is_empty() || summary.chars().count() > LONGEST_SUMMARY {
        found.push(format!("the summary has 1 to {LONGEST_SUMMARY} characters: {summary:?}"));
    }
    if !is_snake_case(declared["operationId"].as_str().unwrap_or_default()) {
        found.push("the operationId is snake_case".into());
    }
    if !list(&declared["tags"]).any(|tag| tag.as_str().is_some_and(|tag| tags.contains(tag))) {
        found.push("it has one of the document's tags".into());
    }
    for parameter in list(&declared["parameters"]) {
        let name = parameter["name"].as_str().unwrap_or_default();
        if parameter["description"].as_str().unwrap_or_default().is_empty() {
            found.push(format!("parameter {name} has no description"));
        }
        of_property(&parameter["schema"], &format!("parameter {name}"), name, &mut found);
    }
    for (status, response) in members(&declared["responses"]).filter(|(status, _)| status.starts_with('2')) {
        let without = members(&response["content"]).filter(|(_, body)| !body["schema"].is_object());
        found.extend(without.map(|(media, _)| format!("the {status} in {media} has no schema")));
    }
    found
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

/// A property says its type; one that names an instant is one.
fn of_property(schema: &Value, place: &str, name: &str, found: &mut Vec<String>) {
    let says = ["type", "$ref", "allOf", "anyOf", "oneOf", "const", "enum"];
    if !says.iter().any(|word| schema.get(word).is_some()) {
        found.push(format!("{place} has no type"));
    }
    let is_text = schema["type"] == "string" || list(&schema["type"]).any(|one| one == "string");
    if is_text && name.ends_with("_at") && schema["format"] != "date-time" {
        found.push(format!("{place} is an instant without the format date-time"));
    }
}

/// Every reference within the document leads somewhere.
fn references(document: &Value, part: &Value, found: &mut Vec<String>) {
    if let Some(at) = part["$ref"].as_str()
        && at.strip_prefix('#').is_none_or(|pointer| document.pointer(pointer).is_none())
    {
        found.push(format!("{at} leads nowhere"));
    }
    match part {
        Value::Object(members) => members.values().for_each(|part| references(document, part, found)),
        Value::Array(items) => items.iter().for_each(|part| references(document, part, found)),
        _ => {}
    }
}

fn is_snake_case(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// Schemas as they are declared, before a document keeps only the last of each name.
#[derive(Debug, Default)]
pub struct Shapes(BTreeMap<String, Vec<Value>>);

impl Shapes {
    pub fn note(&mut self, name: &str, schema: Value) {
        let known = self.0.entry(name.to_owned()).or_default();
        if !known.contains(&schema) {
            known.push(schema);
        }
    }

    /// The names that stand for more than one shape.
    pub fn clashes(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, shapes)| shapes.len() > 1).map(|(name, _)| name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_broken_rule_of_an_operation_is_found() {
        let declared = json!({
            "operationId": "getOrder", "parameters": [{"name": "since_at", "schema": {"type": "string"}}],
            "responses": {"200": {"content": {"application/json": {}}}}
        });
        assert_eq!(of_operation(&declared, &BTreeSet::from(["orders"])).len(), 6);
    }

    #[test]
    fn two_shapes_of_one_name_clash() {
        let mut shapes = Shapes::default();
        ["string", "string", "integer"].iter().for_each(|kind| shapes.note("Id", json!({"type": kind})));
        shapes.note("Other", json!({}));
        assert_eq!(shapes.clashes().collect::<Vec<_>>(), ["Id"]);
    }
}
