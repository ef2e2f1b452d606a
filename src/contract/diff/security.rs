//! Who may call: the tokens an operation takes, and the scopes it asks for. Each alternative of `security` is a way in;
//! scopes an operation names by itself (`x-scope`, `x-scopes`) are asked for on every way.

use super::{
    Two,
    finding::{Findings, Scope},
    operations::Call,
    promise::Promise,
    spot::Spot,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The schemes a caller must satisfy together, each with its scopes.
type Way<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

pub fn compare(documents: &Two, before: &Call, after: &Call, found: &mut Findings) {
    let scope = Scope::request(&after.label());
    let (old, new) = (ways(&documents.old, before), ways(&documents.new, after));
    let pointer = after.at.at("security").pointer;
    let mut note = |promise, before, after| found.note(promise, &scope, &pointer, before, after);
    match (is_open(&old), is_open(&new)) {
        (true, true) => return,
        (true, false) => return note(Promise::TokenAsked, Value::Null, json!(shown(&new))),
        (false, true) => return note(Promise::TokenDropped, json!(shown(&old)), Value::Null),
        (false, false) => {}
    }
    for way in old.iter().filter(|way| !new.iter().any(|other| leads(other, way))) {
        note(Promise::WayInRemoved, json!(shown(std::slice::from_ref(way))), Value::Null);
    }
    for way in new.iter().filter(|way| !old.iter().any(|other| schemes(way) == schemes(other))) {
        note(Promise::WayInAdded, Value::Null, json!(shown(std::slice::from_ref(way))));
    }
    let asked = if names_scopes(&documents.old) { Promise::ScopeAdded } else { Promise::ScopesDocumented };
    for (one, other) in same_way(&old, &new) {
        let (one, other) = (scopes(one), scopes(other));
        other.difference(&one).for_each(|scope| note(asked, Value::Null, json!(scope)));
        one.difference(&other).for_each(|scope| note(Promise::ScopeRemoved, json!(scope), Value::Null));
    }
}

/// How callers prove who they are, under the same name.
pub fn schemes_of(documents: &Two, found: &mut Findings) {
    let binding = ["type", "scheme", "in", "name", "openIdConnectUrl", "flows"];
    let new = declared(&documents.new);
    for (name, before) in declared(&documents.old).members() {
        let after = new.at(name);
        if after.is_there() && binding.iter().any(|member| before.at(member).value != after.at(member).value) {
            let scope = Scope::request("").text(name);
            found.note(Promise::SchemeChanged, &scope, &after.pointer, before.value.clone(), after.value.clone());
        }
    }
}

fn declared<'a>(document: &Spot<'a>) -> Spot<'a> {
    document.at("components").at("securitySchemes")
}

fn ways<'a>(document: &Spot<'a>, call: &Call<'a>) -> Vec<Way<'a>> {
    let own = call.at.at("security");
    let asked = if own.is_there() { own } else { document.at("security") };
    let named = |member: &str| call.at.at(member).texts().chain(call.at.text(member)).collect::<Vec<_>>();
    let extra = [named("x-scope"), named("x-scopes")].concat();
    let way = |requirement: Spot<'a>| -> Way<'a> {
        let scopes = |at: &Spot<'a>| at.texts().chain(extra.iter().copied()).collect();
        requirement.members().iter().map(|(name, at)| (*name, scopes(at))).collect()
    };
    asked.items().into_iter().map(way).collect()
}

/// No requirement at all, or an empty one: nobody has to prove anything.
fn is_open(ways: &[Way]) -> bool {
    ways.is_empty() || ways.iter().any(BTreeMap::is_empty)
}

/// Whether the document speaks of scopes anywhere; one that does not is silent, not open.
fn names_scopes(document: &Spot) -> bool {
    let calls = Call::all(document);
    calls.iter().any(|call| ways(document, call).iter().any(|way| !scopes(way).is_empty()))
}

fn schemes<'a>(way: &Way<'a>) -> Vec<&'a str> {
    way.keys().copied().collect()
}

/// Whether callers who come this way have all the schemes that the other asks for.
fn leads(other: &Way, way: &Way) -> bool {
    other.keys().all(|scheme| way.contains_key(scheme))
}

fn scopes<'a>(way: &Way<'a>) -> BTreeSet<&'a str> {
    way.values().flatten().copied().collect()
}

/// The way that callers can go on to take: of several, the one that asks for least more.
fn same_way<'b, 'a>(old: &'b [Way<'a>], new: &'b [Way<'a>]) -> Vec<(&'b Way<'a>, &'b Way<'a>)> {
    let heir = |one: &'b Way<'a>| {
        let alike = new.iter().filter(|other| leads(other, one));
        alike.min_by_key(|other| scopes(other).difference(&scopes(one)).count()).map(|other| (one, other))
    };
    old.iter().filter_map(heir).collect()
}

fn shown(ways: &[Way]) -> String {
    ways.iter().map(|way| schemes(way).join(" with ")).collect::<Vec<_>>().join(" or ")
}
