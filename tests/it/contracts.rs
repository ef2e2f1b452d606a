//! Answers held against their contracts, and the checked-in documents against the code.

use crate::people::Answered;
use haulgate::{
    app::App,
    contract::{Contract, Operation, written},
    router,
};
use std::{fs, path::Path, sync::Arc};

/// Fails the story that saw an answer its contract does not declare.
pub fn hold(app: &App, method: &str, path: &str, answered: &Answered) {
    let Some((contract, operation)) = declared(app, method, path) else { return };
    let shown = format!("{} answered {} with {}", operation.key, answered.status, answered.text());
    let declared = format!(
        "/paths/{}/{}/responses/{}",
        operation.path.replace('~', "~0").replace('/', "~1"),
        operation.method.to_lowercase(),
        answered.status
    );
    assert!(contract.document.pointer(&declared).is_some(), "undeclared status: {shown}");
    let media = answered.maybe("content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default();
    if answered.body.is_empty() || !media.ends_with("json") || method == "HEAD" {
        return;
    }
    let (route, verb) = (&operation.path, &operation.method);
    let departures = app.schemas.check_answer(&contract, route, verb, answered.status, media, &answered.json());
    let departures = departures.unwrap_or_else(|| panic!("undeclared body ({media}): {shown}"));
    assert!(departures.is_empty(), "outside the contract: {departures:?}: {shown}");
}

fn declared(app: &App, method: &str, path: &str) -> Option<(Arc<Contract>, Arc<Operation>)> {
    let asked = if method == "HEAD" { "GET" } else { method };
    app.registry.routes().find(|(_, one)| one.method == asked && fits(&one.path, path)).cloned()
}

fn fits(template: &str, path: &str) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(&given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
}

#[test]
fn the_documents_are_what_the_code_declares() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi");
    let differs = |(path, text): &(String, String)| fs::read_to_string(folder.join(path)).ok().as_ref() != Some(text);
    let stale: Vec<_> = written(&router::registry()).into_iter().filter(differs).map(|(path, _)| path).collect();
    assert!(stale.is_empty(), "openapi/ differs from the code: run `cargo run -- contracts write`: {stale:?}");
}
