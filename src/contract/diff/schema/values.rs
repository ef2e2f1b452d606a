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
    let (gone, added) = (old.without(new), new.without(old));
    if !gone.is_empty() {
        shapes.note(Change::ValueRemoved, new.keyword, json!(gone), Value::Null, found);
    }
    if !added.is_empty() {
        let change = if old.is_extensible { Change::ExtensibleValueAdded } else { Change::ValueAdded };
        shapes.note(change, new.keyword, Value::Null, json!(added), found);
    }
    if new.is_extensible && !old.is_extensible {
        shapes.note(Change::ListMadeExtensible, new.keyword, json!(old.list), json!(new.list), found);
    }
}

impl<'a> Values<'a> {
    /// The values that the others do not list.
    fn without(&self, others: &Self) -> Vec<&'a Value> {
        self.list.iter().copied().filter(|value| !others.list.contains(value)).collect()
    }
}
