//! `haulgate contracts diff`: what changed, and whom it breaks.

use super::{BREAKING, Failure, mistaken};
use crate::{
    clock::Clock,
    contract::{
        Blessed, Finding, Registry,
        diff::{diff, json, text},
    },
};
use clap::{Args, ValueEnum};
use jiff::{civil::Date, tz::TimeZone};
use serde_json::{Value, json as object};
use std::path::Path;

#[derive(Debug, Args)]
pub struct Compare {
    /// What to compare with: the latest releases, or one document.
    #[arg(long, default_value = "blessed", value_name = "blessed|FILE")]
    base: String,
    /// The document to compare, instead of what the code declares.
    #[arg(long, value_name = "FILE")]
    to: Option<String>,
    /// Only this contract, such as `experience/partner.v1`; without it, the one that a file is named after.
    #[arg(long)]
    contract: Option<String>,
    /// The day that decides whether a sunset has passed; without it, today.
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Two versions of one contract; none where it is not released, or not there any more.
struct Versions {
    contract: String,
    before: Option<Value>,
    after: Value,
}

impl Compare {
    pub fn run(&self, registry: &Registry) -> Result<(), Failure> {
        let today = self.on.unwrap_or_else(|| Clock::System.now().to_zoned(TimeZone::UTC).date());
        let pairs = if self.base == "blessed" { self.with_blessed(registry)? } else { vec![self.with_file(registry)?] };
        let found = |one: &Versions| one.before.as_ref().map(|before| diff(before, &one.after, today));
        let found: Vec<_> = pairs.iter().map(|one| (one.contract.as_str(), found(one))).collect();
        match self.format {
            Format::Text => found.iter().for_each(|(contract, findings)| show(contract, findings.as_deref())),
            Format::Json => println!("{:#}", all(&found)),
        }
        let breaking = found.iter().filter_map(|(_, findings)| findings.as_ref()).flatten().filter(|one| one.breaks());
        match breaking.count() {
            0 => Ok(()),
            count => Err(Failure { message: format!("{count} changes break consumers"), code: BREAKING }),
        }
    }

    /// Every contract with its latest release. One that was released and is gone has lost all its operations.
    fn with_blessed(&self, registry: &Registry) -> Result<Vec<Versions>, Failure> {
        let blessed = Blessed::embedded();
        let now = registry.contracts.iter().map(|contract| contract.name());
        let gone = blessed.contracts.keys().filter(|name| registry.contract(name).is_none()).cloned();
        let named = self.contract.clone().or_else(|| self.to.as_deref().and_then(|file| named_by(file, registry)));
        if self.to.is_some() && named.is_none() {
            return Err(mistaken("say which contract the document is of: --contract"));
        }
        let wanted = |name: &String| named.as_ref().is_none_or(|wanted| wanted == name);
        now.chain(gone)
            .filter(wanted)
            .map(|name| {
                let before = blessed.latest(&name).map(|release| release.document()).transpose().map_err(mistaken)?;
                Ok(Versions { before, after: self.after(&name, registry)?, contract: name })
            })
            .collect()
    }

    fn with_file(&self, registry: &Registry) -> Result<Versions, Failure> {
        let files = [Some(&self.base), self.to.as_ref()];
        let named = files.into_iter().flatten().find_map(|file| named_by(file, registry));
        let name = self.contract.clone().or(named);
        if name.is_none() && self.to.is_none() {
            return Err(mistaken("say which contract the document is of: --contract"));
        }
        let contract = name.unwrap_or_else(|| self.base.clone());
        Ok(Versions { before: Some(read(&self.base)?), after: self.after(&contract, registry)?, contract })
    }

    fn after(&self, contract: &str, registry: &Registry) -> Result<Value, Failure> {
        match &self.to {
            Some(file) => read(file),
            None => Ok(registry.contract(contract).map_or_else(|| object!({}), |one| Value::clone(&one.document))),
        }
    }
}

fn read(file: &str) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| mistaken(format!("{file}: {error}")))?;
    serde_yaml_ng::from_str(&text).map_err(|error| mistaken(format!("{file}: {error}")))
}

/// The contract that a file is named after: `…/experience/partner.v1.yaml`, or a release of it.
fn named_by(file: &str, registry: &Registry) -> Option<String> {
    let path = Path::new(file);
    let names = registry.contracts.iter().map(|contract| contract.name());
    let is_of =
        |name: &String| path.ends_with(format!("{name}.yaml")) || path.parent().is_some_and(|at| at.ends_with(name));
    names.into_iter().find(is_of)
}

fn show(contract: &str, findings: Option<&[Finding]>) {
    match findings {
        None => println!("{contract}: not released yet, so it may still change\n"),
        Some([]) => println!("{contract}: nothing changed for those who call it\n"),
        Some(findings) => println!("{contract}:\n{}", text(findings)),
    }
}

fn all(found: &[(&str, Option<Vec<Finding>>)]) -> Value {
    found
        .iter()
        .map(|(contract, findings)| (contract.to_string(), findings.as_deref().map_or(Value::Null, json)))
        .collect()
}
