//! Proofs: signatures, photos and scans, by hash; and what the proof policy demands of a delivery.

mod artifact;
mod demand;

pub use artifact::artifact_arrived;
pub(in crate::domain) use artifact::{circumstances, status_of};
pub use demand::{Circumstances, ProofPolicy, beyond_hope, missing};

use super::{
    id::{ProofId, RegionId, ShipmentId},
    place::Position,
    text::{Code, Sha256},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// An artifact: named by hand-overs, and kept in the proof store under its hash, whichever came first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    pub id: ProofId,
    pub sha256: String,
    /// That of the first shipment that named it.
    pub region: Option<RegionId>,
    /// The shipments whose reports named it.
    pub shipments: Vec<ShipmentId>,
    /// Its bytes, once they have arrived.
    pub stored: Option<StoredArtifact>,
    /// Whoever has sent its bytes, whole. To anybody else they have not arrived: a hash that is known is no photo.
    #[serde(default)]
    pub sent_by: BTreeSet<String>,
    /// One of those who may speak for any driver has sent it, and whoever names it may rely on that.
    #[serde(default)]
    pub is_anybodys: bool,
    /// Of the shipments, those for which somebody named it who may speak for any driver: whoever sends it proves them.
    #[serde(default)]
    pub vouched_for: BTreeSet<ShipmentId>,
}

/// The bytes of an artifact that has arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredArtifact {
    pub media_type: String,
    pub bytes: u64,
    pub uploaded_by: String,
    pub at: Timestamp,
    /// The archive they lie in.
    #[serde(default)]
    pub archive: String,
}

/// How a confirmation names an artifact, before or after it was uploaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofRef {
    /// Lower-case hexadecimal SHA-256 of the artifact.
    #[schema(value_type = Sha256)]
    pub sha256: String,
    pub kind: ProofKind,
    #[schema(pattern = "^[a-z]+/[a-z0-9.+-]+$", max_length = 100)]
    pub media_type: String,
    pub taken_at: Timestamp,
    pub position: Option<Position>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    Signature,
    Photo,
    PhotoOfPlace,
    Document,
}

/// The classes of `policies/proof.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProofClass {
    Standard,
    Dock,
    HighValue,
    AgeRestricted,
    ColdChain,
    Unattended,
}

impl ProofClass {
    pub const ALL: &[ProofClass] =
        &[Self::Standard, Self::Dock, Self::HighValue, Self::AgeRestricted, Self::ColdChain, Self::Unattended];

    /// As `policies/proof.toml` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Dock => "dock",
            Self::HighValue => "high_value",
            Self::AgeRestricted => "age_restricted",
            Self::ColdChain => "cold_chain",
            Self::Unattended => "unattended",
        }
    }
}

/// What a delivery must show; the strictest of all classes that apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProofDemand {
    pub signature: bool,
    /// The receiver's printed name.
    pub printed_name: bool,
    pub photos: u32,
    /// The photos show the place where it was left.
    pub photo_of_place: bool,
    /// Every parcel is scanned.
    pub all_barcodes: bool,
    pub pin: bool,
    pub age: bool,
    pub geofence_metres: u32,
    pub offline_hours: u32,
}

/// The bytes of an artifact; no JSON text.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = serde_json::Value)]
pub struct Bytes(pub Vec<u8>);

/// How complete a delivery's proof is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProofStatus {
    /// What the confirmation named.
    #[schema(max_items = 1000)]
    pub named: Vec<ProofRef>,
    /// Hashes whose artifact has arrived.
    #[schema(value_type = Vec<Sha256>, max_items = 1000)]
    pub arrived: Vec<String>,
    /// What the demand still misses, in words of the demand; empty when complete.
    #[schema(value_type = Vec<Code>, max_items = 20)]
    pub missing: Vec<String>,
    /// A person accepted the delivery without what is missing.
    #[serde(default)]
    pub waived: bool,
}

impl ProofStatus {
    pub fn is_complete(&self) -> bool {
        self.waived || self.missing.is_empty()
    }
}
