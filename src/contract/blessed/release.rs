//! The next release of a contract: whether it may be one, and under which version.

use super::{Release, Version};
use crate::contract::diff::{Finding, diff};
use jiff::civil::Date;
use serde_json::Value;
use std::fmt;

/// Why a document cannot be released under a version.
#[derive(Debug)]
pub enum Refusal {
    /// It breaks those who use the latest release: it belongs into a contract beside it.
    Breaks(Vec<Finding>),
    /// The version is not later than the latest release.
    NotLater(Version),
    /// Something was added since this release, so the minor number has to rise.
    NeedsMinor(Version),
    /// The latest release cannot be read.
    Unreadable(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Breaks(_) => {
                write!(to, "it breaks the latest release; what breaks goes into a next major version beside it")
            }
            Self::NotLater(latest) => write!(to, "{latest} is released already, and a version only rises"),
            Self::NeedsMinor(latest) => write!(to, "something was added since {latest}, so the minor number rises"),
            Self::Unreadable(why) => write!(to, "the latest release cannot be read: {why}"),
        }
    }
}

/// The document as it is released under this version; none where it says what the latest release says.
pub fn release(
    document: &Value,
    latest: Option<&Release>,
    version: Version,
    today: Date,
) -> Result<Option<Value>, Refusal> {
    let Some(latest) = latest else { return Ok(Some(as_version(document, version))) };
    let before = latest.document().map_err(Refusal::Unreadable)?;
    if same(&before, document) {
        return Ok(None);
    }
    let findings = diff(&before, document, today);
    if findings.iter().any(Finding::breaks) {
        return Err(Refusal::Breaks(findings));
    }
    if version <= latest.version {
        return Err(Refusal::NotLater(latest.version));
    }
    let adds = findings.iter().any(|one| !one.rule.is_documentation());
    if adds && version.minor == latest.version.minor {
        return Err(Refusal::NeedsMinor(latest.version));
    }
    Ok(Some(as_version(document, version)))
}

/// Whether two documents say the same, whatever version they stand under.
pub fn same(one: &Value, other: &Value) -> bool {
    let unversioned = |document: &Value| {
        let mut document = document.clone();
        document["info"]["version"] = Value::Null;
        document
    };
    unversioned(one) == unversioned(other)
}

pub fn as_version(document: &Value, version: Version) -> Value {
    let mut document = document.clone();
    document["info"]["version"] = version.to_string().into();
    document
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::written::yaml;
    use jiff::civil::date;
    use serde_json::json;

    fn released(document: &Value) -> Release {
        let version = "1.1.0".parse().expect("it is a version");
        let text = yaml(&as_version(document, version));
        Release { version, date: date(2026, 6, 1), hash: String::new(), text }
    }

    fn outcome(after: Value, version: &str) -> Result<Option<Value>, Refusal> {
        let before = json!({"info": {}, "paths": {"/things": {"get": {"operationId": "list_things"}}}});
        release(&after, Some(&released(&before)), version.parse().expect("it is a version"), date(2026, 7, 1))
    }

    fn things(members: Value) -> Value {
        json!({"info": {}, "paths": {"/things": {"get": members}}})
    }

    #[test]
    fn what_says_the_same_is_not_released_again() {
        assert!(matches!(outcome(things(json!({"operationId": "list_things"})), "1.2.0"), Ok(None)));
    }

    #[test]
    fn words_raise_the_patch_and_additions_the_minor_number() {
        let reworded = things(json!({"operationId": "list_things", "summary": "Lists things."}));
        assert!(matches!(outcome(reworded.clone(), "1.1.0"), Err(Refusal::NotLater(_))));
        let document = outcome(reworded, "1.1.1").expect("it is compatible").expect("it is new");
        assert_eq!(document["info"]["version"], "1.1.1");
        let added = things(json!({"operationId": "list_things", "parameters": [{"name": "depot", "in": "query"}]}));
        assert!(matches!(outcome(added.clone(), "1.1.1"), Err(Refusal::NeedsMinor(_))));
        assert!(matches!(outcome(added, "1.2.0"), Ok(Some(_))));
    }

    #[test]
    fn what_breaks_is_never_released_beside_the_old() {
        let renamed = things(json!({"operationId": "get_things"}));
        assert!(matches!(outcome(renamed, "1.2.0"), Err(Refusal::Breaks(findings)) if findings.len() == 1));
    }
}
