//! What is governed, and who uses it.

use crate::{
    app::App,
    error::Error,
    policy::Call,
    process::governance::{self, DriftReport, PublishedContract, RegisteredConsumer},
    reply::Reply,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// All contracts.
#[derive(Serialize, ToSchema)]
pub struct ContractPage {
    #[schema(max_items = 200)]
    items: Vec<PublishedContract>,
    /// Always absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// All consumers.
#[derive(Serialize, ToSchema)]
pub struct ConsumerPage {
    #[schema(max_items = 200)]
    items: Vec<RegisteredConsumer>,
    /// Always absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Lists the contracts: their operations, policies and subscribers.
#[utoipa::path(get, path = "/experience/control-tower/v1/contracts", operation_id = "list_contracts",
    tag = "control-tower",
    responses((status = 200, description = "All of them.", body = ContractPage, example = json!({"items": [{
        "name": "experience/partner.v2", "document": "/openapi/experience/partner.v2.yaml", "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "operations": [{"operation": "track_shipment", "method": "GET",
            "path": "/experience/partner/v2/shipments/{shipment}", "scope": "partner", "idempotency": "none",
            "deadline_ms": 2000, "body_limit": 262144}],
        "consumers": ["partner-acme"], "owner": "Partner integration", "lifecycle": "active", "deprecated_at": null,
        "sunset_at": null, "successor": null, "calls": 812, "last_seen_at": "2026-11-23T10:00:00Z"}]}))))]
pub async fn list_contracts(State(app): State<App>, _: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(&ContractPage { items: governance::contracts(&app).await?, next: None }))
}

/// Lists who may call, and what each still uses.
///
/// Calls are counted by all gateways of this ledger: those of this one up to now, those of the others up to a few seconds
/// ago.
#[utoipa::path(get, path = "/experience/control-tower/v1/consumers", operation_id = "list_consumers",
    tag = "control-tower",
    responses((status = 200, description = "All of them.", body = ConsumerPage, example = json!({"items": [{
        "consumer": "partner-acme", "name": "Acme's portal", "audience": "partner", "party": "pty_acme", "regions": [],
        "tier": "partner", "contacts": ["it@acme.example"],
        "contracts": [{
            "contract": "experience/partner.v2", "since": "2026-11-24", "calls": 812, "refused": 3,
            "last_seen_at": "2026-11-25T10:00:00Z", "operations": [{
                "operation": "track_shipment", "calls": 812, "refused": 3,
                "first_seen_at": "2026-11-24T09:00:00Z", "last_seen_at": "2026-11-25T10:00:00Z"}]}]
    }]}))))]
pub async fn list_consumers(State(app): State<App>, _: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(&ConsumerPage { items: governance::consumers(&app).await?, next: None }))
}

/// Lists answers that departed from their contract.
///
/// One answer in a hundred is checked on its way out, in this process since it started.
#[utoipa::path(get, path = "/experience/control-tower/v1/drift", operation_id = "list_drift", tag = "control-tower",
    responses((status = 200, description = "What departed.", body = DriftReport,
        example = json!({"answers": 120000, "one_in": 100, "items": []}))))]
pub async fn list_drift(State(app): State<App>, _: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(&governance::drift(&app)))
}
