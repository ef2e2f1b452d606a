//! How long a contract and its operations are promised, who answers for it, and where it is served.

use super::{
    Two,
    finding::{Findings, Scope},
    limits,
    operations::Call,
    promise::Promise,
    spot::Spot,
};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::cmp::Ordering;

/// The states of a contract, in the order it goes through them (`info.x-lifecycle`).
const STATES: [&str; 4] = ["preview", "active", "deprecated", "retired"];

/// A day, where a member names one; of an instant (RFC 3339), its date.
pub fn day(at: &Spot, member: &str) -> Option<Date> {
    at.text(member)?.get(..10)?.parse().ok()
}

pub fn of_contract(documents: &Two, found: &mut Findings) {
    let scope = Scope::request("");
    let info = Two { old: documents.old.at("info"), new: documents.new.at("info") };
    if !info.new.is_there() {
        return;
    }
    sunset(&info, &scope, found);
    states(&info, &scope, found);
    let (before, after) = (info.old.at("x-owner"), info.new.at("x-owner"));
    if before.is_there() && before.value != after.value {
        found.note(Promise::OwnerChanged, &scope, &after.pointer, before.value.clone(), after.value.clone());
    }
    limits::of_contract(&info, &scope, found);
    servers(documents, &scope, found);
}

fn states(info: &Two, scope: &Scope, found: &mut Findings) {
    let state = |at: &Spot| STATES.into_iter().position(|state| at.text("x-lifecycle") == Some(state));
    let (Some(before), Some(after)) = (state(&info.old), state(&info.new)) else { return };
    let promise = match after.cmp(&before) {
        Ordering::Equal => return,
        Ordering::Less if STATES[after] == "preview" => Promise::LifecycleWithdrawn,
        Ordering::Less => Promise::LifecycleRevived,
        Ordering::Greater if STATES[after] == "retired" && STATES[before] != "deprecated" => Promise::LifecycleSkipped,
        Ordering::Greater => Promise::LifecycleAdvanced,
    };
    let pointer = info.new.at("x-lifecycle").pointer;
    found.note(promise, scope, &pointer, json!(STATES[before]), json!(STATES[after]));
}

fn sunset(at: &Two, scope: &Scope, found: &mut Findings) {
    let promise = match (day(&at.old, "x-sunset"), day(&at.new, "x-sunset")) {
        (before, after) if before == after => return,
        (None, Some(_)) => Promise::SunsetAnnounced,
        (Some(_), None) => Promise::SunsetWithdrawn,
        (before, after) if after < before => Promise::SunsetEarlier,
        _ => Promise::SunsetLater,
    };
    let (before, after) = (at.old.at("x-sunset"), at.new.at("x-sunset"));
    found.note(promise, scope, &after.pointer, before.value.clone(), after.value.clone());
}

/// An operation may end before its contract does.
pub fn of_operation(before: &Call, after: &Call, found: &mut Findings) {
    let scope = Scope::request(&after.label());
    sunset(&Two { old: before.at.clone(), new: after.at.clone() }, &scope, found);
    let ends = after.at.at("x-sunset").is_there() || after.at.of_document("info").at("x-sunset").is_there();
    let promise = match (before.at.flag("deprecated"), after.at.flag("deprecated")) {
        (false, true) if ends => Promise::OperationDeprecated,
        (false, true) => Promise::OperationDeprecatedOpenly,
        (true, false) => Promise::OperationRevived,
        _ => return,
    };
    let pointer = after.at.at("deprecated").pointer;
    found.note(promise, &scope, &pointer, Value::Null, json!(after.id()));
}

fn servers(documents: &Two, scope: &Scope, found: &mut Findings) {
    let (old, new) = (urls(&documents.old), urls(&documents.new));
    for gone in old.iter().filter(|url| !new.contains(url)) {
        found.note(Promise::ServerRemoved, scope, "/servers", json!(gone), Value::Null);
    }
    for added in new.iter().filter(|url| !old.contains(url)) {
        found.note(Promise::ServerAdded, scope, "/servers", Value::Null, json!(added));
    }
}

fn urls<'a>(document: &Spot<'a>) -> Vec<Option<&'a str>> {
    document.at("servers").items().iter().map(|server| server.text("url")).collect()
}
