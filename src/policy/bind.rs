//! The law in force: policies joined both ways with the contracts. Where they do not meet, the process does not run.

use super::{
    access::Access,
    consumer::{Consumer, ConsumerFile},
    files::PolicyFiles,
    lifecycle::withdrawal,
    operation::{Audit, OperationPolicy},
    operations::{Policies, policies},
    product::{Product, ProductFile},
    published::facts,
    quota::{Window, windows},
    reader::{Findings, Mistakes, Places, Reader},
    registration::registered,
    residency::Residency,
    written::escape,
};
use crate::{
    contract::{Contract, ContractFacts, Operation, Registry, Texts, published},
    domain::{exception::Taxonomy, proof::ProofPolicy, region::Regions, sla::SlaTargets},
    ids::sha256,
};
use axum::{extract::MatchedPath, http::Method};
use serde::de::DeserializeOwned;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
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

impl Governed {
    /// Whether the policy asks for a row of who has read it.
    pub fn leaves_a_row_of_reading(&self) -> bool {
        self.operation.method == "GET" && self.policy.audit != Audit::None
    }

    /// Whether the policy asks for a row of who was refused it.
    pub fn leaves_a_row_of_refusing(&self) -> bool {
        self.policy.audit == Audit::All
    }
}

/// Everything the policies come to.
#[derive(Debug)]
pub struct Law {
    /// By path template, then by method.
    routes: Routes,
    consumers: HashMap<String, Arc<Consumer>>,
    products: Products,
    /// The contracts with what the policies say of them: what is published now.
    pub registry: Arc<Registry>,
    /// What the policies say of them, by contract name.
    said: BTreeMap<String, ContractFacts>,
    pub taxonomy: Taxonomy,
    pub proof: ProofPolicy,
    pub sla: SlaTargets,
    pub regions: Regions,
    /// Who may do what to which.
    pub access: Arc<Access>,
    /// Which of them are served here.
    pub residency: Arc<Residency>,
    /// Where everything stands.
    pub places: Places,
}

impl Law {
    /// Reads and joins. Every mistake is listed. What the policies say is written into the documents as they are handed
    /// over: a second copy of them would be much of what a process at rest takes.
    pub fn join(registry: Registry, files: &PolicyFiles) -> Result<Self, Mistakes> {
        let mut reader = Reader::of(files);
        let said = Said::read(&registry, &mut reader);
        let publish = |contract: Contract| match said.of_contracts.get(&contract.name()) {
            Some(facts) => published(contract, facts, sha256),
            None => contract,
        };
        let registry = Registry::of(registry.into_contracts().map(|contract| Arc::new(publish(contract))));
        Self::bind(registry, said, reader)
    }

    /// The same after another law: contracts of which it said the same are taken over as they are, because writing
    /// documents is most of the work.
    pub fn join_after(before: &Self, declared: &Texts, files: &PolicyFiles) -> Result<Self, Mistakes> {
        let mut reader = Reader::of(files);
        let said = Said::read(&before.registry, &mut reader);
        let publish = |contract: &Arc<Contract>| match said.of_contracts.get(&contract.name()) {
            Some(facts) if before.said.get(&contract.name()) != Some(facts) => {
                Arc::new(published(declared.declared(contract), facts, sha256))
            }
            _ => contract.clone(),
        };
        let registry = Registry::of(before.registry.contracts.iter().map(publish));
        Self::bind(registry, said, reader)
    }

    fn bind(registry: Registry, said: Said, mut reader: Reader<'_>) -> Result<Self, Mistakes> {
        let Said { policies, products, of_contracts: said } = said;
        let (registry, files) = (Arc::new(registry), reader.files());
        let routes = routes(&registry, &products, policies);
        let regions = business(&mut reader, "regions.toml", Regions::mistakes);
        let consumers = consumers(&products, regions.as_ref(), &mut reader);
        let access = Access::read(&registry, files).map_err(|wrong| reader.mistakes.extend(wrong)).ok();
        let law = (
            business(&mut reader, "exceptions.toml", Taxonomy::mistakes),
            business(&mut reader, "proof.toml", ProofPolicy::mistakes),
            business(&mut reader, "sla.toml", SlaTargets::mistakes),
            regions,
            access,
        );
        reader.mind_the_unread();
        let Reader { places, mistakes, .. } = reader;
        match law {
            (Some(taxonomy), Some(proof), Some(sla), Some(regions), Some(access)) if mistakes.is_empty() => {
                let residency = Arc::default();
                Ok(Self {
                    routes,
                    consumers,
                    products,
                    registry,
                    said,
                    taxonomy,
                    proof,
                    sla,
                    regions,
                    residency,
                    access,
                    places,
                })
            }
            _ => Err(Mistakes(mistakes)),
        }
    }

