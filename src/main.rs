//! The `haulgate` command.

use clap::Parser;
use haulgate::cli::Command;
use std::process::ExitCode;

fn main() -> ExitCode {
    Command::parse().run()
}
