//! Every contract as it is governed now: its operations and their policies, its life, and how much it is used.

use crate::{
    app::App,
    contract::Contract,
    domain::text::{Code, Name, Sha256},
    error::Error,
    policy::{Governed, Law, Lifecycle},
    store::UsageRow,
};
use jiff::Timestamp;
use serde::Serialize;
use std::{collections::BTreeMap, sync::Arc};
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
    /// Who answers for it.
    #[schema(value_type = Name)]
    pub owner: String,
    /// Where it stands in its life now.
    pub lifecycle: Lifecycle,
    /// Since when it takes no new consumers; none while no end is announced.
    pub deprecated_at: Option<Timestamp>,
    /// From when on it is not served any more.
    pub sunset_at: Option<Timestamp>,
    /// The contract to move to.
    #[schema(max_length = 100)]
    pub successor: Option<String>,
    /// How often it was called.
    pub calls: u64,
    pub last_seen_at: Option<Timestamp>,
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

/// Every contract. What was counted here up to now is written down first, so that it is all there.
pub async fn contracts(app: &App) -> Result<Vec<PublishedContract>, Error> {
    app.gate.keep_books().await?;
    let (law, used) = (app.law(), app.store.usage().await?);
    let mut operations = operations(&law);
    let mut published = |contract: &Arc<Contract>| {
        let operations = operations.remove(&contract.name()).unwrap_or_default();
        published(contract, operations, &law, &used, app.clock.now())
    };
    Ok(law.registry.contracts.iter().filter_map(&mut published).collect())
}

/// By contract.
fn operations(law: &Law) -> BTreeMap<String, Vec<PublishedOperation>> {
    let mut operations: BTreeMap<String, Vec<PublishedOperation>> = BTreeMap::new();
    for governed in law.governed() {
        operations.entry(governed.contract.name()).or_default().push(operation(governed));
    }
    operations.values_mut().for_each(|all| all.sort_by(|one, other| one.operation.cmp(&other.operation)));
    operations
}

fn operation(governed: &Governed) -> PublishedOperation {
    let Governed { operation, policy, .. } = governed;
    PublishedOperation {
        operation: operation.key.id.to_string(),
        method: operation.method.clone(),
        path: operation.path.clone(),
        scope: policy.scope.clone(),
        idempotency: policy.idempotency.name().to_owned(),
        deadline_ms: policy.deadline_ms,
        body_limit: policy.body_limit as u64,
    }
}

fn published(
    contract: &Contract,
    operations: Vec<PublishedOperation>,
    law: &Law,
    used: &[UsageRow],
    now: Timestamp,
) -> Option<PublishedContract> {
    let name = contract.name();
    let product = law.product(&name)?;
    let subscribed = law.consumers().filter(|consumer| consumer.entry.contracts.contains_key(&name));
    let mut consumers: Vec<_> = subscribed.map(|consumer| consumer.id.clone()).collect();
    consumers.sort();
    let calls = used.iter().filter(|row| row.contract == name);
    let end = product.withdrawal.as_ref();
    Some(PublishedContract {
        document: format!("/openapi/{name}.yaml"),
        sha256: contract.hash.clone(),
        operations,
        consumers,
        owner: product.entry.owner.clone(),
        lifecycle: product.stage(now),
        deprecated_at: end.map(|end| end.deprecated_at),
        sunset_at: end.map(|end| end.sunset_at),
        successor: end.and_then(|end| end.successor.clone()),
        calls: calls.clone().map(|row| row.calls).sum(),
        last_seen_at: calls.map(|row| row.last_seen).max(),
        name,
    })
}
