//! The documents as the code declares them, before the policies say anything: wanted only when policies change, and
//! kept as text meanwhile, because as values they take several times as much.

use super::registry::{Contract, Registry};
use std::{collections::BTreeMap, sync::Arc};

/// By contract name.
#[derive(Debug)]
pub struct Texts(BTreeMap<String, Box<str>>);

impl Texts {
    pub fn of(registry: &Registry) -> Self {
        let text = |contract: &Arc<Contract>| (contract.name(), contract.document.to_string().into());
        Self(registry.contracts.iter().map(text).collect())
    }

    /// The contract as it is declared, found by how it was last published.
    pub fn declared(&self, published: &Contract) -> Contract {
        let text = self.0.get(&published.name()).expect("what is published was declared");
        let document = serde_json::from_str(text).expect("it was written as JSON");
        Contract { document: Arc::new(document), ..published.clone() }
    }
}
