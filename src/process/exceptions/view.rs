//! Exceptions as callers read them. Never the domain's own entity, so that the books can change without the contract.

use crate::domain::{
    exception::{Disposition, Exception, ExceptionState, Resolution, Severity},
    id::{ExceptionId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
    proof::ProofRef,
    text::Actor,
    time::Moment,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that went wrong, and how far it is settled.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExceptionView {
    pub id: ExceptionId,
    /// A code of the taxonomy, such as `receiver_absent`.
    #[schema(pattern = "^[a-z][a-z0-9_]*$", max_length = 60)]
    pub code: String,
    pub severity: Severity,
    pub state: ExceptionState,
    /// What the taxonomy proposes to do.
    pub disposition: Disposition,
    /// Whether the invoice is kept back until it is resolved.
    pub blocks_invoice: bool,
    pub region: RegionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipment: Option<ShipmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<RouteId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    #[schema(max_items = 50)]
    pub proofs: Vec<ProofRef>,
    /// A message that contradicts what is known, kept whole until a person applies or dismisses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub quarantined: Option<Value>,
    #[schema(value_type = Actor)]
    pub raised_by: String,
    pub raised: Moment,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 320)]
    pub acknowledged_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Resolution>,
}

/// A page of exceptions, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExceptionPage {
    #[schema(max_items = 200)]
    pub items: Vec<ExceptionView>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub next: Option<String>,
}

impl ExceptionView {
    pub fn of(exception: &Exception) -> Self {
        let exception = exception.clone();
        Self {
            id: exception.id,
            code: exception.code,
            severity: exception.severity,
            state: exception.state,
            disposition: exception.disposition,
            blocks_invoice: exception.blocks_invoice,
            region: exception.region,
            party: exception.party,
            order: exception.order,
            shipment: exception.shipment,
            stop: exception.stop,
            route: exception.route,
            note: exception.note,
            proofs: exception.proofs,
            quarantined: exception.quarantined,
            raised_by: exception.raised_by,
            raised: exception.raised,
            acknowledged_by: exception.acknowledged_by,
            acknowledged: exception.acknowledged,
            resolution: exception.resolution,
        }
    }
}
