//! Where one shipment is, with its ETA as a window. A poll for an unchanged shipment is one comparison.

use super::arrival::ExpectedArrival;
use crate::{
    app::App,
    body::Path,
    domain::{
        id::{OrderId, ShipmentId},
        shipment::{Goods, Shipment, ShipmentState},
        time::{Moment, Window},
    },
    error::Error,
    policy::{Call, Viewer},
    process::tracking,
    reply::Reply,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// A shipment as its party sees it.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "shipment": "shp_5f1c.1", "order": "ord_5f1c", "order_number": "SO-1041", "state": "out_for_delivery",
    "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"},
    "planned": {"from": "2026-11-23T10:05:00Z", "until": "2026-11-23T10:15:00Z"},
    "expected": {
        "from": "2026-11-23T10:02:00Z", "until": "2026-11-23T10:22:00Z", "confidence": 0.9,
        "sources": ["position", "plan"], "computed_at": "2026-11-23T09:40:00Z"
    },
    "arrived": null, "delivered": null, "attempt": 1, "failure": null, "proof_complete": false,
    "goods": [{
        "line": 1, "item": "itm_drill", "description": "Cordless drill", "weight_grams": 4200, "delivered_before": 0,
        "tally": {"ordered": 2, "picked": 2, "delivered": 0, "short": 0, "damaged": 0}
    }]
})))]
pub struct ShipmentStatus<'a> {
    shipment: &'a ShipmentId,
    order: &'a OrderId,
    /// The number the order was released under.
    #[schema(max_length = 40)]
    order_number: &'a str,
    state: ShipmentState,
    /// When the customer can be served.
    window: Window,
    /// When the plan arrives and leaves.
    planned: Option<Window>,
    /// When it is expected; after the arrival, as it was expected last.
    expected: Option<ExpectedArrival>,
    arrived: Option<Moment>,
    delivered: Option<Moment>,
    /// Which attempt is under way or comes next.
    #[schema(minimum = 1)]
    attempt: u32,
    /// Why the last attempt failed, as a code of the exception taxonomy.
    #[schema(max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
    failure: Option<&'a str>,
    /// Whether the proof is all that was asked for.
    proof_complete: bool,
    #[schema(max_items = 200)]
    goods: &'a [Goods],
}

impl<'a> ShipmentStatus<'a> {
    fn of(shipment: &'a Shipment) -> Self {
        Self {
            shipment: &shipment.id,
            order: &shipment.order,
            order_number: &shipment.order_number,
            state: shipment.state,
            window: shipment.window,
            planned: shipment.planned,
            expected: shipment.eta.map(ExpectedArrival::from),
            arrived: shipment.arrived,
            delivered: shipment.delivered,
            attempt: shipment.attempts,
            failure: shipment.failure.as_deref(),
            proof_complete: shipment.delivered.is_some() && shipment.proof.is_complete(),
            goods: &shipment.goods,
        }
    }
}

/// Tells where a shipment is.
///
/// Poll it with `If-None-Match` and the ETag of the last answer: an unchanged shipment is answered with 304. To be told
/// instead of asking, follow the shipment or create a webhook. To find a shipment by the number of its order, list the
/// shipments with `order_number`.
#[utoipa::path(get, path = "/experience/partner/v2/shipments/{shipment}", operation_id = "track_shipment",
    tag = "partner",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer you have.")),
    responses(
        (status = 200, description = "The shipment as it stands.", body = ShipmentStatus,
            headers(("ETag" = String, description = "Its version."))),
        (status = 304, description = "The answer you have still holds.",
            headers(("ETag" = String, description = "Its version.")))))]
pub async fn track_shipment(State(app): State<App>, call: Call, Path(id): Path<ShipmentId>) -> Result<Reply, Error> {
    let shipment = tracking::shipment(&app, &Viewer::of(&call), &id).await?;
    Reply::versioned(&call, shipment.version, || ShipmentStatus::of(&shipment))
}
