//! `haulgate config`: what is in force.

use super::Failure;
use crate::config;

pub fn print(file: Option<&str>) -> Result<(), Failure> {
    let table = config::in_force(file, std::env::vars())?;
    print!("{}", toml::to_string_pretty(&table).map_err(Failure::new)?);
    Ok(())
}
