//! Documents: every path that a page names exists, and every command it shows is one.

use clap::CommandFactory;
use haulgate::cli::Command;
use std::{fs, path::Path};

const PAGES: &[&str] = &["README.md", "ARCHITECTURE.md", "BENCHMARKS.md"];
const FOLDERS: &[&str] = &["src/", "tests/", "policies/", "openapi/", "docs/", "migrations/", "benches/", "deploy/"];

#[test]
fn every_path_a_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut missing = Vec::new();
    for page in PAGES {
        let text = fs::read_to_string(root.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
        let gone = named(&text).into_iter().filter(|path| !root.join(path).exists());
        missing.extend(gone.map(|path| format!("{page}: {path}")));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// What stands in backticks or behind a link and looks like a path of ours.
fn named(text: &str) -> Vec<&str> {
    let spans = text.split('`').skip(1).step_by(2);
    let links = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let ours = |path: &&str| {
        let plain = !path.contains(['*', ' ', '{', '<']);
        plain
            && (FOLDERS.iter().any(|folder| path.starts_with(folder))
                || path.ends_with(".md")
                || path.ends_with(".toml"))
    };
    spans.chain(links).filter(ours).filter(|path| *path != "my.toml").collect()
}

#[test]
fn every_command_the_readme_shows_is_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).expect("there is a README");
    let known: Vec<_> = Command::command().get_subcommands().map(|one| one.get_name().to_owned()).collect();
    let shown = text
        .split("`haulgate ")
        .skip(1)
        .filter_map(|rest| rest.split(|letter: char| letter == '`' || letter.is_whitespace()).next());
    let unknown: Vec<_> = shown.filter(|name| !known.iter().any(|one| one == name)).collect();
    assert!(unknown.is_empty(), "{unknown:?} are no commands; there are {known:?}");
}
