//! Reading one order.

use super::{
    seen,
    view::{OrderView, example},
};
use crate::{
    app::App,
    body::Path,
    domain::id::OrderId,
    error::Error,
    policy::{Call, Viewer},
    reply::Reply,
};
use axum::extract::State;

/// Reads an order as it stands.
///
/// Send the ETag in `If-None-Match` to be told 304 while nothing has changed, and in `If-Match` to amend what you read.
#[utoipa::path(
    get, path = "/process/orders/v1/orders/{order}", operation_id = "get_order", tag = "orders",
    params(
        ("order" = OrderId, Path, description = "The order's id.", example = "ord_5f1c0a9be27d4431aa02"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag you hold.", example = json!("\"3\"")),
    ),
    responses(
        (status = 200, description = "The order.", body = OrderView,
            headers(("ETag" = String, description = "The order's version, for `If-Match`.")), example = json!(example())),
        (status = 304, description = "Unchanged since the version given in `If-None-Match`."),
    )
)]
pub async fn get_order(State(app): State<App>, call: Call, Path(order): Path<OrderId>) -> Result<Reply, Error> {
    let loaded = seen(&app.store, &Viewer::of(&call), &order).await?;
    Reply::versioned(&call, loaded.version, || OrderView::of(&loaded))
}
