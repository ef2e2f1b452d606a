//! When one shipment comes.

use crate::{
    app::App,
    body::Path,
    domain::{
        eta::Eta,
        id::ShipmentId,
        shipment::ShipmentState,
        time::{TimeKind, Window},
    },
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
    "shipment": "shp_5f1c.1", "state": "out_for_delivery", "kind": "projected", "at": "2026-11-23T10:12:00Z",
    "eta": {
        "kind": "projected", "at": "2026-11-23T10:12:00Z", "confidence": 0.9, "source": "position",
        "window": {"from": "2026-11-23T10:02:00Z", "until": "2026-11-23T10:22:00Z"},
        "computed_at": "2026-11-23T09:40:00Z"
    },
    "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"}, "late": false
})))]
pub struct ShipmentEta {
    shipment: ShipmentId,
    state: ShipmentState,
    /// Which time `at` is: what the plan says, what is expected now, or what happened. None while nothing is planned.
    kind: Option<TimeKind>,
    at: Option<Timestamp>,
    eta: Option<Eta>,
    /// When the customer can be served.
    window: Window,
    /// Whether `at` lies behind the window.
    late: bool,
}

/// Tells when a shipment comes.
///
/// `at` is the best that is known: the arrival once somebody has arrived, before that the ETA, before that the plan.
#[utoipa::path(get, path = "/experience/partner/v1/shipments/{shipment}/eta", operation_id = "get_eta", tag = "partner",
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
    Reply::versioned(&call, shipment.version, || {
        let actual = shipment.arrived.or(shipment.delivered).map(|moment| (TimeKind::Actual, moment.occurred_at));
        let projected = shipment.eta.map(|eta| (eta.kind, eta.at));
        let planned = shipment.planned.map(|planned| (TimeKind::Planned, planned.from));
        let best = actual.or(projected).or(planned);
        ShipmentEta {
            shipment: shipment.id.clone(),
            state: shipment.state.state,
            kind: best.map(|(kind, _)| kind),
            at: best.map(|(_, at)| at),
            eta: shipment.eta,
            window: shipment.window,
            late: best.is_some_and(|(_, at)| at > shipment.window.until),
        }
    })
}
