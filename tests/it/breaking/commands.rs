//! `haulgate contracts`, as CI and those who release call it: what it says, and the code it exits with.

use crate::contracts::in_force;
use haulgate::contract::yaml;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn contracts(arguments: &[&str], folder: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_haulgate"));
    let Output { status, stdout, stderr } =
        command.arg("contracts").args(arguments).current_dir(folder).output().expect("the binary runs");
    let said = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    (status.code().expect("it was not killed"), said)
}

/// A document of today, and one that lost a field.
fn documents(folder: &Path) {
    let registry = in_force();
    let mut document =
        registry.contract("experience/partner.v1").expect("partners have a contract").document.as_ref().clone();
    fs::create_dir_all(folder.join("experience")).expect("the folder can be made");
    let put =
        |name: &str, text: &str| fs::write(folder.join("experience").join(name), text).expect("it can be written");
    put("partner.v1.yaml", &yaml(&document));
    document["components"]["schemas"]["Window"]["properties"].as_object_mut().expect("it has fields").remove("until");
    put("without.yaml", &yaml(&document));
}

#[test]
fn a_break_exits_with_100_and_says_whom_it_breaks() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    documents(folder.path());
    let same = ["diff", "--base", "experience/partner.v1.yaml"];
    assert_eq!(
        contracts(&same, folder.path()),
        (0, "experience/partner.v1: nothing changed for those who call it\n\n".into())
    );
    let (code, said) = contracts(&[same.as_slice(), &["--to", "experience/without.yaml"]].concat(), folder.path());
    assert_eq!(code, 100, "{said}");
    assert!(
        said.contains("the 200 answer no longer has `preferences.window.until`; clients that read it break."),
        "{said}"
    );
    let (code, said) = contracts(&["diff", "--base", "nowhere.yaml", "--to", "experience/without.yaml"], folder.path());
    assert_eq!(code, 2, "{said}");
}

#[test]
fn files_that_differ_from_the_code_exit_with_4() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (code, said) = contracts(&["write", "--check"], folder.path());
    assert_eq!(code, 4, "{said}");
    assert_eq!(contracts(&["write"], folder.path()).0, 0);
    assert_eq!(contracts(&["write", "--check"], folder.path()), (0, String::new()));
}

#[test]
fn a_release_is_made_once_and_never_over_a_break() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let blessed = folder.path().join("openapi/blessed");
    fs::create_dir_all(&blessed).expect("the folder can be made");
    let bless = |version: &str| contracts(&["bless", version, "--contract", "experience/partner.v1"], folder.path());
    assert_eq!(bless("1.0.0"), (0, "experience/partner.v1/1.0.0.yaml\n".into()));
    assert_eq!(bless("1.0.0"), (0, String::new()), "what is released as it is, is not released again");
    let file = blessed.join("experience/partner.v1/1.0.0.yaml");
    let text = fs::read_to_string(&file).expect("it was released");
    fs::write(&file, text.replace("- cancelled\n", "")).expect("it can be written");
    let (code, said) = bless("1.1.0");
    assert!(code == 2 && said.contains("was edited after its release"), "{code}: {said}");
}

#[test]
fn a_release_that_would_break_its_users_is_refused() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let registry = in_force();
    let mut document =
        registry.contract("experience/partner.v1").expect("partners have a contract").document.as_ref().clone();
    document["components"]["schemas"]["Window"]["properties"]["zone"] = serde_json::json!({"type": "string"});
    let place = folder.path().join("openapi/blessed/experience/partner.v1");
    fs::create_dir_all(&place).expect("the folder can be made");
    let text = yaml(&document);
    fs::write(place.join("1.0.0.yaml"), &text).expect("it can be written");
    let line = format!("experience/partner.v1/1.0.0.yaml {} 2026-06-01\n", haulgate::ids::sha256(text.as_bytes()));
    fs::write(folder.path().join("openapi/blessed/index.txt"), line).expect("it can be written");
    let (code, said) = contracts(&["bless", "1.1.0"], folder.path());
    assert_eq!(code, 100, "{said}");
    assert!(said.contains("no longer has `preferences.window.zone`"), "{said}");
    assert!(!place.join("1.1.0.yaml").exists());
    assert!(!folder.path().join("openapi/blessed/process").exists(), "all of it, or nothing");
}

#[test]
fn the_list_says_whose_each_contract_is_and_where_it_stands() {
    let (code, said) = contracts(&["list"], Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(code, 0, "{said}");
    let partner = said.lines().find(|line| line.contains(" partner ")).expect("partners have a contract");
    assert!(partner.contains("Partner integration") && partner.contains("active"), "{partner}");
    assert_eq!(said.lines().count(), in_force().contracts.len() + 1);
}

#[test]
fn the_house_rules_hold() {
    assert_eq!(contracts(&["lint"], Path::new(env!("CARGO_MANIFEST_DIR"))), (0, String::new()));
}
