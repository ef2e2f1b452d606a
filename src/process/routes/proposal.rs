//! Proposals: the planner's answer in the yard's own terms. Routes that bind nobody, and an exception for every
//! shipment that no vehicle can take.

use super::{candidates::Candidate, fleet::Crew, request_plan::Thought, view::RouteView};
use crate::{
    app::App,
    domain::{
        decision::{Follows, Run},
        exception::{Exception, Raise, raise_on},
        id::{ExceptionId, OrderId, RouteId, ShipmentId},
        route::{self, PlannedLeg, Route},
        shipment::Shipment,
        time::{Moment, Window},
    },
    error::Error,
    ids::fresh_token,
    process::Case,
    store::Change,
    system::{
        Trouble,
        planner::{PlannedRoute, Unassigned, UnassignedReason},
    },
};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What a shipment without a vehicle is an exception of.
const CODE: &str = "capacity_unassigned";

/// A shipment that no vehicle can take.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnassignedView {
    pub shipment: ShipmentId,
    pub order: OrderId,
    pub reason: UnassignedReason,
    /// For a person.
    #[schema(max_length = 2000)]
    pub detail: String,
    /// The exception it has raised.
    pub exception: ExceptionId,
}

pub(super) struct Drafted {
    pub change: Change,
    pub routes: Vec<RouteView>,
    pub unassigned: Vec<UnassignedView>,
}

/// The exception of a shipment that could not be assigned on a day: one, however often the day is planned.
pub(super) fn exception_of(shipment: &Shipment, day: Date) -> ExceptionId {
    ExceptionId::from_token(&format!("{}.{CODE}.{day}", shipment.next_stop().token()))
}

/// Drafts the change that keeps the proposals, without the shipments that have changed.
pub(super) async fn propose(
    app: &App,
    case: &Case,
    thought: &Thought,
    changed: &BTreeSet<String>,
) -> Result<Drafted, Error> {
    let mut change = case.change_in(&thought.request.region);
    let mut routes = Vec::new();
    for planned in &thought.plan.routes {
        if let Some(route) = proposal(thought, planned, changed)? {
            routes.push(view_of(&route));
            change.create(route);
        }
    }
    let mut follows = Follows::default();
    let mut unassigned = Vec::new();
    for left in thought.plan.unassigned.iter().filter(|left| !changed.contains(&left.job)) {
        let candidate = candidate(thought, &left.job)?;
        change.keep(&candidate.shipment);
        unassigned.push(raise(app, case, thought, candidate, left, &mut follows)?);
    }
    forget_known(app, &mut follows).await?;
    app.store.follow(&mut change, follows).await?;
    Ok(Drafted { change, routes, unassigned })
}

fn proposal(thought: &Thought, planned: &PlannedRoute, changed: &BTreeSet<String>) -> Result<Option<Route>, Error> {
    let crew = thought.crews.iter().find(|crew| crew.vehicle.id == planned.vehicle);
    let Some(Crew { vehicle, driver, carrier }) = crew else {
        return Err(nonsense(&format!("it answered with the vehicle {}", planned.vehicle)));
    };
    let mut shipments = Vec::new();
    let mut legs = Vec::new();
    for stop in planned.stops.iter().filter(|stop| !changed.contains(&stop.job)) {
        let shipment = candidate(thought, &stop.job)?.shipment.state.clone();
        let (from, until) = (stop.arrival, stop.departure.max(stop.arrival));
        let service_seconds = shipment.service_seconds;
        legs.push(PlannedLeg { shipment: shipment.id.clone(), planned: Window { from, until }, service_seconds });
        shipments.push(shipment);
    }
    if legs.is_empty() {
        return Ok(None);
    }
    let plan = route::Plan {
        id: RouteId::from_token(&fresh_token()),
        region: thought.request.region.clone(),
        day: thought.request.day,
        revision: 1,
        vehicle: vehicle.id.clone(),
        driver: driver.clone(),
        carrier: carrier.clone(),
        depot: thought.depot,
        shift: vehicle.shift,
        legs,
        distance_metres: planned.distance_metres,
    };
    // What the yard refuses here is the planner's mistake, not the caller's.
    route::propose(plan, &shipments).map(Some).map_err(|refused| nonsense(&refused.to_string()))
}

fn candidate<'a>(thought: &'a Thought, job: &str) -> Result<&'a Candidate, Error> {
    thought.candidates.get(job).ok_or_else(|| nonsense("it answered with a job it was not asked about"))
}

fn nonsense(why: &str) -> Error {
    Error::Trouble(Trouble::wrong_shape("planner", why))
}

fn view_of(route: &Route) -> RouteView {
    RouteView::of(&Run { route: route.clone(), stops: Vec::new(), shipments: Vec::new(), orders: Vec::new() })
}

fn raise(
    app: &App,
    case: &Case,
    thought: &Thought,
    candidate: &Candidate,
    left: &Unassigned,
    follows: &mut Follows,
) -> Result<UnassignedView, Error> {
    let shipment = &candidate.shipment.state;
    let id = exception_of(shipment, thought.request.day);
    let at = Moment { occurred_at: case.now(), recorded_at: case.now(), inferred: false };
    let about = Raise {
        note: Some(left.detail.clone()),
        ..Raise::new(id.clone(), CODE, shipment.region.clone(), case.origin.actor.clone(), at)
    };
    let raised = raise_on(&app.law().taxonomy, about, Some(shipment.clone()))?;
    follows.join(raised.follows);
    follows.raises.push(raised.state.exception);
    let (shipment, order) = (shipment.id.clone(), shipment.order.clone());
    Ok(UnassignedView { shipment, order, reason: left.reason, detail: left.detail.clone(), exception: id })
}

/// A day that is planned again tells nobody twice of what was raised the first time.
async fn forget_known(app: &App, follows: &mut Follows) -> Result<(), Error> {
    let ids: Vec<String> = follows.raises.iter().map(|exception| exception.id.to_string()).collect();
    let known = app.store.load_all::<Exception>(&ids).await?;
    let is_known = |id: &str| known.iter().any(|exception| exception.id.as_str() == id);
    follows.raises.retain(|exception| !is_known(exception.id.as_str()));
    follows.milestones.retain(|milestone| !milestone.data["exception"].as_str().is_some_and(is_known));
    Ok(())
}
