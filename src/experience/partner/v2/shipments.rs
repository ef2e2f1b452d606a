//! A party's shipments, as a list that tells a window for each.

use super::{
    super::shipments::{ShipmentFilter, asked_for},
    arrival::{Punctuality, punctuality},
};
use crate::{
    app::App,
    body::Query,
    domain::{
        id::{OrderId, ShipmentId},
        shipment::{Shipment, ShipmentState},
        time::Window,
    },
    error::Error,
    policy::Call,
    process::Page,
    reply::Reply,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A shipment in a list.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "shipment": "shp_5f1c.1", "order": "ord_5f1c", "order_number": "SO-1041", "state": "planned",
    "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"},
    "expected": {"from": "2026-11-23T10:02:00Z", "until": "2026-11-23T10:22:00Z"}, "punctuality": "on_time",
    "delivered_at": null
})))]
pub struct ShipmentSummary {
    shipment: ShipmentId,
    order: OrderId,
    #[schema(max_length = 40)]
    order_number: String,
    state: ShipmentState,
    /// When the customer can be served.
    window: Window,
    /// When it is expected.
    expected: Option<Window>,
    punctuality: Option<Punctuality>,
    delivered_at: Option<Timestamp>,
}

/// A page of shipments.
#[derive(Serialize, ToSchema)]
pub struct ShipmentPage {
    #[schema(max_items = 200)]
    items: Vec<ShipmentSummary>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Lists the party's shipments, newest first.
///
/// With `order_number` it finds the shipments of one order.
#[utoipa::path(get, path = "/experience/partner/v2/shipments", operation_id = "list_shipments", tag = "partner",
    params(ShipmentFilter, Page),
    responses((status = 200, description = "A page of shipments.", body = ShipmentPage,
        headers(("Link" = String, description = "The next page, if there is one.")))))]
pub async fn list_shipments(
    State(app): State<App>,
    call: Call,
    Query(filter): Query<ShipmentFilter>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    asked_for(&app, &call, &filter, &page, summary).await
}

fn summary(shipment: &Shipment) -> ShipmentSummary {
    ShipmentSummary {
        shipment: shipment.id.clone(),
        order: shipment.order.clone(),
        order_number: shipment.order_number.clone(),
        state: shipment.state,
        window: shipment.window,
        expected: shipment.eta.map(|eta| eta.window),
        punctuality: punctuality(shipment),
        delivered_at: shipment.delivered.map(|moment| moment.occurred_at),
    }
}
