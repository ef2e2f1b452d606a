//! request_plan: a region's day is put before the planner; its routes are kept as proposals, and what it could not
//! assign raises an exception.

use super::{
    candidates::{Candidate, LeftOut, LeftOutReason, choose, leave},
    days::{day_of, unknown_region},
    fleet::{Crew, FleetVehicle, muster},
    proposal::{Drafted, UnassignedView, propose},
    view::RouteView,
};
use crate::{
    app::App,
    body::Body,
    domain::{
        id::{RegionId, ShipmentId},
        place::Position,
        shipment::Shipment,
    },
    error::Error,
    policy::{Call, Territory, Viewer},
    process::{Case, Settled, decide},
    reply::answer,
    store::{Answer, Change, Query, Store},
    system::planner::{Plan, PlanProblem},
};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A region's day to be planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"region": "reg_north", "day": "2026-11-23", "fleet": [{"vehicle": "veh_1", "driver": "drv_ana"}]})))]
pub struct PlanRequest {
    pub region: RegionId,
    /// The day, by the region's own clock.
    pub day: Date,
    /// Where the vehicles start and end; without it, the region's depot.
    pub depot: Option<Position>,
    #[schema(min_items = 1, max_items = 1000)]
    pub fleet: Vec<FleetVehicle>,
    /// How long the planner may think.
    #[schema(minimum = 1, maximum = 30)]
    pub thinking_seconds: Option<u32>,
    /// Only these; without it, every shipment of the region that waits to be planned and can be served on the day.
    #[schema(min_items = 1, max_items = 5000)]
    pub shipments: Option<BTreeSet<ShipmentId>>,
}

/// What the planner made of the day.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanView {
    /// Proposals: they bind nobody until they are published.
    #[schema(max_items = 1000)]
    pub routes: Vec<RouteView>,
    /// What no vehicle can take, with why; each has raised an exception.
    #[schema(max_items = 5000)]
    pub unassigned: Vec<UnassignedView>,
    /// What was not put before the planner, or changed while it was thinking.
    #[schema(max_items = 5000)]
    pub left_out: Vec<LeftOut>,
    pub distance_metres: u64,
}

/// Everything the planner was asked with, and its answer.
pub(super) struct Thought {
    pub request: PlanRequest,
    pub depot: Position,
    pub crews: Vec<Crew>,
    pub candidates: BTreeMap<String, Candidate>,
    pub left_out: Vec<LeftOut>,
    pub plan: Plan,
}

/// Plans a region's day.
///
/// Takes every shipment of the region that waits and can be served on the day, asks the planner, and keeps its routes
/// as proposals with revision 1. Publish them as they are, or publish others. Shipments that no vehicle can take raise
/// `capacity_unassigned`; shipments that changed while the planner was thinking are left out.
#[utoipa::path(post, path = "/process/routes/v1/plans", operation_id = "request_plan", tag = "routes",
    extensions(("x-when-away" = json!(["refuse"]))),
    params(("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"plan-reg_north-2026-11-23-a\"")),
    request_body(content = PlanRequest, description = "The region, the day and the fleet."),
    responses((status = 200, description = "The proposals, and what they leave out.", body = PlanView)))]
pub async fn request_plan(
    State(app): State<App>,
    call: Call,
    Body(request): Body<PlanRequest>,
) -> Result<Settled<PlanView>, Error> {
    let (viewer, territory) = (Viewer::of(&call), Territory(request.region.clone()));
    if !viewer.sees(&territory) {
        return Err(unknown_region(&request.region));
    }
    viewer.meets_here(&territory)?;
    plan(&app, &Case::of(&call), request, |plan| answer(200, plan)).await
}

/// Has the day planned and keeps what came of it.
pub async fn plan(
    app: &App,
    case: &Case,
    request: PlanRequest,
    word: impl Fn(&PlanView) -> Answer,
) -> Result<Settled<PlanView>, Error> {
    let thought = think(app, case, request).await?;
    decide(&app.store, case, word, || keep(app, case, &thought)).await
}

/// Asks the planner; nothing is written yet.
async fn think(app: &App, case: &Case, request: PlanRequest) -> Result<Thought, Error> {
    let law = app.law();
    let region = law.regions.get(&request.region).ok_or_else(|| unknown_region(&request.region))?;
    let day = day_of(&law.regions, &request.region, request.day)?;
    let depot = request.depot.unwrap_or(region.base.position);
    let crews = muster(&app.store, &request.fleet, &request.region, day).await?;
    let (candidates, left_out) = choose(&app.store, &request, day).await?;
    let plan = if candidates.is_empty() {
        Plan::default()
    } else {
        let problem = PlanProblem {
            depot,
            vehicles: crews.iter().map(|crew| crew.vehicle.clone()).collect(),
            jobs: candidates.iter().map(Candidate::job).collect(),
            matrix: None,
            thinking_seconds: request.thinking_seconds,
        };
        app.connectors.planner.solve(&case.errand, &problem).await?
    };
    let candidates = candidates.into_iter().map(|one| (one.shipment.id.to_string(), one)).collect();
    Ok(Thought { request, depot, crews, candidates, left_out, plan })
}

/// Keeps the proposals and raises what is unassigned, leaving out what has changed since the planner was asked.
async fn keep(app: &App, case: &Case, thought: &Thought) -> Result<(Change, PlanView), Error> {
    let changed = changed(&app.store, thought).await?;
    let Drafted { change, routes, unassigned } = propose(app, case, thought, &changed).await?;
    let mut change = change;
    let meanwhile = changed.iter().map(|id| leave(&id.as_str().into(), LeftOutReason::ChangedMeanwhile));
    let left_out: Vec<LeftOut> = thought.left_out.iter().cloned().chain(meanwhile).collect();
    let distance_metres = routes.iter().map(|route| route.distance_metres).sum();
    let data = json!({
        "day": thought.request.day,
        "routes": routes.iter().map(|route| &route.id).collect::<Vec<_>>(),
        "unassigned": unassigned.len(),
        "left_out": left_out.len(),
    });
    change.audit("request_plan", thought.request.region.as_str(), data);
    Ok((change, PlanView { routes, unassigned, left_out, distance_metres }))
}

/// The candidates that are no longer what the planner was told, read past the cache.
async fn changed(store: &Store, thought: &Thought) -> Result<BTreeSet<String>, Error> {
    let ids: Vec<String> = thought.candidates.keys().cloned().collect();
    let mut unchanged = BTreeSet::new();
    for some in ids.chunks(usize::try_from(crate::store::LARGEST_PAGE).unwrap_or(1000)) {
        let slice = store.list::<Shipment>(&Query { ids: some.to_vec(), ..Query::default() }).await?;
        let same = slice.rows.iter().filter(|now| {
            let then = thought.candidates.get(now.id.as_str());
            then.is_some_and(|then| then.shipment.version == now.version)
        });
        unchanged.extend(same.map(|shipment| shipment.id.to_string()));
    }
    Ok(ids.into_iter().filter(|id| !unchanged.contains(id)).collect())
}
