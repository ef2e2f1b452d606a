//! The documents as they grew, commit by commit, until the first release: what `contracts diff` called a break at each
//! step. The golden text names them all, for a person to judge whether a client would have noticed; since then a break
//! does not pass at all.
//!
//! Asks git. Where there is none, or only its latest commits, the story says that it was skipped.

use super::TODAY;
use haulgate::contract::diff::diff;
use serde_json::Value;
use std::{collections::BTreeMap, io::Write, process::Command};

/// The last commit that is looked at; the history before it does not change any more.
const UNTIL: &str = "42fa607";

fn git(arguments: &[&str]) -> Option<String> {
    let folder = env!("CARGO_MANIFEST_DIR");
    let output = Command::new("git").args(["-C", folder]).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A contract's document as it was in a commit; none where it was not there.
fn document(commit: &str, path: &str) -> Option<Value> {
    let text = git(&["show", &format!("{commit}:{path}")])?;
    Some(serde_yaml_ng::from_str(&text).expect("a document is YAML"))
}

/// Every document that a commit changed, before and after.
fn changes(commit: &str) -> Vec<(Value, Value)> {
    let before = format!("{commit}^");
    let changed = git(&["diff", "--name-only", &before, commit, "--", "openapi/*/*.v*.yaml"]).unwrap_or_default();
    changed.lines().filter_map(|path| Some((document(&before, path)?, document(commit, path)?))).collect()
}

/// What a commit broke, each with the number of places it shows in.
fn breaks(pairs: &[(Value, Value)]) -> BTreeMap<String, usize> {
    let findings = pairs.iter().flat_map(|(before, after)| diff(before, after, TODAY));
    let told = findings.filter(|one| one.breaks()).map(|one| format!("{}: {}", one.rule.id(), one.what));
    told.fold(BTreeMap::new(), |mut counted, one| {
        *counted.entry(one).or_default() += 1;
        counted
    })
}

#[test]
fn what_broke_before_the_first_release_is_told_and_nothing_else() {
    let whole = git(&["rev-parse", "--is-shallow-repository"]).filter(|shallow| shallow.trim() == "false");
    let commits = whole.and_then(|_| git(&["log", "--reverse", "--format=%h %s", UNTIL, "--", "openapi"]));
    let Some(commits) = commits else {
        let _ = writeln!(std::io::stderr(), "skipped: the documents' history (git does not know it here)");
        return;
    };
    let (mut lines, mut compared) = (Vec::new(), 0);
    for (commit, subject) in commits.lines().filter_map(|line| line.split_once(' ')) {
        let pairs = changes(commit);
        compared += pairs.len();
        lines.push(format!("{subject} ({} documents)", pairs.len()));
        lines.extend(breaks(&pairs).into_iter().map(|(what, places)| format!("    {places:>3} × {what}")));
    }
    lines.push(format!("{compared} documents compared with what they were"));
    insta::assert_snapshot!(lines.join("\n"));
}
