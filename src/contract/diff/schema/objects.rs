//! Objects: their fields, which of them must be there, and whether others may be.

use super::{Shapes, compare as compare_schemas, shape::Shape};
use crate::contract::diff::{
    change::Change,
    finding::{Findings, Scope},
    rule::{Direction, Rule},
    spot::Spot,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn compare(shapes: &Shapes, found: &mut Findings) {
    let direction = shapes.scope.direction;
    let (old, new) = (fields(&shapes.old, direction), fields(&shapes.new, direction));
    for (name, before) in &old {
        match new.get(name) {
            Some(after) => field(shapes, name, before, after, found),
            None => note(shapes, Change::PropertyRemoved, name, before, json!(name), Value::Null, found),
        }
    }
    for (name, after) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        let is_required = shapes.new.required().contains(name);
        let change = if is_required { Change::PropertyAddedRequired } else { Change::PropertyAdded };
        note(shapes, change, name, after, Value::Null, json!(name), found);
    }
    others(shapes, found);
    names(shapes, found);
}

/// The fields that go this way: nobody sends what is only read, nobody reads what is only written.
fn fields<'a>(shape: &Shape<'a>, direction: Direction) -> BTreeMap<&'a str, Spot<'a>> {
    let hidden = match direction {
        Direction::Request => "readOnly",
        Direction::Response => "writeOnly",
    };
    let declared = shape.keywords("properties").flat_map(|spot| spot.members());
    declared.filter(|(_, at)| !Shape::of(at).flag(hidden)).collect()
}

fn field(shapes: &Shapes, name: &str, old: &Spot, new: &Spot, found: &mut Findings) {
    let presence = match (shapes.old.required().contains(name), shapes.new.required().contains(name)) {
        (false, true) => Some((Change::PropertyBecameRequired, "optional", "required")),
        (true, false) => Some((Change::PropertyBecameOptional, "required", "optional")),
        _ => None,
    };
    if let Some((change, before, after)) = presence {
        note(shapes, change, name, new, json!(before), json!(after), found);
    }
    if !Shape::of(old).flag("deprecated") && Shape::of(new).flag("deprecated") {
        note(shapes, Change::PropertyDeprecated, name, new, json!(false), json!(true), found);
    }
    compare_schemas(old, new, &shapes.scope.field(name), found);
}

fn note(shapes: &Shapes, change: Change, name: &str, at: &Spot, before: Value, after: Value, found: &mut Findings) {
    let scope: Scope = shapes.scope.field(name);
    found.note(Rule::of(scope.direction, change), &scope, &at.pointer, before, after);
}

/// What an object holds besides its declared fields.
enum Others<'a> {
    Anything,
    Nothing,
    /// Entries under free names, each of this schema.
    Entries(Spot<'a>),
}

const OTHERS: [&str; 2] = ["additionalProperties", "unevaluatedProperties"];

fn others_of<'a>(shape: &Shape<'a>) -> Others<'a> {
    let spots: Vec<_> = OTHERS.into_iter().flat_map(|keyword| shape.keywords(keyword)).collect();
    if spots.iter().any(|spot| spot.value == false) {
        return Others::Nothing;
    }
    let binds = |spot: &Spot| spot.value.as_object().is_some_and(|members| !members.is_empty());
    spots.into_iter().find(binds).map_or(Others::Anything, Others::Entries)
}

fn others(shapes: &Shapes, found: &mut Findings) {
    let keyword = OTHERS.into_iter().find(|keyword| shapes.new.keyword(keyword).is_some()).unwrap_or(OTHERS[0]);
    let (before, after) = shapes.both(keyword);
    let change = match (others_of(&shapes.old), others_of(&shapes.new)) {
        (Others::Entries(old), Others::Entries(new)) => {
            return compare_schemas(&old, &new, &shapes.scope.field("*"), found);
        }
        (Others::Entries(_), Others::Nothing) => Change::MapDropped,
        (Others::Anything, Others::Nothing | Others::Entries(_)) => Change::ExtraRefused,
        (Others::Nothing | Others::Entries(_), Others::Anything) => Change::ExtraAllowed,
        (Others::Nothing, Others::Entries(_)) => Change::ExtraAllowed,
        (Others::Anything, Others::Anything) | (Others::Nothing, Others::Nothing) => return,
    };
    shapes.note(change, keyword, before, after, found);
}

/// The names of free entries are texts with a schema of their own.
fn names(shapes: &Shapes, found: &mut Findings) {
    let (old, new) = (shapes.old.keyword("propertyNames"), shapes.new.keyword("propertyNames"));
    if old.is_some() || new.is_some() {
        let old = old.unwrap_or_else(|| shapes.old.at.anything());
        let new = new.unwrap_or_else(|| shapes.new.at.anything());
        compare_schemas(&old, &new, &shapes.scope.field("(names)"), found);
    }
}
