//! What has been released stays: the documents of today against their releases, and what a change of them would mean.

mod commands;
mod history;
mod partner;

use crate::contracts::in_force;
use haulgate::{
    contract::{
        Blessed, Finding,
        diff::{diff, text},
    },
    ids::sha256,
};
use jiff::civil::Date;
use std::path::Path;

/// The day these stories are told on; only sunsets depend on it.
const TODAY: Date = jiff::civil::date(2026, 6, 1);

/// The releases as they lie in the folder.
fn released() -> Blessed {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/blessed");
    Blessed::read(&folder).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn no_document_breaks_those_who_use_its_latest_release() {
    let (released, registry) = (released(), in_force());
    let mut broken = String::new();
    for (name, releases) in &released.contracts {
        let latest = releases.last().expect("a contract in the index has a release");
        let document = latest.document().unwrap_or_else(|error| panic!("{name}: {error}"));
        let now = registry.contract(name).map(|contract| contract.document.clone()).unwrap_or_default();
        let findings: Vec<_> = diff(&document, &now, TODAY).into_iter().filter(Finding::breaks).collect();
        if !findings.is_empty() {
            broken += &format!("{name} breaks its release {}:\n{}", latest.version, text(&findings));
        }
    }
    assert!(broken.is_empty(), "put what breaks into a next major version beside it:\n{broken}");
}

#[test]
fn what_was_released_is_as_it_was() {
    assert_eq!(released().mistakes(sha256), Vec::<String>::new());
}

#[test]
fn a_released_document_that_is_edited_lost_or_slipped_in_is_named() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let put = |path: &str, text: &str| {
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().expect("it lies in a folder")).expect("the folder can be made");
        std::fs::write(place, text).expect("the file can be written");
    };
    put("system/scales.v1/1.0.0.yaml", "info: {version: 1.0.0, title: Scales!}");
    put("system/scales.v1/1.1.0.yaml", "info: {version: 1.1.0}");
    let hash = sha256(b"info: {version: 1.0.0, title: Scales}");
    put(
        "index.txt",
        &format!("system/scales.v1/1.0.0.yaml {hash} 2026-06-01\nsystem/gates.v1/1.0.0.yaml {hash} 2026-06-01\n"),
    );
    let mistakes = Blessed::read(folder.path()).expect("it can be read").mistakes(sha256);
    assert_eq!(
        mistakes,
        [
            "index.txt: system/gates.v1/1.0.0.yaml is gone",
            "system/scales.v1/1.1.0.yaml does not stand in index.txt",
            "system/scales.v1/1.0.0.yaml was edited after its release",
        ]
    );
}

#[test]
fn a_document_does_not_differ_from_itself() {
    for contract in &in_force().contracts {
        assert_eq!(diff(&contract.document, &contract.document, TODAY), [], "{}", contract.name());
    }
}

#[test]
fn the_changelog_tells_what_each_release_brought() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let place = folder.path().join("system/scales.v1");
    std::fs::create_dir_all(&place).expect("the folder can be made");
    let weigh = "{operationId: weigh, responses: {'200': {description: The weight.}}}";
    let scales = "{operationId: list_scales, responses: {'200': {description: The scales.}}}";
    let put = |version: &str, paths: &str| {
        let text = format!("{{info: {{version: {version}}}, paths: {{{paths}}}}}");
        std::fs::write(place.join(format!("{version}.yaml")), &text).expect("the file can be written");
        format!("system/scales.v1/{version}.yaml {} 2026-06-01\n", sha256(text.as_bytes()))
    };
    let path = "/system/scales/v1/scales";
    let index = put("1.0.0", &format!("{path}: {{post: {weigh}}}"))
        + &put("1.1.0", &format!("{path}: {{post: {weigh}, get: {scales}}}"));
    std::fs::write(folder.path().join("index.txt"), index).expect("the file can be written");
    let releases = Blessed::read(folder.path()).expect("it can be read");
    let changelog = releases.changelog("system/scales.v1").expect("the releases can be read");
    let told: Vec<_> = changelog.iter().flat_map(|entry| &entry.findings).map(Finding::sentence).collect();
    assert_eq!(changelog.iter().map(|entry| entry.version.to_string()).collect::<Vec<_>>(), ["1.1.0", "1.0.0"]);
    assert_eq!(told, ["`GET …/scales`: the operation `list_scales` is new; clients may call it."]);
}
