//! `haulgate contracts`: the published documents under `openapi/`.

use super::Failure;
use crate::{docs::written, router};
use clap::Subcommand;
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub enum Contracts {
    /// Write every document from the code.
    Write {
        #[arg(long, default_value = "openapi")]
        to: PathBuf,
    },
}

impl Contracts {
    pub fn run(&self) -> Result<(), Failure> {
        match self {
            Self::Write { to } => write(to),
        }
    }
}

fn write(to: &Path) -> Result<(), Failure> {
    for (path, text) in written(&router::registry()) {
        let place = to.join(&path);
        let folder = place.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        std::fs::write(&place, text).map_err(|error| Failure::new(format!("{}: {error}", place.display())))?;
        println!("{}", place.display());
    }
    Ok(())
}
