//! The law in force: policies joined both ways with the contracts. Where they do not meet, the process does not run.

use super::{
    consumer::{Consumer, ConsumerFile},
    files::PolicyFiles,
    lifecycle::withdrawal,
    operation::OperationPolicy,
    product::{Product, ProductFile},
    published::facts,
    quota::{Window, windows},
    registration::registered,
};
use crate::{
    contract::{Contract, Operation, OperationKey, Registry, published},
    domain::{exception::Taxonomy, proof::ProofPolicy, region::Regions, sla::SlaTargets},
    ids::sha256,
};
use axum::{extract::MatchedPath, http::Method};
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    sync::Arc,
};

/// An operation with its contract, its product and its policy.
#[derive(Debug)]
pub struct Governed {
    pub contract: Arc<Contract>,
    pub operation: Arc<Operation>,
    pub product: Arc<Product>,
    pub policy: OperationPolicy,
    /// The windows of its own, by the names the `RateLimit` fields call them.
    pub windows: Vec<Window>,
}

/// Everything the policies come to.
#[derive(Debug)]
pub struct Law {
    /// By path template, then by method.
    routes: Routes,
    consumers: HashMap<String, Arc<Consumer>>,
    /// The contracts with what the policies say of them: what is published now.
    pub registry: Arc<Registry>,
    pub taxonomy: Taxonomy,
    pub proof: ProofPolicy,
    pub sla: SlaTargets,
    pub regions: Regions,
}

/// Everything that is wrong with the policies, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{} mistakes in the policies:", self.0.len())?;
        self.0.iter().try_for_each(|mistake| write!(to, "\n  {mistake}"))
    }
}

impl Law {
    /// Reads and joins. Every mistake is listed.
    pub fn join(registry: &Registry, files: &PolicyFiles) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let policies = operation_policies(files, &mut mistakes);
        let products = products(registry, files, &mut mistakes);
        let registry = Arc::new(publish(registry, &products));
        let routes = routes(&registry, &products, policies, &mut mistakes);
        let regions: Option<Regions> = read(files, "regions.toml", &mut mistakes);
        let consumers = consumers(files, &products, regions.as_ref(), &mut mistakes);
        let law = (
            read(files, "exceptions.toml", &mut mistakes),
            read(files, "proof.toml", &mut mistakes),
            read(files, "sla.toml", &mut mistakes),
            regions,
        );
        match law {
            (Some(taxonomy), Some(proof), Some(sla), Some(regions)) if mistakes.is_empty() => {
                Ok(Self { routes, consumers, registry, taxonomy, proof, sla, regions })
            }
            _ => Err(Mistakes(mistakes)),
        }
    }

    /// What governs the operation with this method and path template.
    pub fn governing(&self, method: &str, path: &str) -> Option<&Arc<Governed>> {
        self.routes.get(path)?.get(method)
    }

    /// What governs a request as it came: HEAD is a GET whose body stays behind.
    pub fn governing_request(&self, method: &Method, path: &MatchedPath) -> Option<&Arc<Governed>> {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        self.governing(method.as_str(), path.as_str())
    }

    pub fn governed(&self) -> impl Iterator<Item = &Arc<Governed>> {
        self.routes.values().flat_map(HashMap::values)
    }

    pub fn consumer(&self, id: &str) -> Option<&Arc<Consumer>> {
        self.consumers.get(id)
    }

    /// Every scope that the contracts a consumer has subscribed to ask for, as a token's `scope` has them.
    pub fn scopes_of(&self, consumer: &str) -> String {
        let contracts = self.consumers.get(consumer).map(|consumer| &consumer.entry.contracts);
        let subscribed =
            |one: &&Arc<Governed>| contracts.is_some_and(|known| known.contains_key(&*one.operation.key.contract));
        let scopes: BTreeSet<_> = self.governed().filter(subscribed).map(|one| one.policy.scope.as_str()).collect();
        scopes.into_iter().collect::<Vec<_>>().join(" ")
    }

    pub fn consumers(&self) -> impl Iterator<Item = &Arc<Consumer>> {
        self.consumers.values()
    }
}

