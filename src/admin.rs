//! What operators and orchestrators ask, on a listener of its own: alive, ready, and how it goes.

use crate::{app::App, telemetry};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use std::collections::BTreeMap;

/// `/livez`, `/readyz` and `/metrics`.
pub fn routes(app: App) -> Router {
    Router::new()
        .route("/livez", get(async || "alive\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(app)
}

/// Ready while the ledger takes writes and the process has not been asked to stop. A connector that is away does not
/// make the gateway unready: its policies say what to do without it. Nor do policies that were refused: those before stay
/// in force.
async fn ready(State(app): State<App>) -> Response {
    let ledger = app.store.ready().await;
    let stopping = app.background.is_stopping();
    let status = if ledger.is_ok() && !stopping { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let detail = json!({
        "ready": status == StatusCode::OK,
        "stopping": stopping,
        "ledger": ledger.map_or_else(|error| error.to_string(), |()| "ok".to_owned()),
        "durable_by": app.store.durable_by().collect::<BTreeMap<_, _>>(),
        "connectors": app.connector_states(),
        "policies": app.reloads.standing(),
    });
    (status, Json(detail)).into_response()
}

async fn metrics() -> Response {
    let text = telemetry::metrics().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
