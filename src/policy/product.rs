//! Products: what a contract is to those who depend on it, as `policies/products.toml` says it.

use super::{
    consumer::Audience,
    dates,
    lifecycle::{Lifecycle, Withdrawal},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The whole file, by contract name.
pub type ProductFile = BTreeMap<String, ProductEntry>;

#[derive(Clone, Debug, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Sla {
    /// Of a calendar month.
    pub availability_percent: f64,
    /// What 99 of 100 answers take at most, in milliseconds.
    pub p99_ms: u32,
}

/// How the data a contract shows has to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
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
