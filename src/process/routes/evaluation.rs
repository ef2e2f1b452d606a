//! What a sequence changed by hand comes to: the planner's times for the stops ahead, and what they do not keep.

use super::fleet;
use crate::{
    app::App,
    domain::{
        decision::Run,
        id::{ShipmentId, StopId},
        order::OrderKind,
        place::Position,
        route::{Leg, Overridden},
        shipment::Shipment,
        stop::is_open,
        time::Window,
    },
    error::Error,
    process::Case,
    system::planner::{PlanJob, PlanVehicle, Projected, Sequence, Violation},
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What a vehicle can carry that master data says nothing about: nothing is concluded from it.
const UNKNOWN_CAPACITY: u64 = 50_000_000;

/// What a stop's place in the new sequence does not keep.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StopViolation {
    pub stop: StopId,
    pub shipment: ShipmentId,
    pub violation: Violation,
}

/// The planner's word on it, as far as it could be asked.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    pub timings: BTreeMap<StopId, Window>,
    pub violations: Vec<StopViolation>,
    /// Every route was evaluated.
    pub complete: bool,
}

/// Has the new sequences evaluated. A planner that is away keeps nobody from changing a route.
pub(super) async fn evaluate(app: &App, case: &Case, overridden: &Overridden) -> Result<Evaluated, Error> {
    let mut evaluated = Evaluated { complete: true, ..Evaluated::default() };
    for run in std::iter::once(&overridden.run).chain(&overridden.other) {
        let ahead = ahead(run);
        if ahead.is_empty() {
            continue;
        }
        let sequence = sequence(app, run, &ahead, case.now()).await?;
        match app.connectors.planner.evaluate(&case.errand, &sequence).await {
            Ok(projected) => projected.iter().for_each(|one| note(&mut evaluated, &ahead, one)),
            Err(trouble) => {
                tracing::info!(route = %run.route.id, %trouble, "an override was not evaluated");
                evaluated.complete = false;
            }
        }
    }
    Ok(evaluated)
}

/// The stops nobody has been to yet, in driving order, each with its shipment.
pub(super) fn ahead(run: &Run) -> Vec<(&Leg, &Shipment)> {
    let open = |leg: &&Leg| run.stops.iter().any(|stop| stop.id == leg.stop && is_open(stop));
    let with =
        |leg| Some((leg, run.shipments.iter().find(|shipment: &&Shipment| shipment.id == Leg::clone(leg).shipment)?));
    run.route.legs.iter().filter(open).filter_map(with).collect()
}

async fn sequence(app: &App, run: &Run, ahead: &[(&Leg, &Shipment)], now: Timestamp) -> Result<Sequence, Error> {
    let route = &run.route;
    let under_way = route.departed_at.is_some();
    let (start, leaves_at) = match last_served(run) {
        Some(position) => (position, now.max(route.shift.from)),
        None if under_way => (route.depot, route.departed_at.unwrap_or(now)),
        None => (route.depot, now.max(route.shift.from)),
    };
    let stops = ahead.iter().map(|(leg, shipment)| job(run, leg, shipment)).collect();
    Ok(Sequence { start, leaves_at, vehicle: vehicle(app, run, ahead).await?, end: Some(route.depot), stops })
}

/// Where the vehicle has been last, if it has been anywhere.
pub(super) fn last_served(run: &Run) -> Option<Position> {
    let served = run.stops.iter().filter(|stop| stop.arrived.is_some());
    served.max_by_key(|stop| stop.arrived.map(|moment| moment.occurred_at)).map(|stop| stop.position)
}

fn job(run: &Run, leg: &Leg, shipment: &Shipment) -> PlanJob {
    let order = run.orders.iter().find(|order| order.id == shipment.order);
    PlanJob {
        id: shipment.id.to_string(),
        position: leg.position,
        window: shipment.window,
        service_seconds: leg.service_seconds,
        weight_grams: shipment.weight_grams(),
        skills: shipment.skills.clone(),
        pickup: order.is_some_and(|order| order.content.kind == OrderKind::ReturnPickup),
    }
}

/// The vehicle with its driver's skills. One that master data does not know can do everything.
async fn vehicle(app: &App, run: &Run, ahead: &[(&Leg, &Shipment)]) -> Result<PlanVehicle, Error> {
    let route = &run.route;
    let known = fleet::vehicle(&app.store, &route.vehicle).await?;
    let driver = match &route.driver {
        Some(id) => fleet::driver(&app.store, id).await?,
        None => None,
    };
    let all = || ahead.iter().flat_map(|(_, shipment)| shipment.skills.iter().cloned()).collect();
    let mut skills = known.as_ref().map_or_else(all, |vehicle| vehicle.skills.clone());
    skills.extend(driver.into_iter().flat_map(|driver| driver.skills));
    let capacity_grams = known.map_or(UNKNOWN_CAPACITY, |vehicle| vehicle.capacity_grams);
    Ok(PlanVehicle { id: route.vehicle.clone(), capacity_grams, skills, shift: route.shift })
}

fn note(evaluated: &mut Evaluated, ahead: &[(&Leg, &Shipment)], projected: &Projected) {
    let Some((leg, shipment)) = ahead.iter().find(|(_, shipment)| shipment.id.as_str() == projected.job) else {
        return;
    };
    let planned = Window { from: projected.arrival, until: projected.departure.max(projected.arrival) };
    evaluated.timings.insert(leg.stop.clone(), planned);
    let of_stop = |violation: &Violation| StopViolation {
        stop: leg.stop.clone(),
        shipment: shipment.id.clone(),
        violation: *violation,
    };
    evaluated.violations.extend(projected.violations.iter().map(of_stop));
}
