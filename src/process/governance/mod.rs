//! What is governed, and by whom it is used: contracts, consumers, and answers that departed from their contract.

use crate::{
    app::App,
    domain::{
        id::RegionId,
        text::{Code, Name, Sha256},
    },
    policy::Audience,
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A published contract.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublishedContract {
    /// Such as `process/orders.v1`.
    #[schema(max_length = 100)]
    pub name: String,
    #[schema(max_length = 200)]
    pub document: String,
    /// The document's SHA-256: whoever holds the same one has the same contract.
    #[schema(value_type = Sha256)]
    pub sha256: String,
    #[schema(max_items = 200)]
    pub operations: Vec<PublishedOperation>,
    /// Who has subscribed to it.
    #[schema(value_type = Vec<Name>, max_items = 1000)]
    pub consumers: Vec<String>,
}

/// An operation of a contract, and what its policy says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublishedOperation {
    #[schema(value_type = Code)]
    pub operation: String,
    #[schema(max_length = 10)]
    pub method: String,
    #[schema(max_length = 200)]
    pub path: String,
    #[schema(max_length = 200)]
    pub scope: String,
    /// Whether `Idempotency-Key` is required, optional, or not taken.
    #[schema(max_length = 20)]
    pub idempotency: String,
    pub deadline_ms: u64,
    pub body_limit: u64,
}

/// Who may call.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegisteredConsumer {
    #[schema(value_type = Name)]
    pub consumer: String,
    #[schema(value_type = Name)]
    pub name: String,
    pub audience: Audience,
    /// The party whose things it sees; none for our own systems.
    #[schema(max_length = 96)]
    pub party: Option<String>,
    /// The regions it sees; empty means all.
    #[schema(value_type = Vec<RegionId>, max_items = 1000)]
    pub regions: Vec<String>,
    #[schema(value_type = Name)]
    pub tier: String,
    #[schema(value_type = Vec<Name>, max_items = 50)]
    pub contacts: Vec<String>,
    #[schema(max_items = 200)]
    pub contracts: Vec<SubscribedContract>,
}

/// A contract a consumer has subscribed to, and whether it uses it. Counted since this process started.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubscribedContract {
    #[schema(max_length = 100)]
    pub contract: String,
    pub calls: u64,
    pub last_seen_at: Option<Timestamp>,
}

/// Answers that departed from their contract, as a sample shows.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DriftReport {
    /// Answers since this process started.
    pub answers: u64,
    /// One in how many was checked.
    pub one_in: u64,
    #[schema(max_items = 500)]
    pub items: Vec<SeenDrift>,
}

/// One departure.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SeenDrift {
    #[schema(max_length = 100)]
    pub contract: String,
    #[schema(value_type = Code)]
    pub operation: String,
    #[schema(minimum = 100, maximum = 599)]
    pub status: u16,
    /// Where in the body, and what was expected there.
    #[schema(max_length = 2000)]
    pub departure: String,
    pub seen: u64,
    pub last_seen_at: Timestamp,
}

/// Every contract with its operations, as they are governed now.
pub fn contracts(app: &App) -> Vec<PublishedContract> {
    let law = app.law();
    let mut operations: BTreeMap<String, Vec<PublishedOperation>> = BTreeMap::new();
    for governed in law.governed() {
        let (operation, policy) = (&governed.operation, &governed.policy);
        operations.entry(governed.contract.name()).or_default().push(PublishedOperation {
            operation: operation.key.id.to_string(),
            method: operation.method.clone(),
            path: operation.path.clone(),
            scope: policy.scope.clone(),
            idempotency: policy.idempotency.name().to_owned(),
            deadline_ms: policy.deadline_ms,
            body_limit: policy.body_limit as u64,
        });
    }
    let mut published = |contract: &std::sync::Arc<crate::contract::Contract>| {
        let name = contract.name();
        let mut operations = operations.remove(&name).unwrap_or_default();
        operations.sort_by(|one, other| one.operation.cmp(&other.operation));
        let subscribed = law.consumers().filter(|consumer| consumer.entry.contracts.contains_key(&name));
        let mut consumers: Vec<_> = subscribed.map(|consumer| consumer.id.clone()).collect();
        consumers.sort();
        let document = format!("/openapi/{name}.yaml");
        PublishedContract { document, sha256: contract.hash.clone(), operations, consumers, name }
    };
    law.registry.contracts.iter().map(&mut published).collect()
}

/// Every registered consumer, and what it still uses.
pub fn consumers(app: &App) -> Vec<RegisteredConsumer> {
    let law = app.law();
    let mut all: Vec<_> = law.consumers().map(|consumer| registered(app, consumer)).collect();
    all.sort_by(|one, other| one.consumer.cmp(&other.consumer));
    all
}

fn registered(app: &App, consumer: &crate::policy::Consumer) -> RegisteredConsumer {
    let entry = &consumer.entry;
    let subscribed = |contract: &String| {
        let usage = app.gate.usage.of(&consumer.id, contract);
        SubscribedContract {
            contract: contract.clone(),
            calls: usage.map_or(0, |usage| usage.calls),
            last_seen_at: usage.map(|usage| usage.last_seen),
        }
    };
    RegisteredConsumer {
        consumer: consumer.id.clone(),
        name: entry.name.clone(),
        audience: entry.audience,
        party: entry.party.clone(),
        regions: entry.regions.iter().cloned().collect(),
        tier: entry.tier.clone(),
        contacts: entry.contacts.clone(),
        contracts: entry.contracts.keys().map(subscribed).collect(),
    }
}

/// What departed from its contract on the way out of this process.
pub fn drift(app: &App) -> DriftReport {
    let (answers, one_in) = app.gate.drift.watched();
    let seen = |drift: crate::policy::Drift| SeenDrift {
        contract: drift.contract,
        operation: drift.operation,
        status: drift.status,
        departure: drift.departure,
        seen: drift.seen,
        last_seen_at: drift.last_seen,
    };
    DriftReport { answers, one_in, items: app.gate.drift.drifts().into_iter().map(seen).collect() }
}
