//! Answers: their statuses, bodies, headers and problem codes.

use super::{
    finding::{Findings, Scope},
    media,
    operations::Call,
    promise::Promise,
    schema,
    spot::Spot,
};
use serde_json::{Value, json};

pub fn compare(before: &Call, after: &Call, found: &mut Findings) {
    let label = after.label();
    let (old, new) = (before.at.at("responses"), after.at.at("responses"));
    for (status, one) in old.members() {
        let scope = Scope::answer(&label, status);
        match declared(&new, status) {
            Some(other) => both(&one.resolved(), &other.resolved(), &scope, found),
            None => {
                let promise = if succeeds(status) { Promise::SuccessRemoved } else { Promise::StatusRemoved };
                found.note(promise, &scope, &one.pointer, json!(status), Value::Null);
            }
        }
    }
    for (status, one) in new.members().into_iter().filter(|(status, _)| declared(&old, status).is_none()) {
        let promise = if succeeds(status) { Promise::SuccessAdded } else { Promise::StatusAdded };
        found.note(promise, &Scope::answer(&label, status), &one.pointer, Value::Null, json!(status));
    }
}

/// What is declared for a status: itself, or its class (`4XX`).
fn declared<'a>(responses: &Spot<'a>, status: &str) -> Option<Spot<'a>> {
    let class = status.get(..1).map(|first| format!("{first}XX")).unwrap_or_default();
    [status, &class].into_iter().map(|name| responses.at(name)).find(Spot::is_there)
}

/// Whether clients take the status for what they wanted; 304 comes only to those who asked for it.
fn succeeds(status: &str) -> bool {
    status.starts_with('2') || status.starts_with('3') && status != "304"
}

fn both(old: &Spot, new: &Spot, scope: &Scope, found: &mut Findings) {
    bodies(old, new, scope, found);
    headers(&old.at("headers"), &new.at("headers"), scope, found);
    codes(&old.at("x-problem-codes"), &new.at("x-problem-codes"), scope, found);
}

fn bodies(old: &Spot, new: &Spot, scope: &Scope, found: &mut Findings) {
    let (before, after) = (media::of(old), media::of(new));
    match (before.is_empty(), after.is_empty()) {
        (false, true) => {
            return found.note(
                Promise::AnswerBodyRemoved,
                scope,
                &old.at("content").pointer,
                json!("a body"),
                Value::Null,
            );
        }
        (true, false) => {
            return found.note(
                Promise::AnswerBodyAdded,
                scope,
                &new.at("content").pointer,
                Value::Null,
                json!("a body"),
            );
        }
        _ => {}
    }
    for one in &before {
        match after.iter().find(|other| one.covers(other) || other.covers(one)) {
            Some(other) => schema::compare(&one.schema(), &other.schema(), scope, found),
            None => found.note(Promise::AnswerMediaRemoved, scope, &one.at.pointer, json!(one.name), Value::Null),
        }
    }
    for added in after.iter().filter(|other| !before.iter().any(|one| one.covers(other) || other.covers(one))) {
        found.note(Promise::AnswerMediaAdded, scope, &added.at.pointer, Value::Null, json!(added.name));
    }
}

/// Header fields go by their name whatever its case (RFC 9110, section 5.1).
fn headers(old: &Spot, new: &Spot, scope: &Scope, found: &mut Findings) {
    let (old, new) = (old.members(), new.members());
    for (name, before) in &old {
        let scope = scope.text(*name);
        match new.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)) {
            Some((_, after)) => header(&before.resolved(), &after.resolved(), &scope, found),
            None => found.note(Promise::HeaderRemoved, &scope, &before.pointer, json!(name), Value::Null),
        }
    }
    for (name, added) in new.iter().filter(|(name, _)| !old.iter().any(|(one, _)| one.eq_ignore_ascii_case(name))) {
        found.note(Promise::HeaderAdded, &scope.text(*name), &added.pointer, Value::Null, json!(name));
    }
}

fn header(old: &Spot, new: &Spot, scope: &Scope, found: &mut Findings) {
    let promise = match (old.flag("required"), new.flag("required")) {
        (true, false) => Some(Promise::HeaderBecameOptional),
        (false, true) => Some(Promise::HeaderBecameRequired),
        _ => None,
    };
    if let Some(promise) = promise {
        found.note(promise, scope, &new.pointer, json!(old.flag("required")), json!(new.flag("required")));
    }
    schema::compare(&old.at("schema"), &new.at("schema"), scope, found);
}

/// A document that named no codes before tells what held.
fn codes(old: &Spot, new: &Spot, scope: &Scope, found: &mut Findings) {
    let (before, after): (Vec<_>, Vec<_>) = (old.texts().collect(), new.texts().collect());
    if before.is_empty() || after.is_empty() {
        return;
    }
    for gone in before.iter().filter(|code| !after.contains(code)) {
        found.note(Promise::ProblemCodeRemoved, scope, &new.pointer, json!(gone), Value::Null);
    }
    for added in after.iter().filter(|code| !before.contains(code)) {
        found.note(Promise::ProblemCodeAdded, scope, &new.pointer, Value::Null, json!(added));
    }
}
