//! What leaders measure.

use crate::{
    app::App,
    body::Query,
    error::Error,
    policy::{Call, Viewer},
    process::figures::{self, Sla},
    reply::Reply,
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

/// Over which window.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlaWindow {
    /// The last so many hours.
    #[param(minimum = 1, maximum = 744, default = 24)]
    hours: Option<u32>,
}

/// Measures the flow from order to invoice, and holds it against its targets.
///
/// Each figure over the whole window, by region, carrier and customer segment where those are known, and as a series of
/// equal parts. Durations come as the median and the 95th percentile with the share that was in time.
#[utoipa::path(get, path = "/experience/control-tower/v1/sla", operation_id = "get_sla", tag = "control-tower",
    params(SlaWindow),
    responses((status = 200, description = "Every figure.", body = Sla, example = json!({
        "from": "2026-11-22T10:00:00Z", "until": "2026-11-23T10:00:00Z",
        "figures": [{"figure": "proof_posting", "kind": "duration",
            "target": {"within_seconds": 3600, "share": 0.95, "at_most": null},
            "total": {"count": 812, "p50_seconds": 4.1, "p95_seconds": 190.0, "share": 0.98, "met": true},
            "by_region": {}, "by_carrier": {}, "by_segment": {},
            "series": [{"at": "2026-11-22T10:00:00Z", "count": 3, "value": 12.5}], "capped": false}]}))))]
pub async fn get_sla(State(app): State<App>, call: Call, Query(window): Query<SlaWindow>) -> Result<Reply, Error> {
    let measured = figures::sla(&app, &Viewer::of(&call), call.now(), window.hours.unwrap_or(24)).await?;
    Ok(Reply::ok(&measured))
}
