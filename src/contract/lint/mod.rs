//! The house rules of documents: what every contract, operation and schema has to say of itself. Finds, never mends.

mod operations;
mod schemas;
mod shapes;

use super::registry::Contract;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

pub use shapes::Shapes;

/// Everything in the document that breaks a house rule.
pub fn lint(contract: &Contract) -> Vec<String> {
    let document = contract.document.as_ref();
    let mut found = of_info(&document["info"]);
    let mut ids = BTreeSet::new();
    for operation in &contract.operations {
        let id = &operation.key.id;
        if !ids.insert(id.clone()) {
            found.push(format!("{id}: the operationId is used twice"));
        }
        let broken = operations::check(document, contract.operation(operation));
        found.extend(broken.into_iter().map(|what| format!("{id}: {what}")));
    }
    schemas::check(document, &mut found);
    references(document, document, &mut found);
    found.into_iter().map(|what| format!("{}: {what}", contract.name())).collect()
}

/// Somebody answers for every contract, and can be reached.
fn of_info(info: &Value) -> Vec<String> {
    let says = |pointer: &str| info.pointer(pointer).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let wanted = [("/x-owner", "owner"), ("/contact/email", "address"), ("/description", "description")];
    let missing = wanted.into_iter().filter(|(pointer, _)| !says(pointer));
    missing.map(|(_, what)| format!("the contract has no {what}")).collect()
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

/// What is declared here, or what is referred to.
fn followed<'a>(document: &'a Value, declared: &'a Value) -> &'a Value {
    let referred = declared["$ref"].as_str().and_then(|at| document.pointer(at.strip_prefix('#')?));
    referred.unwrap_or(declared)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}
