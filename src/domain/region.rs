//! Regions: where data stays together, as `policies/regions.toml` states them.

use super::{id::RegionId, place::Address};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Every region there is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct Regions(pub BTreeMap<String, Region>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// IANA time zone: in it a day begins and ends.
    pub zone: String,
    /// ISO 4217.
    pub currency: String,
    /// The depot.
    pub base: Address,
    /// How callers reach the deployment that serves it: the base of its URLs.
    #[schema(pattern = "^https?://[^/\\s]+(/[^\\s]*)?$")]
    pub address: String,
    /// The archive that keeps its artifacts: settings say where it lies.
    #[schema(pattern = "^[a-z][a-z0-9-]{0,62}$")]
    pub archive: String,
}

impl Regions {
    pub fn get(&self, id: &RegionId) -> Option<&Region> {
        self.0.get(id.as_str())
    }
}
