//! The whole way of one order.

use crate::{
    app::App,
    body::Path,
    error::Error,
    policy::{Call, Viewer},
    process::traces::{self, OrderTrace},
    reply::Reply,
};
use axum::extract::State;

/// Traces an order from the ERP to the invoice, and says where it stops.
///
/// `{order}` is the ERP's number or the order's id; a slash in a number is written `%2F`. Told are the order, its
/// shipments, routes, stops and proofs, the posting and the invoice, and every call on the way with its times.
#[utoipa::path(get, path = "/experience/control-tower/v1/traces/{order}", operation_id = "trace_order",
    tag = "control-tower",
    params(("order" = String, Path, min_length = 1, max_length = 96, description = "The ERP's number or the order's id.")),
    responses((status = 200, description = "Its whole way.", body = OrderTrace, example = json!({
        "order": {"id": "ord_5f1c", "number": "SO-1041", "party": "pty_acme", "region": "north", "state": "released",
            "holds": [], "window": {"from": "2026-11-23T08:00:00Z", "until": "2026-11-23T12:00:00Z"},
            "received_at": "2026-11-23T06:00:00Z", "released_at": "2026-11-23T06:00:00Z"},
        "shipments": [], "routes": [], "stops": [], "exceptions": [],
        "invoice": {"state": "on_hold", "number": null, "kept_by": []},
        "complete": false, "stops_at": {"stage": "planning", "detail": "shp_5f1c.1 is on no route"},
        "events": [], "tasks": []}))))]
pub async fn trace_order(State(app): State<App>, call: Call, Path(order): Path<String>) -> Result<Reply, Error> {
    Ok(Reply::ok(&traces::trace_order(&app, &Viewer::of(&call), &order).await?))
}
