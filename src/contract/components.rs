//! Components: what is said once in a document and referred to from many places.

use super::assemble::member;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Writes the components of this kind that the document refers to, as `component` has them by their names.
pub fn keep(document: &mut Value, kind: &str, component: impl Fn(&str) -> Option<Value>) {
    let mut names = BTreeSet::new();
    referred(document, &format!("#/components/{kind}/"), &mut names);
    let components: Map<_, _> = names.iter().filter_map(|name| Some((name.clone(), component(name)?))).collect();
    member(&mut document["components"], kind).extend(components);
}

fn referred(part: &Value, prefix: &str, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(members) => {
            let name = members.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix(prefix));
            names.extend(name.map(str::to_owned));
            members.values().for_each(|part| referred(part, prefix, names));
        }
        Value::Array(items) => items.iter().for_each(|part| referred(part, prefix, names)),
        _ => {}
    }
}
