//! Bodies of requests: whether there is one, and in which media types.

use super::{
    finding::{Findings, Scope},
    media::{self, Medium},
    operations::Call,
    promise::Promise,
    schema,
};
use serde_json::{Value, json};

pub fn compare(before: &Call, after: &Call, found: &mut Findings) {
    let scope = Scope::request(&after.label());
    let (old, new) = (before.at.at("requestBody").resolved(), after.at.at("requestBody").resolved());
    let is_required = |body: &super::spot::Spot| body.flag("required");
    let mut note = |promise, pointer: &str, before, after| found.note(promise, &scope, pointer, before, after);
    match (old.is_there(), new.is_there()) {
        (false, false) => {}
        (true, false) => note(Promise::BodyRemoved, &old.pointer, json!("a body"), Value::Null),
        (false, true) => {
            let promise = if is_required(&new) { Promise::BodyAddedRequired } else { Promise::BodyAdded };
            note(promise, &new.pointer, Value::Null, json!("a body"));
        }
        (true, true) => {
            match (is_required(&old), is_required(&new)) {
                (false, true) => note(Promise::BodyBecameRequired, &new.pointer, json!(false), json!(true)),
                (true, false) => note(Promise::BodyBecameOptional, &new.pointer, json!(true), json!(false)),
                _ => {}
            }
            media_types(&media::of(&old), &media::of(&new), &scope, found);
        }
    }
}

fn media_types(old: &[Medium], new: &[Medium], scope: &Scope, found: &mut Findings) {
    for before in old {
        match new.iter().find(|after| after.covers(before)) {
            Some(after) => schema::compare(&before.schema(), &after.schema(), scope, found),
            None => {
                found.note(Promise::RequestMediaRemoved, scope, &before.at.pointer, json!(before.name), Value::Null);
            }
        }
    }
    for added in new.iter().filter(|after| !old.iter().any(|before| before.covers(after) || after.covers(before))) {
        found.note(Promise::RequestMediaAdded, scope, &added.at.pointer, Value::Null, json!(added.name));
    }
}
