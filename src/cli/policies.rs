//! `haulgate policies`: the law, looked at before it is in force.

use super::Failure;
use crate::{
    policy::{Law, PolicyFiles, schemas},
    router,
};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Policies {
    /// Where the policies are read from; without it, those the binary was built with.
    #[arg(long, global = true)]
    policies: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Hold the policies against their schemas and the contracts, and list every mistake.
    Check,
    /// Write what is generated from the policies: the schemas for editors.
    Write {
        #[arg(long, default_value = "policies")]
        to: PathBuf,
    },
}

impl Policies {
    pub fn run(&self) -> Result<(), Failure> {
        match &self.action {
            Action::Check => self.check(),
            Action::Write { to } => write(to),
        }
    }

    fn check(&self) -> Result<(), Failure> {
        let law = self.law()?;
        println!("{} operations and {} consumers are governed", law.governed().count(), law.consumers().count());
        Ok(())
    }

    fn law(&self) -> Result<Law, Failure> {
        let wrong = |message: String| Failure { message, code: 2 };
        let files = match &self.policies {
            Some(directory) => PolicyFiles::from_directory(directory).map_err(wrong)?,
            None => PolicyFiles::embedded(),
        };
        Law::join(&router::registry(), &files).map_err(|mistakes| wrong(mistakes.to_string()))
    }
}

fn write(to: &Path) -> Result<(), Failure> {
    for (path, text) in schemas() {
        let place = to.join(&path);
        let folder = place.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        std::fs::write(&place, text).map_err(|error| Failure::new(format!("{}: {error}", place.display())))?;
        println!("{}", place.display());
    }
    Ok(())
}
