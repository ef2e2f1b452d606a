//! Consumers: who may call, as `policies/consumers.toml` registers them.

use super::{
    dates::Day,
    quota::{Quota, Window},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// The whole file.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerFile {
    /// Quotas by tier.
    pub tiers: BTreeMap<String, Tier>,
    pub consumers: BTreeMap<String, ConsumerEntry>,
}

/// The quotas of a tier.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// For all calls of a consumer together.
    pub consumer: Quota,
    /// For its calls of each one operation.
    #[serde(default)]
    pub operation: Quota,
    /// For the calls of each one person in its name: one driver's, where all drivers share an app.
    #[serde(default)]
    pub person: Quota,
}

#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerEntry {
    /// For people.
    pub name: String,
    pub audience: Audience,
    /// The party whose orders it may see: every partner has one, and nobody else.
    pub party: Option<String>,
    /// The regions it may see; empty means all.
    #[serde(default)]
    pub regions: BTreeSet<String>,
    /// The carrier whose routes and fleet it may see.
    pub carrier: Option<String>,
    pub tier: String,
    /// The client certificates it calls with: SHA-256 of each in DER, lower-case hexadecimal. Left out: it needs
    /// none.
    pub certificates: Option<BTreeSet<String>>,
    /// Whom to tell of what changes: mail addresses, at least one.
    pub contacts: Vec<String>,
    /// Contracts it has subscribed to, such as `experience/partner.v1`, and since when.
    pub contracts: BTreeMap<String, Day>,
}

/// Who a consumer is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Our own systems: ERP, planner, billing.
    Internal,
    /// Our own people: dispatchers and the control room.
    Operator,
    /// Drivers' apps.
    Driver,
    /// Customers and partners.
    Partner,
    /// Carriers' dispatchers.
    Carrier,
}

impl Audience {
    pub const ALL: [Self; 5] = [Self::Internal, Self::Operator, Self::Driver, Self::Partner, Self::Carrier];

    /// As the files write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Operator => "operator",
            Self::Driver => "driver",
            Self::Partner => "partner",
            Self::Carrier => "carrier",
        }
    }
}

/// A consumer as the gate knows it.
#[derive(Clone, Debug)]
pub struct Consumer {
    pub id: String,
    pub entry: ConsumerEntry,
    /// Its tier's windows for all its calls.
    pub windows: Vec<Window>,
    /// Its tier's windows for its calls of each one operation.
    pub operation_windows: Vec<Window>,
    /// Its tier's windows for the calls of each one person in its name.
    pub person_windows: Vec<Window>,
}
