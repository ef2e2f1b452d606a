//! When one shipment comes: a window, how sure it is, and what it was concluded from.

use super::arrival::{ExpectedArrival, Punctuality, arrived_at, punctuality};
use crate::{
    app::App,
    body::Path,
    domain::{id::ShipmentId, shipment::ShipmentState, time::Window},
    error::Error,
    policy::{Call, Viewer},
    process::tracking,
    reply::Reply,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// When a shipment comes, or came.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "shipment": "shp_5f1c.1", "state": "out_for_delivery",
    "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"},
    "planned": {"from": "2026-11-23T10:05:00Z", "until": "2026-11-23T10:15:00Z"},
    "expected": {
        "from": "2026-11-23T10:02:00Z", "until": "2026-11-23T10:22:00Z", "confidence": 0.9,
        "sources": ["position", "plan"], "computed_at": "2026-11-23T09:40:00Z"
    },
    "arrived_at": null, "punctuality": "on_time"
})))]
pub struct ShipmentEta {
    shipment: ShipmentId,
    state: ShipmentState,
    /// When the customer can be served.
    window: Window,
    /// When the plan arrives and leaves; none while nothing is planned.
    planned: Option<Window>,
    /// When it is expected; after the arrival, as it was expected last.
    expected: Option<ExpectedArrival>,
    /// When somebody arrived.
    arrived_at: Option<Timestamp>,
    /// How that stands to the customer's window; none while nothing is expected.
    punctuality: Option<Punctuality>,
}

/// Tells when a shipment comes, as a window.
///
/// An ETA says how sure it is, and what it was concluded from. The plan, the ETA and the arrival stand beside each other; the arrival is a fact, the ETA moves until then.
#[utoipa::path(get, path = "/experience/partner/v2/shipments/{shipment}/eta", operation_id = "get_eta", tag = "partner",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer you have.")),
    responses(
        (status = 200, description = "When it comes.", body = ShipmentEta,
            headers(("ETag" = String, description = "The shipment's version."))),
        (status = 304, description = "The answer you have still holds.",
            headers(("ETag" = String, description = "The shipment's version.")))))]
pub async fn get_eta(State(app): State<App>, call: Call, Path(id): Path<ShipmentId>) -> Result<Reply, Error> {
    let shipment = tracking::shipment(&app, &Viewer::of(&call), &id).await?;
    Reply::versioned(&call, shipment.version, || ShipmentEta {
        shipment: shipment.id.clone(),
        state: shipment.state.state,
        window: shipment.window,
        planned: shipment.planned,
        expected: shipment.eta.map(ExpectedArrival::from),
        arrived_at: arrived_at(&shipment),
        punctuality: punctuality(&shipment),
    })
}
