//! `haulgate contracts`: the published documents under `openapi/`, and what may become of them.

mod bless;
mod check;
mod compare;
mod list;
mod usage;

use super::Failure;
use crate::{
    config::Settings,
    contract::Registry,
    docs::written,
    policy::{Law, PolicyFiles},
    router,
};
use clap::Subcommand;
use std::path::{Path, PathBuf};

/// Generated files differ from the code.
const NEEDS_WRITE: u8 = 4;
/// Somebody's client would break.
const BREAKING: u8 = 100;
/// Something is wrong with what was asked or with what is there.
const MISTAKEN: u8 = 2;

#[derive(Debug, Subcommand)]
pub enum Contracts {
    /// Every contract: its released version, owner, stage, sunset and number of operations.
    List,
    /// Write every document from the code.
    Write {
        #[arg(long, default_value = "openapi")]
        to: PathBuf,
        /// Write nothing; exit with 4 where a file differs from the code.
        #[arg(long)]
        check: bool,
    },
    /// Hold the documents that are not released as they are against the house rules.
    Lint,
    /// What changed since the latest release, and whom it breaks; exit with 100 where it breaks anybody.
    Diff(compare::Compare),
    /// Release every contract that changed compatibly.
    Bless(bless::Bless),
    /// Who still calls what, how often, and when last.
    Usage(usage::Usage),
}

impl Contracts {
    /// Only `usage` asks for settings: it reads the database.
    pub fn run(&self, settings: impl FnOnce() -> Result<Settings, Failure>) -> Result<(), Failure> {
        match self {
            Self::List => list::run(&registry()?),
            Self::Write { to, check: false } => write(&registry()?, to),
            Self::Write { to, check: true } => check(&registry()?, to),
            Self::Lint => check::run(&registry()?),
            Self::Diff(compare) => compare.run(&registry()?),
            Self::Bless(bless) => bless.run(&registry()?),
            Self::Usage(usage) => usage.run(&settings()?),
        }
    }
}

/// Every contract as it is published, with what the policies say of it.
fn registry() -> Result<Registry, Failure> {
    let law = Law::join(router::registry(), &PolicyFiles::embedded()).map_err(mistaken)?;
    Ok(Registry::clone(&law.registry))
}

fn mistaken(what: impl ToString) -> Failure {
    Failure { code: MISTAKEN, ..Failure::new(what) }
}

fn write(registry: &Registry, to: &Path) -> Result<(), Failure> {
    for (path, text) in written(registry) {
        let place = to.join(&path);
        put(&place, &text)?;
        println!("{}", place.display());
    }
    Ok(())
}

fn check(registry: &Registry, to: &Path) -> Result<(), Failure> {
    let differs = |(path, text): &(String, String)| std::fs::read_to_string(to.join(path)).ok().as_ref() != Some(text);
    let stale: Vec<_> = written(registry).into_iter().filter(differs).map(|(path, _)| path).collect();
    if stale.is_empty() {
        return Ok(());
    }
    let message = format!("run `haulgate contracts write`; these differ from the code: {}", stale.join(", "));
    Err(Failure { message, code: NEEDS_WRITE })
}

fn put(place: &Path, text: &str) -> Result<(), Failure> {
    let told = |error| Failure::new(format!("{}: {error}", place.display()));
    place.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(told)?;
    std::fs::write(place, text).map_err(told)
}
