//! A policy file as people wrote it: its values, and the line each of them stands in. Judges nothing.

use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A TOML file that has been read, whole.
#[derive(Clone, Debug, Default)]
pub struct Written {
    pub value: Value,
    pub lines: Lines,
}

/// The line of every value, by its JSON Pointer (RFC 6901). Lines count from 1.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<String, usize>);

/// A line of a policy file, as mistakes and explanations name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Under `policies/`.
    pub file: String,
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "policies/{}:{}", self.file, self.line)
    }
}

impl Written {
    /// Reads a file; or every line that is not TOML, and why.
    pub fn read(text: &str) -> Result<Self, Vec<(usize, String)>> {
        let starts = Starts::of(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let line = |error: &toml::de::Error| starts.line(error.span().map_or(0, |span| span.start));
            return Err(errors.iter().map(|error| (line(error), error.message().to_owned())).collect());
        }
        let mut lines = Lines(BTreeMap::from([(String::new(), 1)]));
        let value = lines.table(table.get_ref(), "", &starts);
        Ok(Self { value, lines })
    }
}

impl Lines {
    /// Where this stands, or what it would stand in.
    pub fn line(&self, pointer: &str) -> usize {
        let mut at = pointer;
        loop {
            if let Some(line) = self.0.get(at) {
                return *line;
            }
            at = at.rsplit_once('/').map_or("", |(around, _)| around);
            if at.is_empty() {
                return 1;
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>, pointer: &str, starts: &Starts) -> Value {
        let mut members = Map::new();
        for (name, value) in table {
            let at = format!("{pointer}/{}", escape(name.get_ref()));
            self.0.insert(at.clone(), starts.line(name.span().start));
            members.insert(name.get_ref().clone().into_owned(), self.value(value, &at, starts));
        }
        Value::Object(members)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, pointer: &str, starts: &Starts) -> Value {
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, pointer, starts),
            DeValue::Array(items) => {
                let one = |(index, item): (usize, &Spanned<DeValue<'_>>)| {
                    let at = format!("{pointer}/{index}");
                    self.0.insert(at.clone(), starts.line(item.span().start));
                    self.value(item, &at, starts)
                };
                Value::Array(items.iter().enumerate().map(one).collect())
            }
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Boolean(yes) => Value::from(*yes),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).map_or(Value::Null, Value::from)
            }
            DeValue::Float(number) => number.as_str().parse::<f64>().map_or(Value::Null, Value::from),
            DeValue::Datetime(instant) => Value::from(instant.to_string()),
        }
    }
}

/// Where each line begins, in bytes.
struct Starts(Vec<usize>);

impl Starts {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    fn line(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|start| *start <= offset)
    }
}

/// A reference token of a JSON Pointer (RFC 6901).
pub fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_value_has_its_line() {
        let text = "# comment\n[stop]\nscope = \"driver\"\n\n[\"a/b\".c]\nlist = [\n  1,\n  { x = 2.5 },\n]\n";
        let written = Written::read(text).unwrap();
        assert_eq!(written.value, json!({"stop": {"scope": "driver"}, "a/b": {"c": {"list": [1, {"x": 2.5}]}}}));
        let line = |pointer: &str| written.lines.line(pointer);
        assert_eq!([line("/stop"), line("/stop/scope"), line("/a~1b/c/list"), line("/a~1b/c/list/1/x")], [2, 3, 6, 8]);
        assert_eq!([line("/stop/quota"), line("/nowhere"), line("")], [2, 1, 1]);
    }

    #[test]
    fn every_line_that_is_not_toml_is_named() {
        let wrong = Written::read("a = 1\na = 2\nb = \nc = 3\n").unwrap_err();
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2, 3]);
    }
}
