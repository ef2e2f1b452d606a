//! override_assignment: what a dispatcher changes by hand, with a reason. The planner says what it comes to; the
//! dispatcher decides all the same.

use super::{
    books::{Books, find_route},
    evaluation::{Evaluated, StopViolation, evaluate},
    fleet,
    view::RouteView,
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        decision::{Outcome, Run},
        id::{RegionId, RouteId},
        refused::Refused,
        route::{ByHand, Overridden, OverrideChange, override_by_hand},
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    reply::{answer, tagged},
    store::{Answer, Change},
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A change by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"change": {"action": "swap_driver", "driver": "drv_ben"}, "reason": "Ana is ill"})))]
pub struct OverrideRequest {
    pub change: OverrideChange,
    /// Why; it is kept with the route and in the audit.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
    /// The revision the decision was made upon; if the route has a newer one, the override is refused.
    #[schema(minimum = 1)]
    pub revision: Option<u32>,
}

/// What the override came to.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OverrideView {
    pub route: RouteView,
    /// The route a stop was moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<RouteView>,
    /// Whether the planner was there to recompute the times; if not, the planned times stay as they were.
    pub evaluated: bool,
    /// What the new sequence does not keep. It is published all the same.
    #[schema(max_items = 5000)]
    pub violations: Vec<StopViolation>,
}

/// An override that has been taken.
#[derive(Clone, Debug)]
pub struct Revised {
    pub overridden: Overridden,
    pub evaluated: Evaluated,
    pub version: i64,
}

/// Changes a route by hand.
///
/// Moves a stop within the route or to another one, swaps driver or vehicle, or puts the open stops in a new order.
/// The times are recomputed, what the new sequence does not keep is reported, and the route gets a new revision.
#[utoipa::path(post, path = "/process/routes/v1/routes/{route}/overrides", operation_id = "override_assignment", tag = "routes",
    extensions(("x-when-away" = json!(["accept"]))),
    params(
        ("route" = RouteId, Path, description = "The route.", example = "rte_north-1"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"override-rte_north-1-a\"")),
    request_body(content = OverrideRequest, description = "The change and its reason."),
    responses((status = 200, description = "The route in its new revision.", body = OverrideView, headers(("ETag" = String, description = "The version of the route and its stops.")))))]
pub async fn override_assignment(
    State(app): State<App>,
    call: Call,
    Path(id): Path<RouteId>,
    Body(request): Body<OverrideRequest>,
) -> Result<Settled<Revised>, Error> {
    let viewer = Viewer::of(&call);
    find_route(&app.store, &viewer, &id).await?;
    if let OverrideChange::MoveStop { to_route: Some(other), .. } = &request.change {
        find_route(&app.store, &viewer, other).await?;
    }
    override_route(&app, &Case::of(&call), &id, &request, |revised| {
        let Overridden { run, other } = &revised.overridden;
        let view = OverrideView {
            route: RouteView::of(run),
            other: other.as_ref().map(RouteView::of),
            evaluated: revised.evaluated.complete,
            violations: revised.evaluated.violations.clone(),
        };
        tagged(answer(200, &view), revised.version)
    })
    .await
}

/// Changes the route by hand, in a new revision.
pub async fn override_route(
    app: &App,
    case: &Case,
    id: &RouteId,
    request: &OverrideRequest,
    word: impl Fn(&Revised) -> Answer,
) -> Result<Settled<Revised>, Error> {
    decide(&app.store, case, word, || attempt(app, case, id, request)).await
}

async fn attempt(app: &App, case: &Case, id: &RouteId, request: &OverrideRequest) -> Result<(Change, Revised), Error> {
    let books = Books::of(&app.store, id).await?;
    let other = match &request.change {
        OverrideChange::MoveStop { to_route: Some(other), .. } if other != id => {
            Some(Books::of(&app.store, other).await?)
        }
        _ => None,
    };
    let run = books.run().ok_or(Error::NotFound("route"))?;
    check(app, &run, request).await?;
    let other_run = other.as_ref().and_then(Books::run);
    // First as it would be, for the planner to put times to it; then as it is.
    let drafted =
        override_by_hand(run.clone(), other_run.clone(), by_hand(case, request, BTreeMap::new()), case.now())?;
    let evaluated = evaluate(app, case, &drafted.state).await?;
    let by_hand = by_hand(case, request, evaluated.timings.clone());
    let Outcome { state, follows } = override_by_hand(run, other_run, by_hand, case.now())?;
    let mut change = case.change_in(&state.run.route.region);
    let version = write(&mut change, &books, other.as_ref(), &state);
    let data = json!({"change": request.change, "reason": request.reason, "revision": state.run.route.revision});
    change.audit("override_assignment", id.as_str(), data);
    app.store.follow(&mut change, follows).await?;
    Ok((change, Revised { overridden: state, evaluated, version }))
}

fn by_hand(
    case: &Case,
    request: &OverrideRequest,
    timings: BTreeMap<crate::domain::id::StopId, crate::domain::time::Window>,
) -> ByHand {
    let (change, reason) = (request.change.clone(), request.reason.clone());
    ByHand { change, reason, by: case.origin.actor.clone(), timings }
}

/// The revision decided upon is the present one, and whoever is swapped in belongs to the region.
async fn check(app: &App, run: &Run, request: &OverrideRequest) -> Result<(), Error> {
    if let Some(seen) = request.revision.filter(|seen| *seen != run.route.revision) {
        let detail =
            format!("the decision was made upon revision {seen}; the route has revision {}", run.route.revision);
        return Err(Refused::new("stale_revision", detail).into());
    }
    let region: Option<RegionId> = match &request.change {
        OverrideChange::SwapDriver { driver } => fleet::driver(&app.store, driver).await?.map(|it| it.region),
        OverrideChange::SwapVehicle { vehicle } => fleet::vehicle(&app.store, vehicle).await?.map(|it| it.region),
        _ => None,
    };
    match region {
        Some(region) if region != run.route.region => {
            Err(Refused::new("other_region", "the vehicle or driver is another region's").at("/change").into())
        }
        _ => Ok(()),
    }
}

/// Both routes in one change. What was handed over is written where it has gone.
fn write(change: &mut Change, books: &Books, other: Option<&Books>, state: &Overridden) -> i64 {
    if let (Some(there), Some(run)) = (other, &state.other) {
        let mut both = there.clone();
        both.stops.extend(books.stops.iter().cloned());
        both.shipments.extend(books.shipments.iter().cloned());
        both.orders.extend(books.orders.iter().cloned());
        both.write(change, run);
    }
    books.write(change, &state.run)
}
