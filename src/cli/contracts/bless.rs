//! `haulgate contracts bless`: releases what changed compatibly, and refuses the rest. All of it, or nothing.

use super::{BREAKING, Failure, MISTAKEN, mistaken, put};
use crate::{
    clock::Clock,
    contract::{Blessed, Contract, INDEX, Refusal, Registry, Version, diff::text, release, yaml},
    ids::sha256,
};
use clap::Args;
use jiff::tz::TimeZone;
use serde_json::Value;
use std::{fmt::Write, path::PathBuf};

#[derive(Debug, Args)]
pub struct Bless {
    /// Such as 1.2.0: additions raise the second number, words the third. What breaks is another contract, 2.0.0.
    version: Version,
    /// Only these contracts, such as `experience/partner.v1`; without it, every one of the version's major number.
    #[arg(long)]
    contract: Vec<String>,
    /// Where the documents lie.
    #[arg(long, default_value = "openapi")]
    documents: PathBuf,
}

impl Bless {
    pub fn run(&self, registry: &Registry) -> Result<(), Failure> {
        let folder = self.documents.join("blessed");
        let blessed = Blessed::read(&folder).map_err(mistaken)?;
        let mistakes = blessed.mistakes(sha256);
        if !mistakes.is_empty() {
            return Err(mistaken(mistakes.join("\n")));
        }
        let today = Clock::System.now().to_zoned(TimeZone::UTC).date();
        let judged = |contract: &Contract| {
            let latest = blessed.latest(&contract.name());
            (contract.name(), release(&contract.document, latest, self.version, today))
        };
        let judged: Vec<_> = self.chosen(registry)?.into_iter().map(judged).collect();
        refuse(&judged)?;
        let mut index = std::fs::read_to_string(folder.join(INDEX)).unwrap_or_default();
        for (name, document) in judged.into_iter().filter_map(|(name, outcome)| Some((name, outcome.ok()??))) {
            let (path, text) = (format!("{name}/{}.yaml", self.version), yaml(&document));
            put(&folder.join(&path), &text)?;
            put(&self.documents.join(format!("{name}.yaml")), &text)?;
            writeln!(index, "{path} {} {today}", sha256(text.as_bytes())).expect("a string takes any text");
            println!("{path}");
        }
        put(&folder.join(INDEX), &index)
    }

    fn chosen<'a>(&self, registry: &'a Registry) -> Result<Vec<&'a Contract>, Failure> {
        let unknown: Vec<_> = self.contract.iter().filter(|name| registry.contract(name).is_none()).cloned().collect();
        if !unknown.is_empty() {
            return Err(mistaken(format!("no such contract: {}", unknown.join(", "))));
        }
        let named = |name: String| self.contract.is_empty() || self.contract.contains(&name);
        let of_major = registry.contracts.iter().filter(|contract| contract.version == self.version.major);
        Ok(of_major.filter(|contract| named(contract.name())).map(AsRef::as_ref).collect())
    }
}

/// Tells every refusal; a break weighs most.
fn refuse(judged: &[(String, Result<Option<Value>, Refusal>)]) -> Result<(), Failure> {
    let refused = || judged.iter().filter_map(|(name, outcome)| Some((name, outcome.as_ref().err()?)));
    if refused().next().is_none() {
        return Ok(());
    }
    let told = |(name, why): (&String, &Refusal)| match why {
        Refusal::Breaks(findings) => format!("{name}: {why}\n{}", text(findings)),
        _ => format!("{name}: {why}"),
    };
    let breaks = refused().any(|(_, why)| matches!(why, Refusal::Breaks(_)));
    let message = refused().map(told).collect::<Vec<_>>().join("\n");
    Err(Failure { message, code: if breaks { BREAKING } else { MISTAKEN } })
}
