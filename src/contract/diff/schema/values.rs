//! Listed values: `enum`, `const`, and `x-extensible-enum`, whose readers were told that values may come.

use super::{Shapes, shape::Values};
use crate::contract::diff::{change::Change, finding::Findings};
use serde_json::{Value, json};

pub fn compare(shapes: &Shapes, found: &mut Findings) {
    match (shapes.old.values(), shapes.new.values()) {
        (None, None) => {}
        (None, Some(new)) => shapes.note(Change::ListIntroduced, new.keyword, Value::Null, json!(new.list), found),
        (Some(old), None) => dropped(shapes, &old, found),
        (Some(old), Some(new)) if old.keyword == "const" && new.keyword == "const" => {
            if old.list != new.list {
                shapes.note(Change::ConstChanged, "const", old.list[0].clone(), new.list[0].clone(), found);
            }
        }
        (Some(old), Some(new)) => listed(shapes, &old, &new, found),
    }
}

/// An extensible list that is no longer written down takes what it took.
fn dropped(shapes: &Shapes, old: &Values, found: &mut Findings) {
    if !old.is_extensible {
        shapes.note(Change::ListDropped, old.keyword, json!(old.list), Value::Null, found);
    }
}

fn listed(shapes: &Shapes, old: &Values, new: &Values, found: &mut Findings) {
    let missing = |from: &Values, value: &Value| !from.list.contains(&value);
    for gone in old.list.iter().filter(|value| missing(new, value)) {
        shapes.note(Change::ValueRemoved, new.keyword, (*gone).clone(), Value::Null, found);
    }
    let added = if old.is_extensible { Change::ExtensibleValueAdded } else { Change::ValueAdded };
    for value in new.list.iter().filter(|value| missing(old, value)) {
        shapes.note(added, new.keyword, Value::Null, (*value).clone(), found);
    }
    if new.is_extensible && !old.is_extensible {
        shapes.note(Change::ListMadeExtensible, new.keyword, json!(old.list), json!(new.list), found);
    }
}
