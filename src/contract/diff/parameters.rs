//! Parameters: of the path, the query, the header and the cookies.

use super::{
    finding::{Findings, Scope},
    operations::Call,
    promise::Promise,
    schema,
    spot::Spot,
};
use serde_json::{Value, json};

struct Parameter<'a> {
    name: &'a str,
    place: &'a str,
    at: Spot<'a>,
    /// A path's parameter is known by where it stands, not by its name.
    position: Option<usize>,
}

pub fn compare(before: &Call, after: &Call, found: &mut Findings) {
    let scope = Scope::request(&after.label());
    let (old, new) = (Parameter::all(before), Parameter::all(after));
    for one in &old {
        match new.iter().find(|other| one.is_same(other)) {
            Some(other) => both(one, other, &scope, found),
            None => gone(one, &new, &scope, found),
        }
    }
    for added in new.iter().filter(|new| !old.iter().any(|old| old.is_same(new) || old.is_namesake(new))) {
        let promise = if added.is_required() { Promise::ParameterAddedRequired } else { Promise::ParameterAdded };
        let scope = scope.text(added.shown());
        found.note(promise, &scope, &added.at.pointer, Value::Null, json!(added.name));
    }
}

impl<'a> Parameter<'a> {
    /// The operation's own, and those of its path that it does not declare itself.
    fn all(call: &Call<'a>) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for at in call.at.at("parameters").items().into_iter().chain(call.item.at("parameters").items()) {
            let at = at.resolved();
            let (name, place) = (at.text("name").unwrap_or_default(), at.text("in").unwrap_or_default());
            let position = call.path_names().iter().position(|one| place == "path" && *one == name);
            let parameter = Self { name, place, at, position };
            if !all.iter().any(|known| known.is_same(&parameter)) {
                all.push(parameter);
            }
        }
        all
    }

    fn is_same(&self, other: &Self) -> bool {
        let name = |one: &Self| if one.place == "header" { one.name.to_lowercase() } else { one.name.to_owned() };
        let by_name = name(self) == name(other) && self.position.is_none();
        self.place == other.place && self.position == other.position && (by_name || self.position.is_some())
    }

    fn is_namesake(&self, other: &Self) -> bool {
        self.name == other.name && self.place != other.place
    }

    fn is_required(&self) -> bool {
        self.at.flag("required")
    }

    /// As it is written in a request.
    fn shown(&self) -> String {
        match self.place {
            "query" => format!("?{}", self.name),
            "path" => format!("{{{}}}", self.name),
            _ => self.name.to_owned(),
        }
    }

    /// How its value is written (OpenAPI 3.1, section 4.8.12).
    fn writing(&self) -> String {
        let usual = if ["query", "cookie"].contains(&self.place) { "form" } else { "simple" };
        let style = self.at.text("style").unwrap_or(usual);
        let explode = self.at.at("explode").value.as_bool().unwrap_or(style == "form");
        if explode { format!("{style}, exploded") } else { style.to_owned() }
    }
}

fn gone(one: &Parameter, new: &[Parameter], scope: &Scope, found: &mut Findings) {
    let scope = scope.text(one.shown());
    if let Some(other) = new.iter().find(|other| one.is_namesake(other)) {
        let (before, after) = (json!(one.place), json!(other.place));
        return found.note(Promise::ParameterMoved, &scope, &other.at.pointer, before, after);
    }
    let is_ignored = ["header", "cookie"].contains(&one.place);
    let promise = if is_ignored { Promise::HeaderParameterRemoved } else { Promise::ParameterRemoved };
    found.note(promise, &scope, &one.at.pointer, json!(one.name), Value::Null);
}

fn both(old: &Parameter, new: &Parameter, scope: &Scope, found: &mut Findings) {
    let scope = scope.text(new.shown());
    let pointer = &new.at.pointer;
    match (old.is_required(), new.is_required()) {
        (false, true) => found.note(Promise::ParameterBecameRequired, &scope, pointer, json!(false), json!(true)),
        (true, false) => found.note(Promise::ParameterBecameOptional, &scope, pointer, json!(true), json!(false)),
        _ => {}
    }
    if old.writing() != new.writing() {
        found.note(Promise::ParameterSerialised, &scope, pointer, json!(old.writing()), json!(new.writing()));
    }
    if !old.at.flag("deprecated") && new.at.flag("deprecated") {
        found.note(Promise::ParameterDeprecated, &scope, pointer, json!(false), json!(true));
    }
    schema::compare(&old.at.at("schema"), &new.at.at("schema"), &scope, found);
}
