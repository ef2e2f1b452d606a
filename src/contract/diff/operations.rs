//! Operations: which are there, under which name, and how long they were promised.

use super::{
    Two,
    finding::{Findings, Scope},
    lifecycle::{self, day},
    limits, parameters,
    promise::Promise,
    requests, responses, security,
    spot::Spot,
};
use jiff::civil::Date;
use serde_json::{Value, json};

const METHODS: [&str; 7] = ["get", "put", "post", "patch", "delete", "head", "options"];

/// One operation of a document.
#[derive(Clone)]
pub struct Call<'a> {
    pub method: &'a str,
    pub path: &'a str,
    /// What all operations of the path share.
    pub item: Spot<'a>,
    pub at: Spot<'a>,
}

impl<'a> Call<'a> {
    pub fn all(document: &Spot<'a>) -> Vec<Self> {
        let of_path = |(path, item): (&'a str, Spot<'a>)| {
            let item = item.resolved();
            let methods = METHODS.into_iter().map(move |method| (method, item.at(method), item.clone()));
            methods.filter(|(_, at, _)| at.is_there()).map(move |(method, at, item)| Self { method, path, item, at })
        };
        document.at("paths").members().into_iter().flat_map(of_path).collect()
    }

    pub fn id(&self) -> &'a str {
        self.at.text("operationId").unwrap_or_default()
    }

    /// Method and path, as people say it.
    pub fn label(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// Where a request arrives: the names of the path's parameters do not matter.
    fn address(&self) -> (&'a str, String) {
        let neutral = |step: &'a str| if step.starts_with('{') { "{}" } else { step };
        (self.method, self.path.split('/').map(neutral).collect::<Vec<_>>().join("/"))
    }

    /// The path's parameters, in their order.
    pub fn path_names(&self) -> Vec<&'a str> {
        self.path.split('/').filter_map(|step| step.strip_prefix('{')?.strip_suffix('}')).collect()
    }
}

pub fn compare(documents: &Two, today: Date, found: &mut Findings) {
    let (old, new) = (Call::all(&documents.old), Call::all(&documents.new));
    for before in &old {
        match new.iter().find(|after| after.address() == before.address()) {
            Some(after) => both(documents, before, after, found),
            None => gone(documents, before, &old, &new, today, found),
        }
    }
    let is_known = |call: &Call| old.iter().any(|one| one.address() == call.address() || one.id() == call.id());
    for added in new.iter().filter(|call| !is_known(call)) {
        let scope = Scope::request(&added.label());
        found.note(Promise::OperationAdded, &scope, &added.at.pointer, Value::Null, json!(added.id()));
    }
}

/// An operation that is no longer where it was.
fn gone(documents: &Two, before: &Call, old: &[Call], new: &[Call], today: Date, found: &mut Findings) {
    let scope = Scope::request(&before.label());
    let pointer = &before.at.pointer;
    let sunset = day(&before.at, "x-sunset").or_else(|| day(&documents.old.at("info"), "x-sunset"));
    if sunset.is_some_and(|sunset| sunset < today) {
        return found.note(Promise::OperationRetired, &scope, pointer, json!(before.id()), Value::Null);
    }
    if let Some(after) = new.iter().find(|after| !after.id().is_empty() && after.id() == before.id()) {
        let scope = scope.text(before.id());
        return found.note(
            Promise::OperationMoved,
            &scope,
            &after.at.pointer,
            json!(before.label()),
            json!(after.label()),
        );
    }
    if new.iter().any(|after| after.address().1 == before.address().1) {
        return found.note(Promise::OperationRemoved, &scope, pointer, json!(before.id()), Value::Null);
    }
    let ids: Vec<_> = old.iter().filter(|call| call.path == before.path).map(Call::id).collect();
    found.note(Promise::PathRemoved, &scope, &before.item.pointer, json!(ids), Value::Null);
}

fn both(documents: &Two, before: &Call, after: &Call, found: &mut Findings) {
    names(before, after, found);
    lifecycle::of_operation(before, after, found);
    limits::of_operation(before, after, found);
    parameters::compare(before, after, found);
    requests::compare(before, after, found);
    responses::compare(before, after, found);
    security::compare(documents, before, after, found);
}

fn names(before: &Call, after: &Call, found: &mut Findings) {
    let scope = Scope::request(&after.label());
    if before.id() != after.id() {
        let pointer = after.at.at("operationId").pointer;
        found.note(Promise::OperationRenamed, &scope, &pointer, json!(before.id()), json!(after.id()));
    }
    for (old, new) in before.path_names().into_iter().zip(after.path_names()).filter(|(old, new)| old != new) {
        found.note(Promise::PathParameterRenamed, &scope, &after.item.pointer, json!(old), json!(new));
    }
    let said = |call: &Call| [call.at.text("summary"), call.at.text("description")].map(str_of);
    if said(before) != said(after) {
        found.note(Promise::OperationDocumented, &scope, &after.at.pointer, json!(said(before)), json!(said(after)));
    }
    let (old, new) = (before.at.at("tags"), after.at.at("tags"));
    if old.value != new.value {
        found.note(Promise::OperationRegrouped, &scope, &new.pointer, old.value.clone(), new.value.clone());
    }
}

fn str_of(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
