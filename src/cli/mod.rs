//! The commands: `serve`, `demo` and the tools of those who run the gateway.

mod audit;
mod contracts;
mod deadletters;
mod demo;
mod migrate;
mod policies;
pub mod relay_thread;
mod reload;
pub mod serve;
mod settings;
mod token;
mod trace;
mod words;

use crate::config::{Mistakes, Settings};
use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// The governed API gateway between ERP, route planning and proof of delivery.
#[derive(Debug, Parser)]
#[command(name = "haulgate", version)]
pub struct Command {
    /// Settings over the defaults of config.default.toml. Variables such as HAULGATE__SERVER__LISTEN go over both.
    #[arg(long, global = true, env = "HAULGATE_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Serve the API, deliver effects, or both.
    Serve(serve::Serve),
    /// Play a working day against a sandbox, and account for every order.
    Demo(demo::Demo),
    /// Bring the database to the present schema.
    Migrate,
    /// Effects that failed for good: look at them, replay them, give them up.
    #[command(subcommand)]
    Deadletters(deadletters::DeadLetters),
    /// The event log: whether it is what was written, and what it says.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// The contracts: list, write, check, compare, release.
    #[command(subcommand)]
    Contracts(contracts::Contracts),
    /// The policies: check.
    Policies(policies::Policies),
    /// Show the whole way of one order, and where it stops.
    Trace(trace::Trace),
    /// An access token of a running demo's own issuer.
    Token(token::Token),
    /// Print the settings in force, secrets masked.
    Config,
}

/// A command that did not succeed, with the sentence for whoever ran it.
#[derive(Debug)]
pub struct Failure {
    pub message: String,
    pub code: u8,
}

impl Failure {
    pub fn new(message: impl ToString) -> Self {
        Self { message: message.to_string(), code: 1 }
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self { message: mistakes.to_string(), code: 2 }
    }
}

impl Command {
    pub fn run(self) -> ExitCode {
        install_crypto();
        match self.act() {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                eprintln!("haulgate: {}", failure.message);
                ExitCode::from(failure.code)
            }
        }
    }

    fn act(self) -> Result<(), Failure> {
        match &self.action {
            Action::Serve(serve) => serve.run(self.settings()?),
            Action::Demo(demo) => demo.run(),
            Action::Token(token) => token.run(),
            Action::Migrate => migrate::run(self.settings()?),
            Action::Deadletters(letters) => letters.run(self.settings()?),
            Action::Audit(audit) => audit.run(&self.settings()?),
            Action::Contracts(contracts) => contracts.run(|| self.settings()),
            Action::Policies(policies) => policies.run(),
            Action::Trace(trace) => trace.run(&self.settings()?),
            Action::Config => settings::print(self.text()?.as_deref()),
        }
    }

    fn settings(&self) -> Result<Settings, Failure> {
        Ok(Settings::read(self.text()?.as_deref(), std::env::vars())?)
    }

    fn text(&self) -> Result<Option<String>, Failure> {
        let read = |path: &PathBuf| {
            std::fs::read_to_string(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
        };
        self.config.as_ref().map(read).transpose()
    }
}

/// One crypto backend, for TLS and for tokens alike. A second call changes nothing.
pub fn install_crypto() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    if jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default().is_err() {
        tracing::trace!("the crypto backend was installed before");
    }
}

/// A runtime with this many workers, named in thread listings.
pub fn runtime(name: &str, workers: usize) -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers.max(1))
        .thread_name(name)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("no runtime: {error}")))
}
