//! `haulgate contracts lint`: the house rules, for what may still be changed.

use super::{Failure, mistaken};
use crate::{
    contract::{Blessed, Contract, Registry, lint, same},
    router,
};

/// A document that was released as it is cannot be mended any more; every other is held against the rules.
pub fn run(registry: &Registry) -> Result<(), Failure> {
    let blessed = Blessed::embedded();
    let is_open = |contract: &Contract| {
        let released = blessed.latest(&contract.name()).and_then(|release| release.document().ok());
        !released.is_some_and(|released| same(&released, &contract.document))
    };
    let open = registry.contracts.iter().filter(|contract| is_open(contract));
    let mut broken: Vec<_> = open.flat_map(|contract| lint(contract)).collect();
    broken.extend(router::contradictions());
    broken.iter().for_each(|rule| println!("{rule}"));
    if broken.is_empty() { Ok(()) } else { Err(mistaken(format!("{} house rules are broken", broken.len()))) }
}
