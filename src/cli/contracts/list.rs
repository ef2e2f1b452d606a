//! `haulgate contracts list`: what there is, and where it stands.

use super::Failure;
use crate::contract::{Blessed, Contract, Registry};
use serde_json::Value;

pub fn run(registry: &Registry) -> Result<(), Failure> {
    let blessed = Blessed::embedded();
    print!("{}", table(&["layer", "product", "version", "released", "owner", "lifecycle", "sunset", "operations"]));
    for contract in &registry.contracts {
        let released = blessed.latest(&contract.name()).map_or("–".into(), |release| release.version.to_string());
        let (version, operations) = (format!("v{}", contract.version), contract.operations.len().to_string());
        let [owner, lifecycle, sunset] = ["x-owner", "x-lifecycle", "x-sunset"].map(|member| said(contract, member));
        let (layer, product) = (contract.layer.name(), &contract.product);
        print!("{}", table(&[layer, product, &version, &released, owner, lifecycle, sunset, &operations]));
    }
    Ok(())
}

/// A member of the document's `info`; of an instant, its day.
fn said<'a>(contract: &'a Contract, member: &str) -> &'a str {
    let text = contract.document["info"].get(member).and_then(Value::as_str).unwrap_or("–");
    if member == "x-sunset" { text.split('T').next().unwrap_or(text) } else { text }
}

fn table(cells: &[&str; 8]) -> String {
    let [layer, product, version, released, owner, lifecycle, sunset, operations] = cells;
    let row =
        format!("{layer:<12}{product:<15}{version:<9}{released:<10}{owner:<26}{lifecycle:<12}{sunset:<12}{operations}");
    row + "\n"
}
