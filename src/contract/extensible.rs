//! Lists of values that answers carry: nearly all of them will grow, and readers are told so before they do
//! (`x-extensible-enum`). In requests a value that is not listed is refused all the same.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Lists that are complete by what they mean: a life has four stages, a moment is planned, expected or past.
const CLOSED: [&str; 3] = ["Lifecycle", "Severity", "TimeKind"];

const TOLD: &str = "More values may come: be ready for ones you do not know.";

/// Says of every list that answers carry whether it may grow.
pub fn mark(document: &mut Value) {
    let read = read(document);
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for (name, schema) in schemas.into_iter().flatten().filter(|(name, _)| read.contains(*name)) {
        if schema["enum"].as_array().is_some_and(|values| values.len() > 1) {
            let grows = !CLOSED.contains(&name.as_str());
            schema["x-extensible-enum"] = json!(grows);
            if grows {
                tell(schema);
            }
        }
    }
}

fn tell(schema: &mut Value) {
    let said = schema["description"].as_str().map(|text| format!("{text} {TOLD}"));
    schema["description"] = json!(said.unwrap_or_else(|| TOLD.to_owned()));
}

/// The schemas that answers lead to.
pub fn read(document: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let operations = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = operations.filter_map(Value::as_object).flat_map(|item| item.values());
    operations.for_each(|operation| reach(document, &operation["responses"], &mut names));
    reach(document, &document["components"]["responses"], &mut names);
    names
}

fn reach(document: &Value, part: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            let referred = members.get("$ref").and_then(Value::as_str);
            let name = referred.and_then(|at| at.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && names.insert(name.to_owned())
            {
                reach(document, &document["components"]["schemas"][name], names);
            }
            members.values().for_each(|part| reach(document, part, names));
        }
        Value::Array(items) => items.iter().for_each(|part| reach(document, part, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_answers_carry_may_grow() {
        let mut document = json!({
            "paths": {"/stops": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Stop"}}}}},
            }}},
            "components": {"schemas": {
                "Asked": {"type": "string", "enum": ["late", "early"]},
                "Stop": {"type": "object", "properties": {
                    "state": {"$ref": "#/components/schemas/State"}, "worst": {"$ref": "#/components/schemas/Severity"},
                }},
                "State": {"type": "string", "enum": ["open", "done"], "description": "Where it is."},
                "Severity": {"type": "string", "enum": ["minor", "major"]},
            }},
        });
        mark(&mut document);
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["Asked"].get("x-extensible-enum"), None);
        assert_eq!(schemas["State"]["x-extensible-enum"], true);
        assert_eq!(schemas["State"]["description"], format!("Where it is. {TOLD}"));
        assert_eq!(schemas["Severity"]["x-extensible-enum"], false);
    }
}
