//! `haulgate policies`: the law, looked at before it is in force.

use super::Failure;
use crate::{
    clock::Clock,
    policy::{Law, PolicyFiles, Tried, access_schema, access_table, effective, explain, schemas, try_cases},
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
    /// Try the cases of policies/tests: who may do what to which.
    Test,
    /// Print what the policies come to: every operation, every consumer.
    Effective,
    /// Say why a call is let in or refused: every rule that applies, with its file and line.
    Explain {
        /// Who calls: an entry of consumers.toml.
        #[arg(long)]
        consumer: String,
        /// What is called: an operationId, after its contract's name where several have it.
        #[arg(long)]
        operation: String,
        /// On what: its kind and attributes, such as "Order party=pty_acme region=reg_north".
        #[arg(long)]
        resource: Option<String>,
    },
    /// Write what is generated from the policies: the schemas for editors, and the texts for review.
    Write {
        #[arg(long, default_value = "policies")]
        to: PathBuf,
    },
}

impl Policies {
    pub fn run(&self) -> Result<(), Failure> {
        match &self.action {
            Action::Check => self.check(),
            Action::Test => self.test(),
            Action::Effective => {
                print!("{}", effective(&self.law()?));
                Ok(())
            }
            Action::Explain { consumer, operation, resource } => self.explain(consumer, operation, resource.as_deref()),
            Action::Write { to } => self.write(to),
        }
    }

    fn check(&self) -> Result<(), Failure> {
        let law = self.law()?;
        println!("{} operations and {} consumers are governed", law.governed().count(), law.consumers().count());
        Ok(())
    }

    fn test(&self) -> Result<(), Failure> {
        let tried = try_cases(&self.law()?, &self.files()?).map_err(|unreadable| wrong(unreadable.join("\n")))?;
        let failing: Vec<_> = tried.iter().filter_map(Tried::failure).collect();
        if failing.is_empty() {
            println!("{} cases hold", tried.len());
            return Ok(());
        }
        Err(wrong(format!("{} of {} cases fail:\n  {}", failing.len(), tried.len(), failing.join("\n  "))))
    }

    fn explain(&self, consumer: &str, operation: &str, resource: Option<&str>) -> Result<(), Failure> {
        let explained = explain(&self.law()?, consumer, operation, resource, Clock::System.now());
        for explanation in explained.map_err(|why| wrong(why.to_string()))? {
            println!("{explanation}");
        }
        Ok(())
    }

    fn write(&self, to: &Path) -> Result<(), Failure> {
        let law = self.law()?;
        let texts = [
            ("effective.txt", effective(&law)),
            ("access.txt", access_table(&law)),
            ("access.cedarschema", access_schema(&router::registry())),
        ];
        let texts = texts.map(|(path, text)| (path.to_owned(), text));
        schemas().into_iter().chain(texts).try_for_each(|(path, text)| write(&to.join(path), &text))
    }

    fn law(&self) -> Result<Law, Failure> {
        Law::join(router::registry(), &self.files()?).map_err(|mistakes| wrong(mistakes.to_string()))
    }

    fn files(&self) -> Result<PolicyFiles, Failure> {
        match &self.policies {
            Some(directory) => PolicyFiles::from_directory(directory).map_err(wrong),
            None => Ok(PolicyFiles::embedded()),
        }
    }
}

fn write(place: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", place.display()));
    place.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
    std::fs::write(place, text).map_err(failed)?;
    println!("{}", place.display());
    Ok(())
}

/// A mistake in the policies.
fn wrong(message: String) -> Failure {
    Failure { message, code: 2 }
}
