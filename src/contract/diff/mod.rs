//! What has changed between two versions of a contract, as those who call it see it.
//!
//! A document is walked once, operation by operation; schemas are compared in the direction their data goes: requests
//! may take more, answers may hold less, and nothing else is compatible. Every rule stands in `rule.rs`, with an
//! example that meets it and one that does not in `examples/`.
//!
//! Descriptions and examples are not compared, nor are callbacks and links, which no document of ours has.

mod change;
mod finding;
mod lifecycle;
mod limits;
mod media;
mod operations;
mod parameters;
mod promise;
mod render;
mod requests;
mod responses;
mod rule;
mod schema;
mod security;
mod spot;

#[cfg(test)]
mod examples;

use finding::Findings;
use jiff::civil::Date;
use serde_json::Value;
use spot::Spot;

pub use finding::Finding;
pub use render::{json, text};
pub use rule::{Rule, Severity};

/// A part of both documents, side by side.
struct Two<'a> {
    old: Spot<'a>,
    new: Spot<'a>,
}

/// Every difference that somebody could notice, the gravest first. `today` decides whether a sunset has passed. A
/// preview promises nothing, so that what changes in it is a warning at most.
pub fn diff(old: &Value, new: &Value, today: Date) -> Vec<Finding> {
    let documents = Two { old: Spot::root(old), new: Spot::root(new) };
    let mut found = Findings::default();
    operations::compare(&documents, today, &mut found);
    security::schemes_of(&documents, &mut found);
    lifecycle::of_contract(&documents, &mut found);
    if old.pointer("/info/x-lifecycle").is_some_and(|stage| stage == "preview") {
        found.forgive();
    }
    found.sorted()
}
