//! Alternatives: which schema of a `oneOf` or `anyOf` became which, which is gone, and which is new.

use super::{Shapes, compare as compare_schemas, shape::Shape};
use crate::contract::diff::{
    change::Change,
    finding::{Findings, Scope},
    rule::Rule,
    spot::Spot,
};
use serde_json::{Value, json};

pub fn compare(shapes: &Shapes, found: &mut Findings) {
    if shapes.old.alternatives.is_empty() && shapes.new.alternatives.is_empty() {
        return;
    }
    let (old, mut new) = (choices(&shapes.old), choices(&shapes.new));
    let mut gone = Vec::new();
    for before in old {
        match heir(&before, &new, &shapes.scope) {
            Some(index) => compare_schemas(&before, &new.remove(index), &shapes.scope, found),
            None => gone.push(before),
        }
    }
    if let ([before], [after]) = (gone.as_slice(), new.as_slice()) {
        compare_schemas(before, after, &shapes.scope, found);
    } else {
        gone.iter().for_each(|one| note(shapes, Change::AlternativeRemoved, one, found));
        new.iter().for_each(|one| note(shapes, Change::AlternativeAdded, one, found));
    }
    discriminators(shapes, found);
}

/// A schema without alternatives is its own only one, where the other side has some.
fn choices<'a>(shape: &Shape<'a>) -> Vec<Spot<'a>> {
    if shape.alternatives.is_empty() { vec![shape.at.clone()] } else { shape.alternatives.clone() }
}

fn note(shapes: &Shapes, change: Change, at: &Spot, found: &mut Findings) {
    let name = json!(name(at));
    let (before, after) = if change == Change::AlternativeRemoved { (name, Value::Null) } else { (Value::Null, name) };
    found.note(Rule::of(shapes.scope.direction, change), &shapes.scope, &at.pointer, before, after);
}

/// The alternative that takes another's place: the likest, where any is like it.
fn heir(old: &Spot, new: &[Spot], scope: &Scope) -> Option<usize> {
    let likeness = new.iter().map(|new| likeness(old, new, scope)).enumerate();
    let best = likeness.rev().max_by_key(|(_, likeness)| *likeness)?;
    (best.1 > 0).then_some(best.0)
}

fn likeness(old: &Spot, new: &Spot, scope: &Scope) -> u8 {
    let (tag_before, tag_after) = (tag(old), tag(new));
    if tag_before.is_some() && tag_after.is_some() {
        return if tag_before == tag_after { 3 } else { 0 };
    }
    if old.text("$ref").is_some() && old.text("$ref") == new.text("$ref") {
        return 2;
    }
    let mut found = Findings::default();
    compare_schemas(old, new, scope, &mut found);
    u8::from(!found.break_something())
}

/// The field and value that tell an alternative from the others.
fn tag<'a>(at: &Spot<'a>) -> Option<(&'a str, &'a Value)> {
    let fields = Shape::of(at).keywords("properties").flat_map(|spot| spot.members()).collect::<Vec<_>>();
    fields.into_iter().find_map(|(name, field)| match Shape::of(&field).values()?.list.as_slice() {
        [only] => Some((name, *only)),
        _ => None,
    })
}

fn name(at: &Spot) -> String {
    let reference = at.text("$ref").and_then(|pointer| pointer.rsplit('/').next()).map(str::to_owned);
    let tag = || tag(at).map(|(name, value)| format!("{name}: {value}"));
    let title = || Shape::of(at).text("title").map(str::to_owned);
    let types = || Shape::of(at).types().map(|types| types.into_iter().collect::<Vec<_>>().join(" or "));
    reference.or_else(title).or_else(tag).or_else(types).unwrap_or_else(|| "anything".into())
}

fn discriminators(shapes: &Shapes, found: &mut Findings) {
    let (before, after) = (discriminator(&shapes.old), discriminator(&shapes.new));
    if before.is_some() && before != after {
        shapes.note(Change::DiscriminatorChanged, "discriminator", json!(before), json!(after), found);
    }
}

fn discriminator<'a>(shape: &Shape<'a>) -> Option<&'a str> {
    shape.keyword("discriminator").and_then(|spot| spot.text("propertyName"))
}
