//! The examples that the documents show: each is what its own schema takes.

use super::in_force;
use haulgate::contract::Contract;
use serde_json::{Value, json};

/// Every schema with an example, and where it stands: bodies, parameters, and schemas with a name.
fn shown<'a>(part: &'a Value, at: String, found: &mut Vec<(String, &'a Value, &'a Value)>) {
    let Some(members) = part.as_object() else {
        let items = part.as_array().into_iter().flatten().enumerate();
        return items.for_each(|(index, item)| shown(item, format!("{at}/{index}"), found));
    };
    if let Some(schema) = members.get("schema") {
        let named = members.get("examples").and_then(Value::as_object).into_iter().flatten();
        let examples = members.get("example").into_iter().chain(named.map(|(_, one)| &one["value"]));
        found.extend(examples.map(|example| (at.clone(), schema, example)));
    }
    let examples = members.get("examples").and_then(Value::as_array).into_iter().flatten();
    found.extend(examples.map(|example| (at.clone(), part, example)));
    for (name, part) in members.iter().filter(|(name, _)| !["example", "examples"].contains(&name.as_str())) {
        shown(part, format!("{at}/{name}"), found);
    }
}

/// Only JSON can be held against a schema; texts of other media types are lines of their own.
fn is_json(at: &str) -> bool {
    !["text/", "ndjson", "csv", "pdf", "image/", "octet-stream"].iter().any(|media| at.contains(media))
}

fn departures(contract: &Contract) -> Vec<String> {
    let mut found = Vec::new();
    shown(&contract.document, String::new(), &mut found);
    assert!(!found.is_empty(), "{} shows no examples", contract.name());
    let held = found.into_iter().filter(|(at, ..)| is_json(at)).flat_map(|(at, schema, example)| {
        let whole = json!({"components": contract.document["components"], "allOf": [schema]});
        let options = jsonschema::options().should_validate_formats(true).build(&whole);
        let validator = options.unwrap_or_else(|error| panic!("{at}: {error}"));
        let told = validator.iter_errors(example).map(|error| format!("{} {at}: {error}", contract.name()));
        told.collect::<Vec<_>>()
    });
    held.collect()
}

#[test]
fn every_example_keeps_to_its_schema() {
    let departed: Vec<_> = in_force().contracts.iter().flat_map(|contract| departures(contract)).collect();
    assert!(departed.is_empty(), "{} examples are wrong:\n{}", departed.len(), departed.join("\n"));
}
