//! The warehouse: what was picked.

use crate::{
    app::App, body::Path, error::Error, policy::Call, process::Case, reply::Reply, system::warehouse::PickStatus,
};
use axum::extract::State;

/// How far picking has come for an order
#[utoipa::path(
    get, path = "/system/warehouse/v1/orders/{number}/pick-status", operation_id = "get_pick_status", tag = "warehouse",
    params(("number" = String, Path, description = "The ERP's order number", max_length = 40)),
    responses((status = 200, description = "What was picked", body = PickStatus))
)]
pub async fn get_pick_status(State(app): State<App>, call: Call, Path(number): Path<String>) -> Result<Reply, Error> {
    Ok(Reply::ok(&app.connectors.warehouse.get_pick_status(&Case::of(&call).errand, &number).await?))
}
