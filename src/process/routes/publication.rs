//! Publishing a route: from what the planner sends, or from the proposal as it stands, to one change with everything
//! the route carries.

use super::{
    books::Books,
    days::unknown_region,
    proposal::exception_of,
    publish_route::{RoutePlan, RoutePublication},
};
use crate::{
    app::App,
    domain::{
        decision::Run,
        exception::{Exception, ExceptionState},
        id::{ExceptionId, RouteId, ShipmentId},
        refused::Refused,
        route::{self, Leg, Plan, PlannedLeg, Route, RouteState},
        shipment::Shipment,
    },
    error::Error,
    process::{Case, Settled, decide},
    store::{Answer, Change, Entity, Loaded, Store},
};
use serde_json::json;

/// A published route, and what became of it.
#[derive(Clone, Debug)]
pub struct Published {
    pub run: Run,
    /// The version of the run, for its ETag.
    pub version: i64,
    /// Nobody knew the route before.
    pub new: bool,
}

/// Publishes a revision in one change.
pub async fn publish(
    app: &App,
    case: &Case,
    id: &RouteId,
    publication: &RoutePublication,
    word: impl Fn(&Published) -> Answer,
) -> Result<Settled<Published>, Error> {
    let settled = decide(&app.store, case, word, || attempt(app, case, id, publication)).await;
    let outcome = if settled.is_ok() { "taken" } else { "refused" };
    metrics::counter!("haulgate_route_publications_total", "outcome" => outcome).increment(1);
    settled
}

async fn attempt(
    app: &App,
    case: &Case,
    id: &RouteId,
    publication: &RoutePublication,
) -> Result<(Change, Published), Error> {
    let current = app.store.load::<Route>(id.as_str()).await?;
    let new = current.is_none();
    let ids: Vec<ShipmentId> = publication.plan.iter().flat_map(RoutePlan::shipments).cloned().collect();
    let books = Books::gather(&app.store, current, &ids).await?;
    let run = match decided(app, case, id, publication, &books)? {
        Some(outcome) => outcome,
        None => return unchanged(case, &books),
    };
    let (run, mut follows) = (run.state, run.follows);
    let mut change = case.change_in(&run.route.region);
    let version = books.write(&mut change, &run);
    if !follows.milestones.is_empty() {
        follows.settles.extend(overtaken(&app.store, &run).await?);
        let as_proposed = publication.plan.is_none();
        let data = json!({"revision": run.route.revision, "stops": run.route.legs.len(), "as_proposed": as_proposed});
        change.audit("publish_route", id.as_str(), data);
    }
    app.store.follow(&mut change, follows).await?;
    Ok((change, Published { run, version, new }))
}

fn unchanged(case: &Case, books: &Books) -> Result<(Change, Published), Error> {
    let run = books.run().ok_or(Error::NotFound("route"))?;
    let change = case.change_in(&run.route.region);
    Ok((change, Published { run, version: books.version(), new: false }))
}

/// What the yard says to it; nothing if the proposal was published as it stands before.
fn decided(
    app: &App,
    case: &Case,
    id: &RouteId,
    publication: &RoutePublication,
    books: &Books,
) -> Result<Option<crate::domain::decision::Outcome<Run>>, Error> {
    let current = books.route.as_ref().map(|loaded| loaded.state.clone());
    let plan = match (&publication.plan, &current) {
        (Some(plan), Some(route)) if plan.region != route.region => {
            let text = "the route is another region's; a route never changes its region";
            return Err(Refused::new("other_region", text).at("/plan/region").into());
        }
        (Some(plan), _) => stated(app, id, publication.revision, plan, &books.shipments)?,
        (None, None) => return Err(Error::NotFound("route")),
        (None, Some(route)) if route.state != RouteState::Proposed && route.revision == publication.revision => {
            return Ok(None);
        }
        (None, Some(route)) => as_proposed(route, publication.revision, &books.shipments)?,
    };
    let (stops, shipments, orders) = (states(&books.stops), states(&books.shipments), states(&books.orders));
    let decided = route::publish(current, stops, shipments, orders, plan, case.now());
    Ok(Some(decided.map_err(|refused| below_plan(refused, publication))?))
}

