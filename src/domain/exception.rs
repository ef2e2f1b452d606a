//! Exceptions: what went wrong, by the taxonomy of `policies/exceptions.toml`, and how it is settled.

mod raise;
mod resolve;
mod table;

pub(in crate::domain) use raise::tell_raised;
pub use raise::{Raise, Raised, acknowledge, raise, raise_on, supersede};
pub use resolve::{Case, Decide, posts_again, resolve};
pub use table::{ExceptionCommand, consequence, next};

use super::{
    id::{ExceptionId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
    proof::ProofRef,
    text::Actor,
    time::Moment,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An exception in our books.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exception {
    pub id: ExceptionId,
    /// The taxonomy's code, such as `receiver_absent`.
    pub code: String,
    pub severity: Severity,
    pub state: ExceptionState,
    pub region: RegionId,
    pub party: Option<PartyId>,
    pub order: Option<OrderId>,
    pub shipment: Option<ShipmentId>,
    pub stop: Option<StopId>,
    pub route: Option<RouteId>,
    pub blocks_invoice: bool,
    pub disposition: Disposition,
    pub note: Option<String>,
    pub proofs: Vec<ProofRef>,
    /// What the taxonomy asks to be shown for it and was not.
    #[serde(default)]
    pub evidence_missing: Vec<String>,
    /// A quarantined message, kept whole, until a person decides.
    pub quarantined: Option<serde_json::Value>,
    pub raised_by: String,
    pub raised: Moment,
    pub acknowledged_by: Option<String>,
    pub acknowledged: Option<Moment>,
    pub resolution: Option<Resolution>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionState {
    Open,
    Acknowledged,
    Resolved,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Minor,
    Major,
    Critical,
}

/// What the taxonomy proposes to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    Reattempt,
    Reschedule,
    Reroute,
    Return,
    RedeliverPartial,
    Claim,
    ContactCustomer,
    Hold,
    None,
}

/// What a person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Resolution {
    pub action: ResolutionAction,
    #[schema(min_length = 1, max_length = 1000)]
    pub note: String,
    #[schema(value_type = Actor)]
    pub by: String,
    pub at: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResolutionAction {
    Reattempt,
    Reschedule,
    Reroute,
    Return,
    RedeliverPartial,
    Accept,
    Cancel,
    Claim,
}

/// Every code there is, with its rule: `policies/exceptions.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Taxonomy(pub BTreeMap<String, ExceptionRule>);

/// One code of the taxonomy, as `policies/exceptions.toml` states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionRule {
    pub category: String,
    pub severity: Severity,
    pub retryable: bool,
    pub action_required: bool,
    pub disposition: Disposition,
    pub blocks_invoice: BlocksInvoice,
    /// What a driver must show for it.
    pub evidence: Vec<String>,
    /// Whether reporting it at a stop ends the attempt.
    pub fails_stop: bool,
    /// Raised by Haulgate itself, never by a caller.
    pub internal: bool,
    pub names: ForeignNames,
}

/// What other standards call it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForeignNames {
    /// OpenTripModel 5.
    pub otm: Option<String>,
    /// EDIFACT 9013 codes.
    pub edifact: Option<Vec<String>>,
    /// X12 1651 codes.
    pub x12: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BlocksInvoice {
    Yes,
    /// What was delivered may be invoiced.
    Partly,
    No,
}