    /// The law of a deployment that serves these regions; with none named it serves all there are.
    pub fn serving(self, regions: &BTreeSet<String>) -> Result<Self, Mistakes> {
        Ok(Self { residency: Arc::new(Residency::of(regions, &self.regions)?), ..self })
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

    /// Every operation at this path, whatever the method.
    pub fn operations_at(&self, path: &MatchedPath) -> impl Iterator<Item = &Arc<Governed>> {
        self.routes.get(path.as_str()).into_iter().flat_map(HashMap::values)
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

    /// What every contract is to those who depend on it.
    pub fn products(&self) -> impl Iterator<Item = &Arc<Product>> {
        self.products.values()
    }

    pub fn product(&self, contract: &str) -> Option<&Arc<Product>> {
        self.products.get(contract)
    }

    pub fn consumers(&self) -> impl Iterator<Item = &Arc<Consumer>> {
        self.consumers.values()
    }
}

/// What the policies say of contracts and operations.
struct Said {
    policies: Policies,
    products: Products,
    /// In their documents, by contract name.
    of_contracts: BTreeMap<String, ContractFacts>,
}

impl Said {
    fn read(registry: &Registry, reader: &mut Reader<'_>) -> Self {
        let policies = policies(registry, reader);
        let products = products(registry, reader);
        let said = products.iter().map(|(name, product)| (name.clone(), facts(product, &policies)));
        Self { of_contracts: said.collect(), policies, products }
    }
}

/// The files of the business: what the domain decides by, and what it finds wrong with it itself.
fn business<T: DeserializeOwned>(reader: &mut Reader<'_>, file: &str, mistakes: fn(&T) -> Findings) -> Option<T> {
    let read: T = reader.read(file)?;
    reader.mistakes_of(file, mistakes(&read));
    Some(read)
}

type Routes = HashMap<String, HashMap<String, Arc<Governed>>>;
/// By contract name.
pub(super) type Products = BTreeMap<String, Arc<Product>>;

/// Each contract has a product, and each product a contract.
fn products(registry: &Registry, reader: &mut Reader<'_>) -> Products {
    const FILE: &str = "products.toml";
    let Some(file) = reader.read::<ProductFile>(FILE) else { return Products::new() };
    let names: BTreeSet<_> = registry.contracts.iter().map(|contract| contract.name()).collect();
    let mut wrong = |name: &str, why: &str| reader.mistake(FILE, &format!("/{}", escape(name)), why);
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

/// What governs each route. An operation without policy or product was listed before.
fn routes(registry: &Registry, products: &Products, policies: Policies) -> Routes {
    let Policies { mut of, quotas } = policies;
    let mut routes = Routes::new();
    for (contract, operation) in registry.routes() {
        let (policy, product) = (of.remove(&operation.key), products.get(&contract.name()).cloned());
        let (Some(policy), Some(product)) = (policy, product) else { continue };
        let windows = windows(&quotas[&policy.quota], |name| format!("{}-{name}", operation.key.id));
        let governed = Governed { contract: contract.clone(), operation: operation.clone(), product, policy, windows };
        routes.entry(operation.path.clone()).or_default().insert(operation.method.clone(), Arc::new(governed));
    }
    routes
}

fn consumers(
    products: &Products,
    regions: Option<&Regions>,
    reader: &mut Reader<'_>,
) -> HashMap<String, Arc<Consumer>> {
    const FILE: &str = "consumers.toml";
    let Some(file) = reader.read::<ConsumerFile>(FILE) else { return HashMap::new() };
    let (consumers, wrong) = registered(file, products, regions);
    reader.mistakes_of(FILE, wrong);
    consumers
}
