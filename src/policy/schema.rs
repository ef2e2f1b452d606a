//! The JSON schema of every policy file, made from the types that read it: what editors complete by and what the files
//! are held against at start. A policy says everything: what may be left out is an `Option`, and nothing has a default.

use super::{
    consumer::ConsumerFile, operation::OperationEntry, product::ProductFile, quota::QuotaFile, written::escape,
};
use crate::domain::{exception::Taxonomy, proof::ProofPolicy, region::Regions, sla::SlaTargets};
use jsonschema::{Validator, error::ValidationErrorKind};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};
use utoipa::ToSchema;

/// A kind of policy file: the name its schema has, and how that is made.
type Kind = (&'static str, fn() -> Value);

/// Every kind there is.
const KINDS: &[Kind] = &[
    ("consumers", of::<ConsumerFile>),
    ("exceptions", of::<Taxonomy>),
    ("operations", of::<BTreeMap<String, OperationEntry>>),
    ("products", of::<ProductFile>),
    ("proof", of::<ProofPolicy>),
    ("quotas", of::<QuotaFile>),
    ("regions", of::<Regions>),
    ("sla", of::<SlaTargets>),
];

static VALIDATORS: LazyLock<HashMap<&str, Validator>> = LazyLock::new(|| {
    let compiled = |schema: &Value| jsonschema::validator_for(schema).expect("a schema of ours compiles");
    KINDS.iter().map(|(name, make)| (*name, compiled(&make()))).collect()
});

/// Every schema, by its path under `policies/`.
pub fn schemas() -> Vec<(String, String)> {
    let text = |schema: Value| serde_json::to_string_pretty(&schema).expect("a schema is plain data") + "\n";
    KINDS.iter().map(|(name, make)| (path(name), text(make()))).collect()
}

/// The schema that a policy file keeps to, by their paths under `policies/`.
pub fn schema_of(file: &str) -> String {
    path(kind(file))
}

fn path(kind: &str) -> String {
    format!("schema/{kind}.schema.json")
}

fn kind(file: &str) -> &str {
    file.split_once('/').map_or(file.trim_end_matches(".toml"), |(folder, _)| folder)
}

/// Where a file departs from its schema: JSON Pointers (RFC 6901), and what is wrong there.
pub fn departures(file: &str, value: &Value) -> Vec<(String, String)> {
    let Some(validator) = VALIDATORS.get(kind(file)) else {
        return vec![(String::new(), "there is no such policy file".into())];
    };
    let mut found: Vec<_> = validator
        .iter_errors(value)
        .flat_map(|error| {
            let at = error.instance_path().to_string();
            match error.kind() {
                ValidationErrorKind::Required { property } => {
                    vec![(at, format!("{} is missing", property.as_str().unwrap_or_default()))]
                }
                ValidationErrorKind::AdditionalProperties { unexpected } => {
                    let told = |name: &String| (format!("{at}/{}", escape(name)), "there is no such field".to_owned());
                    unexpected.iter().map(told).collect()
                }
                _ => vec![(at, error.to_string())],
            }
        })
        .collect();
    found.dedup();
    found
}

/// The schema of a type, complete in itself.
fn of<T: ToSchema>() -> Value {
    let plain = |schema| serde_json::to_value(schema).expect("a schema is plain data");
    let mut named = Vec::new();
    T::schemas(&mut named);
    let named: BTreeMap<_, _> = named.into_iter().map(|(name, schema)| (name, plain(schema))).collect();
    let mut schema = json!({"$schema": "https://json-schema.org/draft/2020-12/schema"});
    let root = plain(T::schema());
    schema.as_object_mut().into_iter().for_each(|all| all.extend(root.as_object().cloned().unwrap_or_default()));
    if !named.is_empty() {
        schema["$defs"] = json!(named);
    }
    strict(&mut schema);
    schema
}

/// Turns what the types declare for the contracts into what holds for files: names resolve within, every property is
/// asked for unless it may be null, null is written by leaving it out, and nothing else may stand there.
fn strict(schema: &mut Value) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(strict),
        Value::Object(members) => {
            if let Some(Value::String(name)) = members.get_mut("$ref") {
                *name = name.replace("#/components/schemas/", "#/$defs/");
            }
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                let required = required(properties);
                members.insert("required".into(), required);
                members.insert("additionalProperties".into(), json!(false));
            }
            members.remove("default");
            members.values_mut().for_each(strict);
        }
        _ => {}
    }
}

fn required(properties: &mut Map<String, Value>) -> Value {
    let mut required = Vec::new();
    for (name, property) in properties {
        if !without_null(property) {
            required.push(name.clone());
        }
    }
    json!(required)
}

/// Takes the null out of what a property may be; says whether there was one.
fn without_null(property: &mut Value) -> bool {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        let before = types.len();
        types.retain(|one| one != "null");
        let was_there = types.len() < before;
        if let [only] = types.as_slice() {
            property["type"] = only.clone();
        }
        return was_there;
    }
    for join in ["oneOf", "anyOf"] {
        if let Some(Value::Array(choices)) = property.get_mut(join) {
            let before = choices.len();
            choices.retain(|one| one["type"] != "null");
            let was_there = choices.len() < before;
            if let [only] = choices.as_slice() {
                *property = only.clone();
            }
            return was_there;
        }
    }
    false
}
