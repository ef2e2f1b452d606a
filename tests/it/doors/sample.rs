//! Values that keep to a schema: what a stranger could send who has read nothing but the document.

use serde_json::{Map, Value, json};

/// Texts among which one keeps to any pattern the documents have.
const TEXTS: [&str; 13] = [
    "nobodys-own",
    "nobody",
    "nobody_has_it",
    "2026-11-23T09:00:00Z",
    "2026-11-23",
    "https://hooks.example.org/nobody",
    "nobody@example.org",
    "DE",
    "EUR",
    "10115",
    "image/jpeg",
    "+49301234567",
    "0000000000000000000000000000000000000000000000000000000000000000",
];

/// A value that keeps to this schema of this document, as small as it may be.
pub fn sample(document: &Value, schema: &Value) -> Value {
    let schema = followed(document, schema);
    let shown = [&schema["example"], &schema["examples"][0], &schema["const"], &schema["enum"][0], &schema["default"]];
    if let Some(value) = shown.into_iter().find(|value| !value.is_null()) {
        return value.clone();
    }
    for choices in ["oneOf", "anyOf"] {
        let choice = schema[choices].as_array().into_iter().flatten().find(|one| one["type"] != "null");
        if let Some(choice) = choice {
            return merged(sample(document, choice), &object(document, schema));
        }
    }
    match kind(schema) {
        "object" => object(document, schema),
        "array" => {
            let wanted = schema["minItems"].as_u64().unwrap_or(0);
            (0..wanted).map(|_| sample(document, &schema["items"])).collect()
        }
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or(json!(1)),
        "boolean" => json!(true),
        "null" => Value::Null,
        _ => text(schema),
    }
}

fn object(document: &Value, schema: &Value) -> Value {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let own: Map<_, _> =
        required.map(|name| (name.to_owned(), sample(document, &schema["properties"][name]))).collect();
    let parts = schema["allOf"].as_array().into_iter().flatten();
    parts.fold(Value::Object(own), |all, part| merged(all, &sample(document, part)))
}

fn merged(mut all: Value, more: &Value) -> Value {
    if let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
    }
    all
}

fn kind(schema: &Value) -> &str {
    let several = schema["type"].as_array().and_then(|kinds| kinds.iter().find(|kind| **kind != "null"));
    let composed = schema.get("properties").or_else(|| schema.get("allOf")).map(|_| "object");
    several.unwrap_or(&schema["type"]).as_str().or(composed).unwrap_or("string")
}

fn text(schema: &Value) -> Value {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).expect("a schema of a text");
    let found = TEXTS.into_iter().map(Value::from).find(|text| validator.is_valid(text));
    found.unwrap_or_else(|| panic!("add a text to TEXTS that keeps to {schema}"))
}

fn followed<'d>(document: &'d Value, schema: &'d Value) -> &'d Value {
    let pointer = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    pointer
        .map_or(schema, |pointer| followed(document, document.pointer(pointer).expect("a reference leads somewhere")))
}
