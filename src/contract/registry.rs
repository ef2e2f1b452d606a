//! The registry: every contract and every operation this binary serves, read from the documents themselves.

use super::answers::ProblemCode;
use super::parameters::Parameters;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, OnceLock},
};

/// The layers of API-led connectivity, as they stand in paths and folders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    Experience,
    Process,
    System,
}

impl Layer {
    pub fn name(self) -> &'static str {
        match self {
            Self::Experience => "experience",
            Self::Process => "process",
            Self::System => "system",
        }
    }
}

/// One contract: a layer's product in one major version, with its complete document.
#[derive(Clone, Debug)]
pub struct Contract {
    pub layer: Layer,
    pub product: String,
    pub version: u32,
    pub document: Arc<Value>,
    /// SHA-256 of the document as written, in hexadecimal.
    pub hash: String,
    pub operations: Vec<Arc<Operation>>,
    /// The codes that its refusals may have.
    pub codes: Arc<[ProblemCode]>,
}

impl Contract {
    /// Such as `process/orders.v1`: the document's file name and the key of its policies.
    pub fn name(&self) -> String {
        format!("{}/{}.v{}", self.layer.name(), self.product, self.version)
    }

    pub fn title(&self) -> &str {
        self.document["info"]["title"].as_str().unwrap_or_default()
    }

    pub fn description(&self) -> &str {
        self.document["info"]["description"].as_str().unwrap_or_default()
    }

    /// What the document declares of an operation.
    pub fn operation(&self, operation: &Operation) -> &Value {
        &self.document["paths"][operation.path.as_str()][operation.method.to_lowercase()]
    }

    /// What the document declares of an operation's parameters.
    pub fn parameters<'a>(&self, operation: &'a Operation) -> Result<&'a Parameters, &'a String> {
        let compile = || Parameters::compile(&self.document, &operation.path, self.operation(operation));
        operation.parameters.get_or_init(compile).as_ref()
    }

    /// Where in the document the answer with this status is declared, as a JSON Pointer; what is referred to is followed.
    pub fn answer(&self, path: &str, method: &str, status: u16) -> Option<String> {
        let pointer = format!("/paths/{}/{}/responses/{status}", escape(path), method.to_lowercase());
        let referred = referred(self.document.pointer(&pointer)?);
        Some(referred.map_or(pointer, str::to_owned))
    }

    /// What is declared here, or what is referred to.
    pub fn followed<'a>(&'a self, declared: &'a Value) -> &'a Value {
        referred(declared).and_then(|pointer| self.document.pointer(pointer)).unwrap_or(declared)
    }
}

/// Where in its document a reference leads.
fn referred(declared: &Value) -> Option<&str> {
    declared["$ref"].as_str().and_then(|at| at.strip_prefix('#'))
}

/// A reference token of a JSON Pointer (RFC 6901).
pub(super) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// What names an operation everywhere: its contract and its operationId.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationKey {
    pub contract: Arc<str>,
    pub id: Arc<str>,
}

impl fmt::Display for OperationKey {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} {}", self.contract, self.id)
    }
}

/// One operation of a contract.
#[derive(Clone, Debug)]
pub struct Operation {
    pub key: OperationKey,
    /// Upper case.
    pub method: String,
    /// The path template, as routed.
    pub path: String,
    /// Whether the document declares a body.
    pub takes_body: bool,
    /// Whether the document declares a JSON body.
    pub takes_json: bool,
    /// Its parameters, compiled on first use.
    pub(super) parameters: Arc<OnceLock<Result<Parameters, String>>>,
    /// Whether a successful answer shows what was changed, which `Prefer: return=minimal` leaves out.
    pub shows_what_it_did: bool,
    /// What it can do when a system it has to ask is away (`x-when-away`); nothing where it asks none or has no choice.
    pub when_away: Vec<String>,
}

/// Every contract, findable by name and every operation by method and path template.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    pub contracts: Vec<Arc<Contract>>,
    routes: BTreeMap<(String, String), (Arc<Contract>, Arc<Operation>)>,
}

impl Registry {
    pub fn of(contracts: impl IntoIterator<Item = Arc<Contract>>) -> Self {
        let mut registry = Self::default();
        for contract in contracts {
            for operation in &contract.operations {
                let route = (operation.method.clone(), operation.path.clone());
                registry.routes.insert(route, (contract.clone(), operation.clone()));
            }
            registry.contracts.push(contract);
        }
        registry
    }

    pub fn into_contracts(self) -> impl Iterator<Item = Contract> {
        let Self { contracts, routes } = self;
        drop(routes);
        contracts.into_iter().map(Arc::unwrap_or_clone)
    }

    pub fn routes(&self) -> impl Iterator<Item = &(Arc<Contract>, Arc<Operation>)> {
        self.routes.values()
    }

    pub fn contract(&self, name: &str) -> Option<&Arc<Contract>> {
        self.contracts.iter().find(|contract| contract.name() == name)
    }
}