/// The plan the caller states.
fn stated(
    app: &App,
    id: &RouteId,
    revision: u32,
    plan: &RoutePlan,
    shipments: &[Loaded<Shipment>],
) -> Result<Plan, Error> {
    let law = app.law();
    let region = law.regions.get(&plan.region).ok_or_else(|| unknown_region(&plan.region))?;
    let as_ordered =
        |id: &ShipmentId| shipments.iter().find(|shipment| shipment.id == *id).map(|it| it.service_seconds);
    let leg = |stop: &super::publish_route::RoutePlanStop| PlannedLeg {
        shipment: stop.shipment.clone(),
        planned: stop.planned,
        service_seconds: stop.service_seconds.or_else(|| as_ordered(&stop.shipment)).unwrap_or_default(),
    };
    Ok(Plan {
        id: id.clone(),
        region: plan.region.clone(),
        day: plan.day,
        revision,
        vehicle: plan.vehicle.clone(),
        driver: plan.driver.clone(),
        carrier: plan.carrier.clone(),
        depot: plan.depot.unwrap_or(region.base.position),
        shift: plan.shift,
        legs: plan.stops.iter().map(leg).collect(),
        distance_metres: plan.distance_metres,
    })
}

/// The proposal as it stands, unless somebody else has taken its shipments meanwhile.
fn as_proposed(route: &Route, revision: u32, shipments: &[Loaded<Shipment>]) -> Result<Plan, Error> {
    let gone = |leg: &&Leg| {
        let shipment = shipments.iter().find(|shipment| shipment.id == leg.shipment);
        shipment.is_none_or(|now| now.next_stop() != leg.stop || now.route.as_ref().is_some_and(|on| *on != route.id))
    };
    if let Some(leg) = route.legs.iter().find(gone) {
        let detail = format!("shipment {} is planned otherwise by now; ask for a new plan", leg.shipment);
        return Err(Refused::new("plan_outdated", detail).into());
    }
    let leg = |leg: &Leg| PlannedLeg {
        shipment: leg.shipment.clone(),
        planned: leg.planned,
        service_seconds: leg.service_seconds,
    };
    Ok(Plan {
        id: route.id.clone(),
        region: route.region.clone(),
        day: route.day,
        revision,
        vehicle: route.vehicle.clone(),
        driver: route.driver.clone(),
        carrier: route.carrier.clone(),
        depot: route.depot,
        shift: route.shift,
        legs: route.legs.iter().map(leg).collect(),
        distance_metres: route.distance_metres,
    })
}

/// The yard points into the plan, the caller into the publication.
fn below_plan(mut refused: Refused, publication: &RoutePublication) -> Refused {
    if refused.code == "stale_revision" || refused.code == "revision_conflict" || publication.plan.is_none() {
        // These are about what is known, not about a place in the request.
        refused.pointers.clear();
    }
    let stops = |pointer: &String| format!("/plan{}", pointer.replacen("/legs/", "/stops/", 1));
    refused.pointers = refused.pointers.iter().map(stops).collect();
    refused
}

/// The open exceptions of those that had found no vehicle for this day, and now have one.
async fn overtaken(store: &Store, run: &Run) -> Result<Vec<ExceptionId>, Error> {
    let on_board = run.shipments.iter().filter(|shipment| shipment.route.as_ref() == Some(&run.route.id));
    let ids: Vec<String> = on_board.map(|shipment| exception_of(shipment, run.route.day).to_string()).collect();
    let raised = store.load_all::<Exception>(&ids).await?;
    let open = raised.into_iter().filter(|exception| exception.state.state != ExceptionState::Resolved);
    Ok(open.map(|exception| exception.state.id).collect())
}

fn states<E: Entity>(loaded: &[Loaded<E>]) -> Vec<E> {
    loaded.iter().map(|one| one.state.clone()).collect()
}

impl RoutePlan {
    fn shipments(&self) -> impl Iterator<Item = &ShipmentId> {
        self.stops.iter().map(|stop| &stop.shipment)
    }
}
