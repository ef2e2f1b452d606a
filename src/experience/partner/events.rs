//! What happened to one shipment.

use crate::{
    app::App,
    body::{Path, Query},
    domain::id::ShipmentId,
    error::Error,
    policy::{Call, Viewer},
    process::{
        Page, paged,
        tracking::{self, Happening},
    },
    reply::Reply,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Something that happened to a shipment.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "event": "evt_019aa2b7c1f07d0c", "milestone": "delivery.completed", "occurred_at": "2026-11-23T10:12:31Z",
    "recorded_at": "2026-11-23T11:40:02Z", "mark": "7.1763898002000000.1.41",
    "facts": {"state": "delivered", "attempt": 1, "lines": [[1, 2]]}
})))]
pub struct ShipmentEvent {
    /// Its id; the same as the `id` of the CloudEvent.
    #[schema(max_length = 128)]
    event: String,
    /// Such as `delivery.completed`.
    #[schema(max_length = 100)]
    milestone: String,
    /// When it happened in the world.
    occurred_at: Timestamp,
    /// When it was recorded here; a driver who was offline is heard of later.
    recorded_at: Timestamp,
    /// Send it as `Last-Event-ID` to follow the shipment from here on.
    #[schema(max_length = 100)]
    mark: String,
    /// What the milestone tells of the shipment.
    #[schema(value_type = Object)]
    facts: Value,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct ShipmentEventPage {
    #[schema(max_items = 200)]
    items: Vec<ShipmentEvent>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Lists what happened to a shipment, in the order it happened.
///
/// A report that came in late stands where it belongs. Nobody's name is told.
#[utoipa::path(get, path = "/experience/partner/v1/shipments/{shipment}/events",
    operation_id = "list_shipment_events", tag = "partner",
    params(("shipment" = ShipmentId, Path, description = "The shipment."), Page),
    responses((status = 200, description = "A page of events.", body = ShipmentEventPage,
        headers(("Link" = String, description = "The next page, if there is one.")))))]
pub async fn list_shipment_events(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ShipmentId>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let (after, limit) = (page.after(&call, "")?, page.limit()?);
    let (happened, next) = tracking::history(&app, &Viewer::of(&call), &id, after, limit).await?;
    Ok(paged(&call, call.path(), "", happened.into_iter().map(worded).collect(), next))
}

fn worded(happening: Happening) -> ShipmentEvent {
    let Happening { id, milestone, occurred_at, recorded_at, mark, facts } = happening;
    ShipmentEvent { event: id, milestone, occurred_at, recorded_at, mark, facts }
}
