//! Types, and whether null is one of them.

use super::Shapes;
use crate::contract::diff::{change::Change, finding::Findings};
use serde_json::{Value, json};
use std::collections::BTreeSet;

type Types<'a> = Option<BTreeSet<&'a str>>;

/// Whether the types have enough in common for the rest to be worth comparing.
pub fn compare(shapes: &Shapes, found: &mut Findings) -> bool {
    let (old, new) = (shapes.old.types(), shapes.new.types());
    if old.is_some() && new.is_some() && !shapes.scope.is_text {
        nulls(shapes, found);
    }
    if shapes.scope.is_text && [&old, &new].into_iter().all(takes_texts) {
        return true;
    }
    let (lost, gained) = (!covers(&new, &old), !covers(&old, &new));
    let change = match (lost, gained) {
        (false, false) => return true,
        (true, false) => Change::TypeNarrowed,
        (false, true) => Change::TypeWidened,
        (true, true) => Change::TypeChanged,
    };
    shapes.note(change, "type", shown(&old), shown(&new), found);
    change != Change::TypeChanged
}

fn nulls(shapes: &Shapes, found: &mut Findings) {
    match (shapes.old.allows_null(), shapes.new.allows_null()) {
        (true, false) => shapes.note(Change::NullRefused, "type", json!("null"), Value::Null, found),
        (false, true) => shapes.note(Change::NullAllowed, "type", Value::Null, json!("null"), found),
        _ => {}
    }
}

/// Whether the first take everything that the second do. Every integer is a number.
fn covers(wide: &Types, narrow: &Types) -> bool {
    let (Some(wide), narrow) = (wide, narrow) else { return true };
    let takes = |name: &&str| wide.contains(*name) || *name == "integer" && wide.contains("number");
    narrow.as_ref().is_some_and(|narrow| narrow.iter().all(takes))
}

/// Text that stands in a path, query or header field is a string, whether or not its type is written down.
fn takes_texts(types: &Types) -> bool {
    types.as_ref().is_none_or(|types| types.contains("string"))
}

fn shown(types: &Types) -> Value {
    match types {
        Some(names) => json!(names.iter().copied().collect::<Vec<_>>().join(" or ")),
        None => json!("anything"),
    }
}
