//! Every registered consumer, and what it still uses.

use crate::{
    app::App,
    domain::{
        id::RegionId,
        text::{Code, Name},
    },
    error::Error,
    policy::{Audience, Consumer},
    store::UsageRow,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

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

/// A contract a consumer has subscribed to, and what it uses of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SubscribedContract {
    #[schema(max_length = 100)]
    pub contract: String,
    /// Since which day.
    #[schema(format = Date, max_length = 10)]
    pub since: String,
    pub calls: u64,
    /// Those of the calls that were answered with 4xx.
    pub refused: u64,
    pub last_seen_at: Option<Timestamp>,
    /// The operations it has called.
    #[schema(max_items = 200)]
    pub operations: Vec<UsedOperation>,
}

/// An operation, and how often a consumer has called it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UsedOperation {
    #[schema(value_type = Code)]
    pub operation: String,
    pub calls: u64,
    /// Those of the calls that were answered with 4xx.
    pub refused: u64,
    pub first_seen_at: Timestamp,
    pub last_seen_at: Timestamp,
}

/// Everybody. What was counted here up to now is written down first, so that it is all there.
pub async fn consumers(app: &App) -> Result<Vec<RegisteredConsumer>, Error> {
    app.gate.keep_books().await?;
    let (law, used) = (app.law(), app.store.usage().await?);
    let mut all: Vec<_> = law.consumers().map(|consumer| registered(consumer, &used)).collect();
    all.sort_by(|one, other| one.consumer.cmp(&other.consumer));
    Ok(all)
}

fn registered(consumer: &Consumer, used: &[UsageRow]) -> RegisteredConsumer {
    let entry = &consumer.entry;
    let own: Vec<_> = used.iter().filter(|row| row.consumer == consumer.id).collect();
    RegisteredConsumer {
        consumer: consumer.id.clone(),
        name: entry.name.clone(),
        audience: entry.audience,
        party: entry.party.clone(),
        regions: entry.regions.iter().cloned().collect(),
        tier: entry.tier.clone(),
        contacts: entry.contacts.clone(),
        contracts: entry.contracts.iter().map(|(name, since)| subscribed(name, since.0.to_string(), &own)).collect(),
    }
}

fn subscribed(contract: &str, since: String, own: &[&UsageRow]) -> SubscribedContract {
    let used: Vec<_> = own.iter().filter(|row| row.contract == contract).collect();
    let operation = |row: &&&UsageRow| UsedOperation {
        operation: row.operation.clone(),
        calls: row.calls,
        refused: row.refused,
        first_seen_at: row.first_seen,
        last_seen_at: row.last_seen,
    };
    SubscribedContract {
        contract: contract.to_owned(),
        since,
        calls: used.iter().map(|row| row.calls).sum(),
        refused: used.iter().map(|row| row.refused).sum(),
        last_seen_at: used.iter().map(|row| row.last_seen).max(),
        operations: used.iter().map(operation).collect(),
    }
}
