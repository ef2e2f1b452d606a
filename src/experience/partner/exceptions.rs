//! What went wrong with one shipment, and what was decided.

use crate::{
    app::App,
    body::{Path, Query},
    domain::{
        exception::{Disposition, Exception, ExceptionState, ResolutionAction, Severity},
        id::{ExceptionId, ShipmentId},
        text::Code,
        time::Moment,
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Page, listed, tracking},
    reply::Reply,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that went wrong, without what people wrote about it.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "exception": "exc_5f1c.1.1.receiver_absent", "code": "receiver_absent", "severity": "minor", "state": "resolved",
    "proposed": "reattempt", "decided": "reattempt", "blocks_invoice": true,
    "raised": {"occurred_at": "2026-11-23T10:12:31Z", "recorded_at": "2026-11-23T10:12:32Z", "inferred": false},
    "resolved": {"occurred_at": "2026-11-23T10:40:00Z", "recorded_at": "2026-11-23T10:40:00Z", "inferred": false}
})))]
pub struct ShipmentException {
    exception: ExceptionId,
    /// The taxonomy's code, such as `receiver_absent`.
    #[schema(value_type = Code)]
    code: String,
    severity: Severity,
    state: ExceptionState,
    /// What the taxonomy proposes.
    proposed: Disposition,
    /// What a person decided.
    decided: Option<ResolutionAction>,
    blocks_invoice: bool,
    raised: Moment,
    resolved: Option<Moment>,
}

/// A page of exceptions.
#[derive(Serialize, ToSchema)]
pub struct ShipmentExceptionPage {
    #[schema(max_items = 200)]
    items: Vec<ShipmentException>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Lists what went wrong with a shipment, newest first.
#[utoipa::path(get, path = "/experience/partner/v1/shipments/{shipment}/exceptions",
    operation_id = "list_shipment_exceptions", tag = "partner",
    params(("shipment" = ShipmentId, Path, description = "The shipment."), Page),
    responses((status = 200, description = "A page of exceptions.", body = ShipmentExceptionPage,
        headers(("Link" = String, description = "The next page, if there is one.")))))]
pub async fn list_shipment_exceptions(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ShipmentId>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let (after, limit) = (page.after(&call, "")?, page.limit()?);
    let slice = tracking::exceptions(&app, &Viewer::of(&call), &id, after, limit).await?;
    Ok(listed(&call, call.path(), "", slice, worded))
}

fn worded(exception: &Exception) -> ShipmentException {
    let resolution = exception.resolution.as_ref();
    ShipmentException {
        exception: exception.id.clone(),
        code: exception.code.clone(),
        severity: exception.severity,
        state: exception.state,
        proposed: exception.disposition,
        decided: resolution.map(|resolution| resolution.action),
        blocks_invoice: exception.blocks_invoice,
        raised: exception.raised,
        resolved: resolution.map(|resolution| resolution.at),
    }
}
