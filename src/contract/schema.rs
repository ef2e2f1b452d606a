//! Compiled schemas: whether a body keeps to the published document. Each is compiled once, on first use.

use super::registry::{Contract, escape};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, RwLock},
};

/// One place where a body departs from its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    /// JSON Pointer (RFC 6901) into the body.
    pub pointer: String,
    pub detail: String,
}

/// Most departures reported for one body.
const MOST_DEPARTURES: usize = 20;
/// Of a body with more values than this only the first departure is reported: to look for the others takes as long as there
/// are values, and whoever sends so many wrong ones is not to be helped.
const TOLD_IN_FULL: usize = 5_000;

/// Where a schema is kept once it is compiled.
type Slot = OnceLock<Result<Validator, String>>;

/// The schemas of all contracts.
#[derive(Default)]
pub struct Schemas {
    compiled: RwLock<HashMap<String, Arc<Slot>>>,
}

impl Schemas {
    /// Where a request's JSON body departs from what the operation declares.
    pub fn check_request(
        &self,
        contract: &Contract,
        path: &str,
        method: &str,
        media: &str,
        body: &Value,
    ) -> Vec<Departure> {
        let pointer =
            format!("/paths/{}/{}/requestBody/content/{}/schema", escape(path), method.to_lowercase(), escape(media));
        self.check(contract, &pointer, body)
    }

    /// Where a value departs from one of the contract's named schemas: for the items of a body that are checked each by
    /// itself.
    pub fn check_named(&self, contract: &Contract, name: &str, value: &Value) -> Vec<Departure> {
        self.check(contract, &format!("/components/schemas/{}", escape(name)), value)
    }

    /// Where an answer's JSON body departs from what the operation declares for this status; `None` where the
    /// document declares no such answer.
    pub fn check_answer(
        &self,
        contract: &Contract,
        path: &str,
        method: &str,
        status: u16,
        media: &str,
        body: &Value,
    ) -> Option<Vec<Departure>> {
        let pointer = format!("{}/content/{}/schema", contract.answer(path, method, status)?, escape(media));
        contract.document.pointer(&pointer)?;
        Some(self.check(contract, &pointer, body))
    }

    fn check(&self, contract: &Contract, pointer: &str, body: &Value) -> Vec<Departure> {
        let slot = self.slot(&format!("{}#{pointer}", contract.name()));
        match slot.get_or_init(|| compile(&contract.document, pointer)) {
            Ok(validator) => departures(validator, body),
            Err(why) => vec![Departure { pointer: String::new(), detail: why.clone() }],
        }
    }

    fn slot(&self, key: &str) -> Arc<Slot> {
        if let Some(slot) = self.compiled.read().expect("no holder of this lock panics").get(key) {
            return slot.clone();
        }
        self.compiled.write().expect("no holder of this lock panics").entry(key.to_owned()).or_default().clone()
    }
}

fn compile(document: &Value, pointer: &str) -> Result<Validator, String> {
    let schema = document.pointer(pointer).ok_or("the contract declares no body here")?;
    validator(document, schema)
}

/// A schema of the document, compiled; where it refers, it refers into the whole document.
pub(super) fn validator(document: &Value, schema: &Value) -> Result<Validator, String> {
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": if refers(schema) { document["components"].clone() } else { json!({}) },
        "allOf": [schema],
    });
    jsonschema::options().should_validate_formats(true).build(&root).map_err(|error| error.to_string())
}

fn refers(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members.contains_key("$ref") || members.values().any(refers),
        Value::Array(items) => items.iter().any(refers),
        _ => false,
    }
}

pub(super) fn departures(validator: &Validator, value: &Value) -> Vec<Departure> {
    let departure = |error: jsonschema::ValidationError<'_>| Departure {
        pointer: error.instance_path().to_string(),
        detail: error.masked().to_string(),
    };
    if holds_more_than(TOLD_IN_FULL, value) {
        return validator.validate(value).err().into_iter().map(departure).collect();
    }
    validator.iter_errors(value).take(MOST_DEPARTURES).map(departure).collect()
}

/// Whether there are more values in it than so many, itself included.
fn holds_more_than(most: usize, value: &Value) -> bool {
    let (mut seen, mut open) = (0, vec![value]);
    while let Some(value) = open.pop() {
        seen += 1;
        match value {
            Value::Array(items) if items.len() <= most => open.extend(items),
            Value::Object(members) if members.len() <= most => open.extend(members.values()),
            Value::Array(_) | Value::Object(_) => return true,
            _ => {}
        }
        if seen + open.len() > most {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_body_is_told_of_its_first_departure_only() {
        let schema = json!({"type": "array", "items": {"type": "array", "items": {"type": "string"}}});
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let wrong = |rows: usize, items: usize| json!(vec![vec![0; items]; rows]);
        for (rows, items, told) in
            [(1, 3, 3), (1, 4_998, MOST_DEPARTURES), (1, 4_999, 1), (70, 70, MOST_DEPARTURES), (71, 71, 1)]
        {
            assert_eq!(departures(&validator, &wrong(rows, items)).len(), told, "{rows} {items}");
        }
        assert!(departures(&validator, &json!(vec![vec!["right"; 100]; 100])).is_empty());
    }
}
