//! dispatch_route: the vehicle has left the depot. What it carries is out for delivery, its orders are in execution.

use super::{
    books::{Books, find_route},
    publication::Published,
    view::RouteView,
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{id::RouteId, route},
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    reply::{answer, tagged},
    store::{Answer, Change},
};
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// The departure of a route's vehicle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(examples(json!({"departed_at": "2026-11-23T06:12:00Z"})))]
pub struct RouteDeparture {
    /// When the vehicle left; without it, now. A time ahead of ours counts as now.
    pub departed_at: Option<Timestamp>,
}

/// Dispatches a route.
///
/// The route needs a driver. Its shipments are out for delivery and their orders in execution; those who follow them
/// are told that the vehicle has departed.
#[utoipa::path(post, path = "/process/routes/v1/routes/{route}/dispatch", operation_id = "dispatch_route", tag = "routes",
    params(
        ("route" = RouteId, Path, description = "The route.", example = "rte_north-1"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"dispatch-rte_north-1\"")),
    request_body(content = RouteDeparture, description = "When the vehicle left."),
    responses((status = 200, description = "The route is started.", body = RouteView, headers(("ETag" = String, description = "The version of the route and its stops.")))))]
pub async fn dispatch_route(
    State(app): State<App>,
    call: Call,
    Path(id): Path<RouteId>,
    Body(departure): Body<RouteDeparture>,
) -> Result<Settled<Published>, Error> {
    find_route(&app.store, &Viewer::of(&call), &id).await?;
    let departed_at = departure.departed_at.unwrap_or(call.now());
    dispatch(&app, &Case::of(&call), &id, departed_at, |started| {
        tagged(answer(200, &RouteView::of(&started.run)), started.version)
    })
    .await
}

/// Starts the route.
pub async fn dispatch(
    app: &App,
    case: &Case,
    id: &RouteId,
    departed_at: Timestamp,
    word: impl Fn(&Published) -> Answer,
) -> Result<Settled<Published>, Error> {
    decide(&app.store, case, word, || attempt(app, case, id, departed_at)).await
}

pub(super) async fn attempt(
    app: &App,
    case: &Case,
    id: &RouteId,
    departed_at: Timestamp,
) -> Result<(Change, Published), Error> {
    let books = Books::of(&app.store, id).await?;
    let run = books.run().ok_or(Error::NotFound("route"))?;
    let mut change = case.change_in(&run.route.region);
    let outcome = route::dispatch(run, departed_at.min(case.now()))?;
    let version = books.write(&mut change, &outcome.state);
    change.audit("dispatch_route", id.as_str(), json!({"departed_at": outcome.state.route.departed_at}));
    app.store.follow(&mut change, outcome.follows).await?;
    Ok((change, Published { run: outcome.state, version, new: false }))
}
