//! What changed between released versions, as `haulgate contracts diff` weighs it.

use super::{
    Page,
    frame::{badge, escape, heading, link, prose},
};
use crate::{
    app::App,
    contract::{Blessed, Entry, Finding},
};
use std::{collections::BTreeMap, sync::LazyLock};

/// Every release by contract, the latest first; worked out once.
static RELEASES: LazyLock<BTreeMap<String, Vec<Entry>>> = LazyLock::new(|| {
    let blessed = Blessed::embedded();
    let entries = |name: &String| (name.clone(), blessed.changelog(name).unwrap_or_default());
    blessed.contracts.keys().map(entries).collect()
});

/// The latest released version, where there is one.
pub fn latest(contract: &str) -> Option<String> {
    Some(RELEASES.get(contract)?.first()?.version.to_string())
}

/// What each release of one contract brought.
pub fn of(contract: &str) -> String {
    match RELEASES.get(contract) {
        Some(entries) => entries.iter().map(|entry| told(None, entry)).collect(),
        None => "<p>Not released yet: it may still change.</p>\n".into(),
    }
}

/// All releases of all contracts, the latest first.
pub fn page(app: &App) -> Page {
    let lead = "What each release brought those who call. A release only ever adds: what would break a client is a next \
        major version beside the old one.";
    let known = |name: &String| app.law().registry.contract(name).is_some();
    let mut all: Vec<_> = RELEASES
        .iter()
        .filter(|(name, _)| known(name))
        .flat_map(|(name, entries)| entries.iter().map(move |entry| (name, entry)))
        .collect();
    all.sort_by(|one, other| other.1.date.cmp(&one.1.date).then(one.0.cmp(other.0)));
    let told: String = all.into_iter().map(|(name, entry)| told(Some(name), entry)).collect();
    let told = if told.is_empty() { "<p>Nothing is released yet.</p>\n".into() } else { told };
    Page { title: "Changelog".into(), body: heading("Changelog", lead) + &told }
}

fn told(contract: Option<&String>, entry: &Entry) -> String {
    let name = contract.map(|name| link(&format!("/docs/contracts/{name}"), name) + " ").unwrap_or_default();
    format!(
        "<section class=\"release\"><h3>{name}{} <time>{}</time></h3>\n{}</section>\n",
        escape(&entry.version.to_string()),
        entry.date,
        if entry.findings.is_empty() { first_or_words(entry) } else { findings(&entry.findings) },
    )
}

/// A release without findings is a contract's first, or changed only words.
fn first_or_words(entry: &Entry) -> String {
    let is_first = entry.version.minor == 0 && entry.version.patch == 0;
    let said = if is_first { "First release." } else { "Only descriptions changed." };
    format!("<p>{said}</p>")
}

fn findings(findings: &[Finding]) -> String {
    let weight = |one: &Finding| format!("{:?}", one.severity).to_lowercase();
    let item = |one: &Finding| format!("<li>{} {}</li>", badge(&weight(one), &weight(one)), prose(&one.sentence()));
    format!("<ul class=\"changes\">{}</ul>", findings.iter().map(item).collect::<String>())
}
