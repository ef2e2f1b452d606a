//! Telematics: where the vehicles are, and what a tracker says.

use crate::{
    app::App,
    body::{Body, Query},
    error::Error,
    policy::Call,
    process::{Case, routes::take_positions},
    reply::{Reply, empty},
    system::telematics::Fix,
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Whose positions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Devices {
    /// Devices, separated by commas; all, if none is named.
    #[param(max_length = 2000)]
    pub devices: Option<String>,
}

/// The last fix of each device
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Positions {
    #[schema(max_items = 100_000)]
    pub positions: Vec<Fix>,
}

/// Where the vehicles are
///
/// The last fix of each device; invalid and outdated fixes are left out.
#[utoipa::path(
    get, path = "/system/telematics/v1/positions", operation_id = "latest_positions", tag = "telematics",
    params(Devices),
    responses((status = 200, description = "The last fixes", body = Positions))
)]
pub async fn latest_positions(
    State(app): State<App>,
    call: Call,
    Query(asked): Query<Devices>,
) -> Result<Reply, Error> {
    let named = asked.devices.unwrap_or_default();
    let devices: Vec<_> = named.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    let positions = app.connectors.telematics.latest_positions(&Case::of(&call).errand, &devices).await?;
    Ok(Reply::ok(&Positions { positions }))
}

/// Tell where a device is
///
/// It counts as an arrival or a departure where it says so, moves the ETAs of the stops ahead, and is passed on to
/// telematics. A fix that cannot be true is dropped and counted.
#[utoipa::path(
    post, path = "/system/telematics/v1/positions", operation_id = "push_position", tag = "telematics",
    request_body = Fix,
    responses((status = 202, description = "Taken"))
)]
pub async fn push_position(State(app): State<App>, call: Call, Body(fix): Body<Fix>) -> Result<Reply, Error> {
    let case = Case::of(&call);
    // Telematics first: where it is away nothing has happened yet, and the device sends the fix again.
    app.connectors.telematics.push_position(&case.errand, &fix).await?;
    let mut change = case.change();
    change.audit("push_position", fix.device.as_str(), serde_json::json!({}));
    take_positions(&app, &case, vec![fix]).await?;
    app.store.commit(change).await?;
    Ok(Reply(empty(202)))
}
