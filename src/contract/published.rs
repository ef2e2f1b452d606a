//! A contract as it is published: what is said of it outside the code, written into its document.

use super::{
    answers::{self, ProblemCode},
    assemble::{member, methods, paths},
    headers,
    registry::Contract,
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// What is said of a contract outside the code.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContractFacts {
    /// Members of `info`, such as `x-owner`.
    pub info: Map<String, Value>,
    /// Whether another contract has taken its place.
    pub deprecated: bool,
    /// Members of operations, by operationId, such as `x-scope`.
    pub operations: BTreeMap<Arc<str>, Map<String, Value>>,
}

/// The contract with these facts in its document. `hash` turns the document's bytes into their digest.
pub fn published(contract: Contract, facts: &ContractFacts, hash: impl Fn(&[u8]) -> String) -> Contract {
    let mut document = Arc::unwrap_or_clone(contract.document);
    member(&mut document, "info").extend(facts.info.clone());
    for operation in paths(&mut document).flat_map(|(_, item)| methods(item)).map(|(_, operation)| operation) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let said = facts.operations.get(id).cloned().unwrap_or_default();
        operation.as_object_mut().expect("an operation is an object").extend(said);
    }
    if facts.deprecated {
        deprecate(&mut document, &contract.codes);
    }
    let hash = hash(document.to_string().as_bytes());
    Contract { document: Arc::new(document), hash, ..contract }
}

/// The fields that announce the end, on every answer.
const ENDING: [&str; 3] = ["Deprecation", "Link", "Sunset"];

fn deprecate(document: &mut Value, codes: &[ProblemCode]) {
    for operation in paths(document).flat_map(|(_, item)| methods(item)).map(|(_, operation)| operation) {
        operation["deprecated"] = true.into();
        let responses = member(operation, "responses");
        responses.entry("410").or_insert_with(|| answers::refused_with(410).expect("it is one of the refusals"));
        responses.sort_keys();
        let own = responses.values_mut().filter(|response| response.get("$ref").is_none());
        own.for_each(|response| headers::add(response, &ENDING));
    }
    answers::keep(document, codes);
    let shared = document.pointer_mut("/components/responses").and_then(Value::as_object_mut);
    shared.into_iter().flatten().for_each(|(_, response)| headers::add(response, &ENDING));
    headers::keep(document);
}
