//! A party's shipments, as a list.

use crate::{
    app::App,
    body::Query,
    domain::{
        id::{OrderId, ShipmentId},
        shipment::{Shipment, ShipmentState},
        time::Window,
    },
    error::Error,
    ids,
    policy::{Call, Viewer},
    process::{
        Page, listed,
        tracking::{self, Wanted},
        word, written,
    },
    reply::Reply,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A shipment in a list.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "shipment": "shp_5f1c.1", "order": "ord_5f1c", "order_number": "SO-1041", "state": "planned",
    "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"}, "expected_at": "2026-11-23T10:12:00Z",
    "delivered_at": null
})))]
pub struct ShipmentSummary {
    shipment: ShipmentId,
    order: OrderId,
    #[schema(max_length = 40)]
    order_number: String,
    state: ShipmentState,
    window: Window,
    /// The ETA.
    expected_at: Option<Timestamp>,
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

/// Which shipments.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ShipmentFilter {
    /// Only those of the order with this number.
    #[param(min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9][A-Za-z0-9._/-]*$")]
    order_number: Option<String>,
    /// Only those in this state.
    state: Option<ShipmentState>,
}

impl ShipmentFilter {
    fn text(&self) -> String {
        written([("order_number", self.order_number.clone()), ("state", self.state.as_ref().map(word))])
    }
}

/// Lists the party's shipments, newest first.
///
/// With `order_number` it finds the shipments of one order.
#[utoipa::path(get, path = "/experience/partner/v1/shipments", operation_id = "list_shipments", tag = "partner",
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

/// The page that was asked for, each shipment in these words.
pub(super) async fn asked_for<V: Serialize>(
    app: &App,
    call: &Call,
    filter: &ShipmentFilter,
    page: &Page,
    worded: impl Fn(&Shipment) -> V,
) -> Result<Reply, Error> {
    let filters = filter.text();
    let (after, limit) = (page.after(call, &filters)?, page.limit()?);
    let wanted = Wanted { order: filter.order_number.as_deref().map(ids::order_id), state: filter.state };
    let slice = tracking::shipments(app, &Viewer::of(call), &wanted, after, limit).await?;
    Ok(listed(call, call.path(), &filters, slice, worded))
}

fn summary(shipment: &Shipment) -> ShipmentSummary {
    ShipmentSummary {
        shipment: shipment.id.clone(),
        order: shipment.order.clone(),
        order_number: shipment.order_number.clone(),
        state: shipment.state,
        window: shipment.window,
        expected_at: shipment.eta.map(|eta| eta.at),
        delivered_at: shipment.delivered.map(|moment| moment.occurred_at),
    }
}
