//! A schema as it works, however it is written: what it refers to and every part of its `allOf` count as one, and
//! `oneOf: [null, X]` is an X that may be null.

use crate::contract::diff::spot::Spot;
use serde_json::Value;
use std::collections::BTreeSet;

pub struct Shape<'a> {
    pub at: Spot<'a>,
    /// The schema itself, what it refers to, and the parts of its `allOf`.
    parts: Vec<Spot<'a>>,
    /// The schemas of a `oneOf` or `anyOf`, null aside; none where only one is left.
    pub alternatives: Vec<Spot<'a>>,
    /// The values of all alternatives, where each of them only lists its own.
    listed: Option<Vec<&'a Value>>,
    allows_null: bool,
}

/// The values a schema lists.
pub struct Values<'a> {
    pub list: Vec<&'a Value>,
    /// Readers were told that values may be added.
    pub is_extensible: bool,
    pub keyword: &'static str,
}

impl<'a> Shape<'a> {
    pub fn of(at: &Spot<'a>) -> Self {
        let mut shape = Self { at: at.clone(), parts: vec![], alternatives: vec![], listed: None, allows_null: false };
        shape.gather(at);
        shape.listed = shape.listed_alternatives();
        if shape.listed.is_some() {
            shape.alternatives.clear();
        }
        shape
    }

    fn gather(&mut self, part: &Spot<'a>) {
        if self.parts.iter().any(|known| known.pointer == part.pointer) {
            return;
        }
        self.parts.push(part.clone());
        part.referred().into_iter().chain(part.at("allOf").items()).for_each(|inner| self.gather(&inner));
        for join in ["oneOf", "anyOf"] {
            let (nulls, mut others): (Vec<_>, Vec<_>) = part.at(join).items().into_iter().partition(is_null);
            self.allows_null |= !nulls.is_empty();
            if others.len() == 1 {
                others.drain(..).for_each(|only| self.gather(&only));
            } else if self.alternatives.is_empty() {
                self.alternatives = others;
            }
        }
    }

    fn listed_alternatives(&self) -> Option<Vec<&'a Value>> {
        let listed = self.alternatives.iter().map(|one| Shape::of(one).values().map(|values| values.list));
        let listed: Vec<_> = listed.collect::<Option<Vec<_>>>()?.concat();
        (!listed.is_empty()).then_some(listed)
    }

    /// A keyword wherever it stands; the first, where it stands twice.
    pub fn keyword(&self, keyword: &str) -> Option<Spot<'a>> {
        self.keywords(keyword).next()
    }

    pub fn keywords(&self, keyword: &str) -> impl Iterator<Item = Spot<'a>> {
        self.parts.iter().map(move |part| part.at(keyword)).filter(Spot::is_there)
    }

    pub fn text(&self, keyword: &str) -> Option<&'a str> {
        self.keyword(keyword).and_then(|spot| spot.value.as_str())
    }

    pub fn flag(&self, keyword: &str) -> bool {
        self.keywords(keyword).any(|spot| spot.value == true)
    }

    /// The types it takes, null aside; nothing where it takes any.
    pub fn types(&self) -> Option<BTreeSet<&'a str>> {
        let declared = self.keywords("type").map(|spot| names(&spot)).reduce(|one, other| &one & &other);
        let types = declared.or_else(|| self.implied_types())?;
        Some(types.into_iter().filter(|name| *name != "null").collect())
    }

    fn implied_types(&self) -> Option<BTreeSet<&'a str>> {
        if let Some(values) = self.values() {
            return Some(values.list.into_iter().map(type_of).collect());
        }
        let alternatives = self.alternatives.iter().map(|one| Shape::of(one).types());
        if let Some(types) = alternatives.collect::<Option<Vec<_>>>().filter(|types| !types.is_empty()) {
            return Some(types.into_iter().flatten().collect());
        }
        let implied = [("properties", "object"), ("items", "array")];
        let implied = implied.into_iter().find(|(keyword, _)| self.keyword(keyword).is_some());
        implied.map(|(_, name)| BTreeSet::from([name]))
    }

    pub fn allows_null(&self) -> bool {
        let mut declared = self.keywords("type").map(|spot| names(&spot)).peekable();
        let lists_null = || self.keywords("enum").any(|spot| spot.items().iter().any(|item| item.value.is_null()));
        match declared.peek() {
            Some(_) => self.allows_null || declared.all(|names| names.contains("null")),
            None => self.allows_null || lists_null(),
        }
    }

    pub fn values(&self) -> Option<Values<'a>> {
        let open = |spot: &Spot| spot.value == true || spot.value.is_array();
        let is_extensible = self.keywords("x-extensible-enum").any(|spot| open(&spot));
        let common = |mut one: Vec<&'a Value>, other: Vec<&Value>| {
            one.retain(|value| other.contains(value));
            one
        };
        let written = |keyword: &'static str| {
            let list = self.keywords(keyword).map(|spot| listed(&spot)).filter(|list| !list.is_empty());
            list.reduce(common).map(|list| Values { list, is_extensible, keyword })
        };
        let alternatives = || self.listed.clone().map(|list| Values { list, is_extensible, keyword: "oneOf" });
        ["const", "enum", "x-extensible-enum"].into_iter().find_map(written).or_else(alternatives)
    }

    /// The names of the fields that must be there.
    pub fn required(&self) -> BTreeSet<&'a str> {
        self.keywords("required").flat_map(|spot| spot.texts()).collect()
    }
}

fn is_null(spot: &Spot) -> bool {
    let at = spot.resolved();
    at.text("type") == Some("null") || at.at("enum").value == &Value::from(vec![Value::Null])
}

fn names<'a>(spot: &Spot<'a>) -> BTreeSet<&'a str> {
    spot.value.as_str().into_iter().chain(spot.texts()).collect()
}

fn listed<'a>(spot: &Spot<'a>) -> Vec<&'a Value> {
    match spot.value {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).collect(),
        Value::Bool(_) if spot.pointer.ends_with("/x-extensible-enum") => vec![],
        single => vec![single],
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
