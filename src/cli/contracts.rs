//! `haulgate contracts`: the published documents under `openapi/`.

use super::Failure;
use crate::{
    docs::written,
    policy::{Law, PolicyFiles},
    router,
};
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
    let law = Law::join(&router::registry(), &PolicyFiles::embedded())
        .map_err(|mistakes| Failure { message: mistakes.to_string(), code: 2 })?;
    for (path, text) in written(&law.registry) {
        let place = to.join(&path);
        let folder = place.parent().unwrap_or(to);
        std::fs::create_dir_all(folder).map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        std::fs::write(&place, text).map_err(|error| Failure::new(format!("{}: {error}", place.display())))?;
        println!("{}", place.display());
    }
    Ok(())
}
