//! What the policies say of a contract, as its published document says it: consumers read the truth there.

use super::{lifecycle::Lifecycle, product::Product};
use crate::contract::ContractFacts;
use serde_json::{Map, Value, json};

/// What is written into the document of this product's contract.
pub fn facts(product: &Product) -> ContractFacts {
    ContractFacts {
        info: of_product(product),
        deprecated: product.entry.lifecycle >= Lifecycle::Deprecated,
        ..ContractFacts::default()
    }
}

/// Members of `info`: whose it is, whom it is for, and where it stands in its life.
fn of_product(product: &Product) -> Map<String, Value> {
    let entry = &product.entry;
    let mut info = Map::new();
    let mut say = |member: &str, value: Value| drop(info.insert(member.to_owned(), value));
    say("contact", json!({"name": entry.owner, "email": entry.contact}));
    say("x-owner", json!(entry.owner));
    say("x-audience", json!(entry.audience));
    say("x-lifecycle", json!(entry.lifecycle));
    if let Some(end) = &product.withdrawal {
        say("x-deprecated", json!(end.deprecated_at));
        say("x-sunset", json!(end.sunset_at));
        say("x-successor", json!(end.successor));
    }
    say("x-sla", json!(entry.sla));
    say("x-data-class", json!(entry.data_class));
    info
}
