//! Findings as people read them, and as programs do.

use super::{Finding, Severity};
use serde_json::{Value, json as object};

/// Most operations that are named in a sentence.
const MOST_NAMED: usize = 2;

impl Finding {
    /// The sentence for whoever calls the operation.
    pub fn sentence(&self) -> String {
        let where_it_shows = match self.operations.len() {
            0 => "the contract".to_owned(),
            _ => places(&self.operations),
        };
        format!("{where_it_shows}: {}; {}.", self.what, self.why)
    }
}

fn places(operations: &[String]) -> String {
    let named = operations.iter().take(MOST_NAMED).map(|operation| format!("`{}`", short(operation)));
    let named = named.collect::<Vec<_>>().join(", ");
    match operations.len().saturating_sub(MOST_NAMED) {
        0 => named,
        1 => format!("{named} and one more"),
        more => format!("{named} and {more} more"),
    }
}

/// Without what all paths of a contract begin with: `GET /experience/partner/v1/shipments` is `GET …/shipments`.
fn short(operation: &str) -> String {
    let Some((method, path)) = operation.split_once(' ') else { return operation.to_owned() };
    let steps: Vec<_> = path.splitn(5, '/').collect();
    match steps.as_slice() {
        ["", _, _, version, rest] if version.starts_with('v') => format!("{method} …/{rest}"),
        _ => operation.to_owned(),
    }
}

/// One block a finding: its weight and rule, the sentence, and where it shows.
pub fn text(findings: &[Finding]) -> String {
    let block = |one: &Finding| {
        let weight = match one.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let (rule, sentence, pointer) = (one.rule.id(), one.sentence(), &one.pointer);
        format!("{weight:<8}{rule}\n        {sentence}\n        #{pointer}: {} → {}\n", one.before, one.after)
    };
    findings.iter().map(block).collect()
}

pub fn json(findings: &[Finding]) -> Value {
    let entry = |one: &Finding| {
        object!({
            "rule": one.rule.id(), "severity": one.severity, "operations": one.operations, "pointer": one.pointer,
            "before": one.before, "after": one.after, "what": one.what, "why": one.why,
        })
    };
    findings.iter().map(entry).collect()
}
