//! The `haulgate` command.

use clap::Parser;
use haulgate::cli::Command;
use std::{
    panic,
    process::{self, ExitCode},
};

fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    Command::parse().run()
}

/// As the shell reports a program that SIGPIPE has ended.
const NOBODY_READS: i32 = 128 + 13;

/// Whoever reads the output may stop in the middle (`haulgate trace … | head`); that is no failure of ours.
fn end_quietly_when_nobody_reads() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        let said = panic.payload_as_str().unwrap_or_default();
        if said.starts_with("failed printing to stdout") {
            process::exit(NOBODY_READS);
        }
        usual(panic);
    }));
}
