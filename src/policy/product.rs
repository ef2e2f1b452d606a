//! Products: what a contract is to those who depend on it, as `policies/products.toml` says it.

use super::{
    consumer::{Audience, Consumer},
    dates,
    lifecycle::{Lifecycle, Withdrawal},
};
use crate::error::Error;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// The whole file, by contract name.
pub type ProductFile = BTreeMap<String, ProductEntry>;

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductEntry {
    /// Who answers for it, as people know them.
    pub owner: String,
    /// Where they are reached: a mail address.
    pub contact: String,
    /// Who may subscribe.
    pub audience: BTreeSet<Audience>,
    pub lifecycle: Lifecycle,
    /// Since when nobody new may subscribe.
    #[serde(default, deserialize_with = "dates::instant")]
    pub deprecated_at: Option<Timestamp>,
    /// From when on it is not served any more.
    #[serde(default, deserialize_with = "dates::instant")]
    pub sunset_at: Option<Timestamp>,
    /// The contract to move to.
    pub successor: Option<String>,
    pub sla: Sla,
    pub data_class: DataClass,
}

/// What is promised of its service.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sla {
    /// Of a calendar month.
    pub availability_percent: f64,
    /// What 99 of 100 answers take at most, in milliseconds.
    pub p99_ms: u32,
}

/// How the data a contract shows has to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataClass {
    /// Anybody may know it.
    Public,
    /// Everybody of ours may.
    Internal,
    /// Only those who need it may.
    Confidential,
    /// It is about people.
    Personal,
}

/// A product as the gate knows it.
#[derive(Clone, Debug)]
pub struct Product {
    /// The contract's name.
    pub name: String,
    pub entry: ProductEntry,
    /// How it comes to its end; none while it lives.
    pub withdrawal: Option<Withdrawal>,
}

impl Product {
    /// Where the contract stands in its life now.
    pub fn stage(&self, now: Timestamp) -> Lifecycle {
        self.withdrawal.as_ref().map_or(self.entry.lifecycle, |end| end.stage(now))
    }

    /// Past its sunset a contract answers nobody.
    pub fn serves(&self, now: Timestamp) -> Result<(), Error> {
        match &self.withdrawal {
            Some(end) if end.stage(now) == Lifecycle::Retired => {
                let since = format!("{} was served until {}.", self.name, end.sunset_at);
                Err(Error::gate("contract_retired", since + &towards(end)))
            }
            _ => Ok(()),
        }
    }

    /// Whether this consumer has subscribed: to a deprecated contract, before it was that.
    pub fn admits(&self, consumer: &Consumer) -> Result<(), Error> {
        match (&self.withdrawal, consumer.entry.contracts.get(&self.name)) {
            (None, Some(_)) => Ok(()),
            (Some(end), Some(since)) if since.is_before(end.deprecated_at) => Ok(()),
            (Some(end), _) => {
                let name = &self.name;
                let late = format!("{name} is deprecated, and {} had not subscribed before.", consumer.id);
                Err(Error::gate("contract_deprecated", late + &towards(end)))
            }
            (None, None) => {
                let detail = format!("{} has not subscribed to {}.", consumer.id, self.name);
                Err(Error::gate("contract_not_subscribed", detail))
            }
        }
    }
}

fn towards(end: &Withdrawal) -> String {
    end.successor.as_ref().map(|successor| format!(" Move to {successor}.")).unwrap_or_default()
}
