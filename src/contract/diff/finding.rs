//! What was found: a rule, where it shows, and the sentence for whoever calls the operation.

use super::{
    rule::{Direction, Rule, Severity},
    spot::Spot,
};
use serde_json::Value;
use std::collections::HashMap;

/// One difference between two versions of a contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub rule: Rule,
    pub severity: Severity,
    /// The operations it shows in, as method and path; none where it concerns the contract as a whole.
    pub operations: Vec<String>,
    /// JSON Pointer (RFC 6901) into the new document; into the old one for what is gone.
    pub pointer: String,
    pub before: Value,
    pub after: Value,
    /// What has happened, without where and why.
    pub what: String,
    /// Why it breaks whom, or why it breaks nobody.
    pub why: String,
}

impl Finding {
    /// Whether somebody's client breaks.
    pub fn breaks(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Where a comparison stands, in the words of whoever calls the operation.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Method and path; empty for the contract as a whole.
    pub operation: String,
    pub direction: Direction,
    /// The request, or one of the answers.
    pub part: String,
    /// The field within the part, such as `eta.at`; empty for the whole body.
    pub field: String,
    /// Parameters and header fields are text, which cannot say null.
    pub is_text: bool,
    /// The schemas that are being compared, so that a schema within itself ends.
    trail: Vec<(String, String)>,
}

impl Scope {
    pub fn request(operation: &str) -> Self {
        let (operation, part) = (operation.to_owned(), "the request".to_owned());
        Self { operation, direction: Direction::Request, part, field: String::new(), is_text: false, trail: vec![] }
    }

    pub fn answer(operation: &str, status: &str) -> Self {
        let part = format!("the {status} answer");
        Self { direction: Direction::Response, part, ..Self::request(operation) }
    }

    /// A parameter or header field of this part.
    pub fn text(&self, field: impl Into<String>) -> Self {
        Self { field: field.into(), is_text: true, ..self.clone() }
    }

    /// Whether this is a parameter of the path, whose steps are never empty.
    pub fn is_in_path(&self) -> bool {
        self.is_text && self.field.starts_with('{')
    }

    pub fn field(&self, name: &str) -> Self {
        let field = if self.field.is_empty() { name.to_owned() } else { format!("{}.{name}", self.field) };
        Self { field, ..self.clone() }
    }

    pub fn item(&self) -> Self {
        Self { field: format!("{}[]", self.field), ..self.clone() }
    }

    /// The same place, unless these two are being compared already.
    pub fn entering(&self, old: &Spot, new: &Spot) -> Option<Self> {
        let step = (old.resolved().pointer, new.resolved().pointer);
        let mut inner = self.clone();
        (!inner.trail.contains(&step)).then(|| {
            inner.trail.push(step);
            inner
        })
    }

    fn field_name(&self) -> String {
        if self.field.is_empty() { "the body".into() } else { format!("`{}`", self.field) }
    }
}

/// The findings of a comparison: what shows in many operations is one finding.
#[derive(Debug, Default)]
pub struct Findings {
    all: Vec<Finding>,
    known: HashMap<(Rule, String, String), usize>,
}

impl Findings {
    pub fn note(&mut self, rule: impl Into<Rule>, scope: &Scope, pointer: &str, before: Value, after: Value) {
        let rule = rule.into();
        let key = (rule, pointer.to_owned(), format!("{before}>{after}"));
        let index = *self.known.entry(key).or_insert(self.all.len());
        if index == self.all.len() {
            let fill = |sentence: &str| fill(sentence, scope, &before, &after);
            let (what, why) = (fill(rule.what()), fill(rule.why()));
            let (operations, pointer, severity) = (vec![], pointer.to_owned(), rule.severity());
            self.all.push(Finding { rule, severity, operations, pointer, before, after, what, why });
        }
        let operations = &mut self.all[index].operations;
        if !scope.operation.is_empty() && !operations.contains(&scope.operation) {
            operations.push(scope.operation.clone());
        }
    }

    pub fn break_something(&self) -> bool {
        self.all.iter().any(Finding::breaks)
    }

    /// Nothing was promised: what would break is worth a look, no more.
    pub fn forgive(&mut self) {
        self.all.iter_mut().for_each(|one| one.severity = one.severity.max(Severity::Warning));
    }

    /// The gravest first; what weighs the same in the order of the document.
    pub fn sorted(mut self) -> Vec<Finding> {
        self.all.sort_by_key(|one| one.severity);
        self.all
    }
}

fn fill(sentence: &str, scope: &Scope, before: &Value, after: &Value) -> String {
    let filled = sentence.replace("{part}", &scope.part).replace("{field}", &scope.field_name());
    filled.replace("{before}", &shown(before)).replace("{after}", &shown(after))
}

/// A value within a sentence.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".into(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
