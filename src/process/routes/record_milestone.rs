//! record_milestone: what happens to a route and at its stops, apart from deliveries. Told twice or too late, it is
//! said so and nothing moves: drivers' phones repeat themselves.

use super::{
    books::find_route,
    milestones::{Recorded, of_route, of_stop},
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        id::{ExceptionId, RouteId, StopId},
        place::Position,
        report::Reception,
        route::RouteState,
        stop::StopState,
    },
    error::Error,
    policy::Call,
    process::{Case, Settled, deliveries::Reporter},
    reply::answer,
    store::Answer,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that has happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"milestone": "stop_arrived", "stop": "stp_0a1b.1.1", "occurred_at": "2026-11-23T08:41:00Z"})))]
pub struct MilestoneReport {
    pub milestone: RouteMilestone,
    /// The stop it happened at; for `stop_…` and `goods_returned`.
    pub stop: Option<StopId>,
    /// When it happened, by the reporter's clock. A time ahead of ours counts as now, and is flagged.
    pub occurred_at: Timestamp,
    /// The reporter's own name for it, kept over retries; without it, one is derived from what is reported.
    #[schema(min_length = 1, max_length = 128)]
    pub event: Option<String>,
    pub position: Option<Position>,
    #[schema(max_length = 100)]
    pub device: Option<String>,
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// What can happen on the way, apart from deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RouteMilestone {
    /// The driver or carrier takes the route on.
    RouteAccepted,
    /// The driver or carrier does not take it; the planner has to revise it.
    RouteRejected,
    /// Everything the route carries is on the vehicle.
    GoodsLoaded,
    /// The vehicle has left the depot.
    VehicleDeparted,
    StopEnRoute,
    StopArrived,
    StopDeparted,
    /// What was not delivered at the stop is back at the depot.
    GoodsReturned,
    /// Every stop is over.
    RouteCompleted,
    /// The route is broken off; what nobody has been to can be planned again.
    RouteAborted,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MilestoneView {
    pub reception: Reception,
    pub route: RouteId,
    /// The route's state now.
    pub state: RouteState,
    /// The stop's state now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<StopState>,
    /// The exception that keeps it, if it contradicts what is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<ExceptionId>,
}

impl MilestoneView {
    pub fn of(recorded: &Recorded) -> Self {
        let Recorded { reception, route, state, stop, quarantine } = recorded.clone();
        Self { reception, route, state, stop, quarantine }
    }
}

/// Records a milestone of a route or of one of its stops.
///
/// Repeating a milestone is answered with `duplicate`, one that events have overtaken with `late`; neither moves
/// anything. Deliveries are confirmed through process/deliveries.
#[utoipa::path(post, path = "/process/routes/v1/routes/{route}/milestones", operation_id = "record_milestone", tag = "routes",
    params(
        ("route" = RouteId, Path, description = "The route.", example = "rte_north-1"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"milestone-4711\"")),
    request_body(content = MilestoneReport, description = "What happened, when and where."),
    responses((status = 200, description = "What became of it.", body = MilestoneView)))]
pub async fn record_milestone(
    State(app): State<App>,
    call: Call,
    Path(id): Path<RouteId>,
    Body(report): Body<MilestoneReport>,
) -> Result<Settled<Recorded>, Error> {
    let reporter = Reporter::of(&call)?;
    let word = |recorded: &Recorded| answer(200, &MilestoneView::of(recorded));
    record(&app, &Case::of(&call), &reporter, &id, &report, word).await
}

/// Records a milestone in the reporter's name.
pub async fn record(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    id: &RouteId,
    report: &MilestoneReport,
    word: impl Fn(&Recorded) -> Answer,
) -> Result<Settled<Recorded>, Error> {
    let route = find_route(&app.store, &reporter.viewer, id).await?;
    match report.milestone.reported() {
        Some(what) => of_stop(app, case, reporter, &route, report, what, word).await,
        None => of_route(app, case, id, report, word).await,
    }
}
