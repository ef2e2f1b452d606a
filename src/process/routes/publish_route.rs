//! publish_route: a revision of one vehicle's plan becomes binding. Each route is one change, with all of its stops,
//! shipments and orders, so that a whole region's plan can be published route by route, in any order.

use super::{
    books::find_route,
    days::unknown_region,
    publication::{Published, publish},
    view::RouteView,
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        id::{CarrierId, DriverId, RegionId, RouteId, ShipmentId, VehicleId},
        place::Position,
        route::Route,
        time::Window,
    },
    error::Error,
    policy::{Call, Territory, Viewer},
    process::{Case, Settled},
    reply::{answer, tagged},
};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is to be published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"revision": 1})))]
pub struct RoutePublication {
    /// Counts up with every plan of this route. An older one than is known is refused; the same one twice is done once.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub revision: u32,
    /// The plan; without it, the proposal as it stands.
    pub plan: Option<RoutePlan>,
}

/// One vehicle's plan of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutePlan {
    pub region: RegionId,
    #[schema(examples("2026-11-23"))]
    pub day: Date,
    pub vehicle: VehicleId,
    pub driver: Option<DriverId>,
    pub carrier: Option<CarrierId>,
    /// Where the vehicle starts and ends; without it, the region's depot.
    pub depot: Option<Position>,
    /// From leaving the depot to being back.
    pub shift: Window,
    /// In driving order.
    #[schema(min_items = 1, max_items = 500)]
    pub stops: Vec<RoutePlanStop>,
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub distance_metres: u64,
}

/// One place of a plan. Its stop follows from the shipment and keeps its id over every revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutePlanStop {
    pub shipment: ShipmentId,
    /// The planned arrival and departure.
    pub planned: Window,
    /// How long the stop takes; without it, as the order says.
    #[schema(minimum = 0, maximum = 28_800)]
    pub service_seconds: Option<u32>,
}

/// Publishes a route.
///
/// With a plan: the plan of the caller's own planner; its shipments are planned, keep or get their stops, and shipments
/// that the new revision no longer has can be planned again. Without a plan: the proposal as it stands. An older
/// revision is refused with `stale_revision`, the same revision with another plan with `revision_conflict`.
#[utoipa::path(put, path = "/process/routes/v1/routes/{route}", operation_id = "publish_route", tag = "routes",
    params(
        ("route" = RouteId, Path, description = "The route: a proposal's id, or one of the planner's own.", example = "rte_north-1"),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own; without one the revision alone keeps the publication from being done twice.", example = "\"rte_north-1-rev-1\"")),
    request_body(content = RoutePublication, description = "The revision, and the plan where it is not the proposal."),
    responses(
        (status = 200, description = "Published, or known already.", body = RouteView, headers(("ETag" = String, description = "The version of the route and its stops."))),
        (status = 201, description = "Published; nobody knew the route before.", body = RouteView, headers(("ETag" = String, description = "The version of the route and its stops.")))))]
pub async fn publish_route(
    State(app): State<App>,
    call: Call,
    Path(id): Path<RouteId>,
    Body(publication): Body<RoutePublication>,
) -> Result<Settled<Published>, Error> {
    let viewer = Viewer::of(&call);
    if app.store.load::<Route>(id.as_str()).await?.is_some() {
        find_route(&app.store, &viewer, &id).await?;
    }
    if let Some(plan) = &publication.plan {
        let territory = Territory(plan.region.clone());
        if !viewer.sees(&territory) {
            return Err(unknown_region(&plan.region));
        }
        viewer.meets_here(&territory)?;
    }
    publish(&app, &Case::of(&call), &id, &publication, |published| {
        let status = if published.new { 201 } else { 200 };
        tagged(answer(status, &RouteView::of(&published.run)), published.version)
    })
    .await
}