fn read<T: DeserializeOwned>(files: &PolicyFiles, path: &str, mistakes: &mut Vec<String>) -> Option<T> {
    let Some(text) = files.get(path) else {
        mistakes.push(format!("policies/{path}: the file is missing"));
        return None;
    };
    toml::from_str(text).map_err(|error| mistakes.push(format!("policies/{path}: {}", one_line(&error)))).ok()
}

fn one_line(error: &toml::de::Error) -> String {
    error.to_string().split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

type Routes = HashMap<String, HashMap<String, Arc<Governed>>>;
type Policies = BTreeMap<OperationKey, (String, OperationPolicy)>;

fn operation_policies(files: &PolicyFiles, mistakes: &mut Vec<String>) -> Policies {
    let mut policies = Policies::new();
    for (contract, path, text) in files.operations() {
        let table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(error) => {
                mistakes.push(format!("policies/{path}: {}", one_line(&error)));
                continue;
            }
        };
        for (id, value) in table {
            let key = OperationKey { contract: contract.as_str().into(), id: id.as_str().into() };
            match value.try_into() {
                Ok(policy) => drop(policies.insert(key, (format!("policies/{path}"), policy))),
                Err(error) => mistakes.push(format!("policies/{path}: {id}: {}", one_line(&error))),
            }
        }
    }
    policies
}

/// By contract name.
pub(super) type Products = BTreeMap<String, Arc<Product>>;

/// Each contract has a product, and each product a contract.
fn products(registry: &Registry, files: &PolicyFiles, mistakes: &mut Vec<String>) -> Products {
    let Some(file) = read::<ProductFile>(files, "products.toml", mistakes) else { return Products::new() };
    let names: BTreeSet<_> = registry.contracts.iter().map(|contract| contract.name()).collect();
    let mut wrong = |name: &str, why: &str| mistakes.push(format!("policies/products.toml: {name}: {why}"));
    names.iter().filter(|name| !file.contains_key(*name)).for_each(|name| wrong(name, "the contract has no product"));
    file.keys().filter(|name| !names.contains(*name)).for_each(|name| wrong(name, "there is no such contract"));
    let mut products = Products::new();
    for (name, entry) in &file {
        match withdrawal(name, &file) {
            Ok(withdrawal) => {
                let product = Product { name: name.clone(), entry: entry.clone(), withdrawal };
                products.insert(name.clone(), Arc::new(product));
            }
            Err(all) => all.iter().for_each(|why| wrong(name, why)),
        }
    }
    products
}

/// The contracts with what the policies say of them in their documents.
fn publish(registry: &Registry, products: &Products) -> Registry {
    let with_facts = |contract: &Arc<Contract>| match products.get(&contract.name()) {
        Some(product) => published(contract, &facts(product), sha256),
        None => Contract::clone(contract),
    };
    Registry::of(registry.contracts.iter().map(with_facts).collect())
}

fn routes(registry: &Registry, products: &Products, mut policies: Policies, mistakes: &mut Vec<String>) -> Routes {
    let mut routes = Routes::new();
    for (contract, operation) in registry.routes() {
        let Some((_, policy)) = policies.remove(&operation.key) else {
            mistakes.push(format!("{} ({} {}) has no policy", operation.key, operation.method, operation.path));
            continue;
        };
        // A contract without a product was listed before.
        let Some(product) = products.get(&contract.name()).cloned() else { continue };
        let windows = windows(&policy.quota, |name| format!("{}-{name}", operation.key.id));
        let governed = Governed { contract: contract.clone(), operation: operation.clone(), product, policy, windows };
        routes.entry(operation.path.clone()).or_default().insert(operation.method.clone(), Arc::new(governed));
    }
    mistakes.extend(policies.iter().map(|(key, (path, _))| format!("{path}: {key} names no operation")));
    routes
}

fn consumers(
    files: &PolicyFiles,
    products: &Products,
    regions: Option<&Regions>,
    mistakes: &mut Vec<String>,
) -> HashMap<String, Arc<Consumer>> {
    let Some(file) = read::<ConsumerFile>(files, "consumers.toml", mistakes) else { return HashMap::new() };
    let (consumers, wrong) = registered(file, products, regions);
    mistakes.extend(wrong.into_iter().map(|why| format!("policies/consumers.toml: {why}")));
    consumers
}
