//! A place in a document: a value, and the JSON Pointer (RFC 6901) that leads to it. What is absent is `null`.

use serde_json::Value;

/// The longest chain of references that is followed.
const MOST_HOPS: usize = 16;

static NOTHING: Value = Value::Null;
static ANYTHING: Value = Value::Bool(true);

#[derive(Clone, Debug)]
pub struct Spot<'a> {
    document: &'a Value,
    pub pointer: String,
    pub value: &'a Value,
}

impl<'a> Spot<'a> {
    pub fn root(document: &'a Value) -> Self {
        Self { document, pointer: String::new(), value: document }
    }

    /// A member of the whole document.
    pub fn of_document(&self, member: &str) -> Self {
        Self::root(self.document).at(member)
    }

    pub fn at(&self, member: &str) -> Self {
        let value = self.value.get(member).unwrap_or(&NOTHING);
        Self { document: self.document, pointer: format!("{}/{}", self.pointer, escape(member)), value }
    }

    /// The schema that takes anything, as if it stood here: what an absent `items` means.
    pub fn anything(&self) -> Self {
        Self { value: &ANYTHING, ..self.clone() }
    }

    pub fn is_there(&self) -> bool {
        !self.value.is_null()
    }

    pub fn text(&self, member: &str) -> Option<&'a str> {
        self.value.get(member).and_then(Value::as_str)
    }

    pub fn flag(&self, member: &str) -> bool {
        self.value.get(member).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The members of an object.
    pub fn members(&self) -> Vec<(&'a str, Self)> {
        let names = self.value.as_object().into_iter().flat_map(|members| members.keys());
        names.map(|name| (name.as_str(), self.at(name))).collect()
    }

    /// The items of an array.
    pub fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        let spot =
            |(index, value)| Self { document: self.document, pointer: format!("{}/{index}", self.pointer), value };
        items.map(spot).collect()
    }

    /// The texts of an array.
    pub fn texts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.value.as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// Where this refers to, and there where that refers to.
    pub fn resolved(&self) -> Self {
        let follow = |spot: &Self| spot.referred();
        std::iter::successors(Some(self.clone()), follow).take(MOST_HOPS).last().unwrap_or_else(|| self.clone())
    }

    /// The target of this place's `$ref`, where it has one within its document.
    pub fn referred(&self) -> Option<Self> {
        let pointer = self.text("$ref")?.strip_prefix('#')?;
        let value = self.document.pointer(pointer)?;
        Some(Self { document: self.document, pointer: pointer.to_owned(), value })
    }
}

/// A reference token of a JSON Pointer (RFC 6901).
fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}
