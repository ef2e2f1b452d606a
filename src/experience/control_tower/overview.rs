//! Everything at a glance.

use crate::{
    app::App,
    error::Error,
    policy::{Call, Viewer},
    process::overview::{self, BacklogOfKind, ConnectorHealth, Overview},
    reply::Reply,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

/// The systems behind Haulgate, and what is on its way to them.
#[derive(Serialize, ToSchema)]
pub struct ConnectorPage {
    #[schema(max_items = 200)]
    items: Vec<ConnectorHealth>,
    #[schema(max_items = 50)]
    backlog: Vec<BacklogOfKind>,
    /// Always absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Counts everything at a glance.
///
/// Orders, shipments, routes and exceptions by state in each region, what is late, what is on its way to other systems
/// and for how long, and how those are doing. What has ended is counted for a day.
#[utoipa::path(get, path = "/experience/control-tower/v1/overview", operation_id = "get_overview", tag = "control-tower",
    responses((status = 200, description = "Everything at a glance.", body = Overview, example = json!({
        "at": "2026-11-23T10:00:00Z",
        "regions": [{"region": "north", "orders": {"released": 12}, "shipments": {"out_for_delivery": 40},
            "routes": {"started": 4}, "exceptions": {"open": 2}, "late_shipments": 1}],
        "backlog": [{"kind": "post_delivery", "waiting": 3, "under_way": 1, "dead": 0, "oldest_seconds": 2}],
        "dead_letters": 0, "connectors": []}))))]
pub async fn get_overview(State(app): State<App>, call: Call) -> Result<Reply, Error> {
    Ok(Reply::ok(&overview::overview(&app, &Viewer::of(&call), call.now()).await?))
}

/// Lists the systems behind Haulgate: breaker, calls, failures and what waits.
#[utoipa::path(get, path = "/experience/control-tower/v1/connectors", operation_id = "list_connectors",
    tag = "control-tower",
    responses((status = 200, description = "All of them.", body = ConnectorPage, example = json!({
        "items": [{"name": "erp", "by": "api", "breaker": "closed", "retry_after_seconds": null, "in_flight": 0, "waiting": 0,
            "calls": 120, "failures": 1, "retries": 1, "last_success_at": "2026-11-23T10:00:00Z",
            "last_failure_at": null, "last_failure": null}],
        "backlog": []}))))]
pub async fn list_connectors(State(app): State<App>, call: Call) -> Result<Reply, Error> {
    let backlog = overview::backlog(&app, &Viewer::of(&call), call.now()).await?;
    Ok(Reply::ok(&ConnectorPage { items: overview::connectors(&app), backlog, next: None }))
}
