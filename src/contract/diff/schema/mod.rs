//! Two versions of a schema: where the new one takes less or more than the old one did.
//!
//! Both directions share it: what takes less breaks those who send, what takes more breaks those who read, and
//! `change.rs` says which is which. Understands JSON Schema 2020-12 as OpenAPI 3.1 uses it.

mod alternatives;
mod bounds;
mod implied;
mod objects;
mod shape;
mod texts;
mod types;
mod values;

use super::{
    change::Change,
    finding::{Findings, Scope},
    rule::Rule,
    spot::Spot,
};
use serde_json::Value;
use shape::Shape;

/// Two shapes side by side.
struct Shapes<'a> {
    old: Shape<'a>,
    new: Shape<'a>,
    scope: Scope,
}

/// Compares two schemas and everything within.
pub fn compare(old: &Spot, new: &Spot, scope: &Scope, found: &mut Findings) {
    let Some(scope) = scope.entering(old, new) else { return };
    let shapes = Shapes { old: Shape::of(old), new: Shape::of(new), scope };
    if shapes.split() {
        return alternatives::compare(&shapes, found);
    }
    if types::compare(&shapes, found) {
        values::compare(&shapes, found);
        texts::compare(&shapes, found);
        bounds::compare(&shapes, found);
        objects::compare(&shapes, found);
        items(&shapes, found);
        alternatives::compare(&shapes, found);
        defaults(&shapes, found);
        unknown(&shapes, found);
    }
}

impl Shapes<'_> {
    /// One schema has become several alternatives, or the other way round.
    fn split(&self) -> bool {
        self.old.alternatives.is_empty() != self.new.alternatives.is_empty()
    }

    /// Notes a change at a keyword, which stands in one of the two at least.
    fn note(&self, change: Change, keyword: &str, before: Value, after: Value, found: &mut Findings) {
        let place = self.new.keyword(keyword).or_else(|| self.old.keyword(keyword));
        let pointer = place.map_or_else(|| self.new.at.pointer.clone(), |spot| spot.pointer);
        found.note(Rule::of(self.scope.direction, change), &self.scope, &pointer, before, after);
    }

    /// A keyword's values, before and after.
    fn both(&self, keyword: &str) -> (Value, Value) {
        let value = |shape: &Shape| shape.keyword(keyword).map_or(Value::Null, |spot| spot.value.clone());
        (value(&self.old), value(&self.new))
    }
}

/// Items without a schema are anything.
fn items(shapes: &Shapes, found: &mut Findings) {
    let (old, new) = (shapes.old.keyword("items"), shapes.new.keyword("items"));
    if old.is_some() || new.is_some() {
        let old = old.unwrap_or_else(|| shapes.old.at.anything());
        let new = new.unwrap_or_else(|| shapes.new.at.anything());
        compare(&old, &new, &shapes.scope.item(), found);
    }
}

/// A default that comes tells what held; one that changes or goes means something else.
fn defaults(shapes: &Shapes, found: &mut Findings) {
    let (before, after) = shapes.both("default");
    if !before.is_null() && before != after {
        shapes.note(Change::DefaultChanged, "default", before, after, found);
    }
}

/// Keywords that bind, but that nothing here can weigh.
const UNWEIGHED: &[&str] = &[
    "not",
    "if",
    "then",
    "else",
    "dependentRequired",
    "dependentSchemas",
    "patternProperties",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
];

fn unknown(shapes: &Shapes, found: &mut Findings) {
    for keyword in UNWEIGHED {
        let (before, after) = shapes.both(keyword);
        if before != after {
            shapes.note(Change::KeywordChanged, keyword, before, after, found);
        }
    }
}
