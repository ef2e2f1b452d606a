//! What is wrong with `access.cedar`, each with its line.

use cedar_policy::{ParseErrors, PolicySet, Schema, ValidationMode, Validator};
use miette::Diagnostic;

pub(super) const FILE: &str = "policies/access.cedar";

/// What keeps the text from being read.
pub(super) fn unreadable(text: &str, errors: &ParseErrors) -> Vec<String> {
    errors.iter().map(|error| placed(text, error)).collect()
}

/// What the rules say that the schema does not know, or that can never be.
pub(super) fn invalid(text: &str, rules: &PolicySet, schema: Schema) -> Vec<String> {
    let result = Validator::new(schema).validate(rules, ValidationMode::Strict);
    let errors = result.validation_errors().map(|error| placed(text, error));
    errors.chain(result.validation_warnings().map(|warning| placed(text, warning))).collect()
}

fn placed(text: &str, error: &dyn Diagnostic) -> String {
    let start = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
    let message = error.to_string();
    let help = error.help().map(|help| format!(" ({help})")).unwrap_or_default();
    match start {
        Some(start) => format!("{FILE}:{}: {message}{help}", line_of(text, start)),
        None => format!("{FILE}: {message}{help}"),
    }
}

/// The line an offset lies on, counted from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
