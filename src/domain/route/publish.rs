//! Publishing a route: a numbered revision of one vehicle's plan. Stops keep their ids over every revision.

use super::{Leg, Route, RouteCommand, RouteState, facts, step};
use crate::domain::{
    decision::{Follows, Outcome, Run},
    effect::Effect,
    eta::EtaSource,
    id::{CarrierId, DriverId, RegionId, RouteId, ShipmentId, VehicleId},
    milestone::MilestoneKind,
    order::{self, OrderState},
    place::Position,
    refused::Refused,
    shipment::{self, Shipment, ShipmentCommand, ShipmentState},
    stop::{self, Stop},
    time::Window,
};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeSet;

/// A plan for one vehicle, as a planner or dispatcher states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub id: RouteId,
    pub region: RegionId,
    pub day: Date,
    pub revision: u32,
    pub vehicle: VehicleId,
    pub driver: Option<DriverId>,
    pub carrier: Option<CarrierId>,
    pub depot: Position,
    pub shift: Window,
    /// In driving order.
    pub legs: Vec<PlannedLeg>,
    pub distance_metres: u64,
}

/// One place in the plan. Its stop follows from the shipment.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedLeg {
    pub shipment: ShipmentId,
    pub planned: Window,
    pub service_seconds: u32,
}

/// A proposal: a route that binds nobody yet. `shipments` are those of the plan.
pub fn propose(plan: Plan, shipments: &[Shipment]) -> Result<Route, Refused> {
    check(&plan, shipments)?;
    let legs = legs_of(&plan, shipments);
    Ok(route_of(plan, legs))
}

/// Publishes a revision. `run` holds the route as it is (`None` if it is new), its stops, the stops that the plan's
/// shipments have on other routes, and every shipment and order of both the old and the new revision.
pub fn publish(
    current: Option<Route>,
    stops: Vec<Stop>,
    shipments: Vec<Shipment>,
    orders: Vec<order::Order>,
    plan: Plan,
    now: Timestamp,
) -> Result<Outcome<Run>, Refused> {
    check(&plan, &shipments)?;
    let legs = legs_of(&plan, &shipments);
    if let Some(route) = &current
        && is_known(route, &plan, &legs)?
    {
        return Ok(Outcome::quiet(Run { route: route.clone(), stops, shipments, orders }));
    }
    let first = current.as_ref().is_none_or(|route| route.published_at.is_none());
    let route = revised(current, plan, legs, &stops, now)?;
    let mut run = Run { route, stops, shipments, orders };
    let mut follows = Follows::default();
    drop_the_rest(&mut run)?;
    for leg in run.route.legs.clone() {
        assign(&mut run, &leg, EtaSource::Plan, now, &mut follows)?;
    }
    let kind = if first { MilestoneKind::RoutePublished } else { MilestoneKind::RouteRevised };
    follows.announce(kind, run.route.id.as_str(), now, facts(&run.route));
    Ok(Outcome { state: run, follows })
}

/// Whether this revision is there already. The same number with another plan is a conflict, an older one is stale.
fn is_known(route: &Route, plan: &Plan, legs: &[Leg]) -> Result<bool, Refused> {
    if route.state == RouteState::Proposed || plan.revision > route.revision {
        return Ok(false);
    }
    if plan.revision < route.revision {
        let detail = format!("revision {} is older than revision {}", plan.revision, route.revision);
        return Err(Refused::new("stale_revision", detail).at("/revision"));
    }
    let same = route.vehicle == plan.vehicle
        && route.driver == plan.driver
        && route.shift == plan.shift
        && legs.iter().all(|leg| route.legs.contains(leg));
    if same {
        return Ok(true);
    }
    let detail = format!("revision {} is published with another plan; count on", plan.revision);
    Err(Refused::new("revision_conflict", detail).at("/revision"))
}

/// The route as the plan has it. Stops that somebody has been to stay in it, first.
fn revised(
    current: Option<Route>,
    plan: Plan,
    legs: Vec<Leg>,
    stops: &[Stop],
    now: Timestamp,
) -> Result<Route, Refused> {
    let mut route = route_of(plan, legs);
    if let Some(current) = current {
        let served =
            |leg: &Leg| stops.iter().any(|stop| stop.id == leg.stop && stop.route == current.id && is_served(stop));
        let keep = current.legs.iter().filter(|leg| served(leg) && !route.legs.iter().any(|new| new.stop == leg.stop));
        route.legs.splice(0..0, keep.cloned().collect::<Vec<_>>());
        route.overrides = current.overrides;
        route.published_at = current.published_at;
        route.departed_at = current.departed_at;
        route.state = current.state;
    }
    step(&mut route, RouteCommand::Publish)?;
    route.published_at.get_or_insert(now);
    Ok(route)
}

fn is_served(stop: &Stop) -> bool {
    !stop::is_open(stop) && stop.state != stop::StopState::Cancelled
}

/// Cancels this route's open stops that the new revision no longer has, and makes their shipments plannable again.
pub(super) fn drop_the_rest(run: &mut Run) -> Result<(), Refused> {
    let kept: BTreeSet<_> = run.route.legs.iter().map(|leg| leg.stop.clone()).collect();
    let ours = run.route.id.clone();
    for stop in
        run.stops.iter_mut().filter(|stop| stop.route == ours && stop::is_open(stop) && !kept.contains(&stop.id))
    {
        stop::cancel(stop)?;
        let Some(shipment) = run.shipments.iter_mut().find(|shipment| shipment.stop.as_ref() == Some(&stop.id)) else {
            continue;
        };
        shipment::step(shipment, ShipmentCommand::Requeue)?;
        shipment::leave_stop(shipment);
        if let Some(order) = run.orders.iter_mut().find(|order| order.id == shipment.order) {
            order::unplanned(order, &shipment.id)?;
        }
    }
    Ok(())
}

/// Lets a leg's stop, shipment and order belong to this route. A stop that was another route's keeps its id.
pub(super) fn assign(
    run: &mut Run,
    leg: &Leg,
    source: EtaSource,
    now: Timestamp,
    follows: &mut Follows,
) -> Result<(), Refused> {
    let Some(shipment) = run.shipments.iter_mut().find(|shipment| shipment.id == leg.shipment) else {
        return Ok(());
    };
    match run.stops.iter_mut().find(|stop| stop.id == leg.stop) {
        Some(stop) => {
            if stop.route != run.route.id {
                follows.cause(Effect::SettleRoute { route: stop.route.clone() });
            }
            stop::follow(stop, &run.route, leg, source, now);
            if !stop::is_open(stop) {
                return Ok(());
            }
        }
        None => run.stops.push(stop::make(&run.route, leg, shipment, now)),
    }
    if shipment.stop.is_none() || shipment.state == ShipmentState::Planned {
        shipment::step(shipment, ShipmentCommand::Plan)?;
    }
    shipment.stop = Some(leg.stop.clone());
    shipment.route = Some(run.route.id.clone());
    shipment.planned = Some(leg.planned);
    shipment.eta = run.stops.iter().find(|stop| stop.id == leg.stop).and_then(|stop| stop.eta);
    match run.orders.iter_mut().find(|order| order.id == shipment.order) {
        Some(order) if matches!(order.state, OrderState::Held | OrderState::Cancelled | OrderState::Received) => {
            let detail = format!("order {} is {:?} and cannot be planned", order.content.number, order.state);
            Err(Refused::new("order_not_released", detail))
        }
        Some(order) => order::planned(order, &shipment.id),
        None => Ok(()),
    }
}

fn route_of(plan: Plan, legs: Vec<Leg>) -> Route {
    Route {
        id: plan.id,
        region: plan.region,
        day: plan.day,
        revision: plan.revision,
        state: RouteState::Proposed,
        vehicle: plan.vehicle,
        driver: plan.driver,
        carrier: plan.carrier,
        depot: plan.depot,
        shift: plan.shift,
        legs,
        distance_metres: plan.distance_metres,
        overrides: Vec::new(),
        published_at: None,
        departed_at: None,
        ended_at: None,
    }
}

fn legs_of(plan: &Plan, shipments: &[Shipment]) -> Vec<Leg> {
    let leg = |planned: &PlannedLeg| {
        let shipment = shipments.iter().find(|shipment| shipment.id == planned.shipment)?;
        Some(Leg {
            stop: shipment.next_stop(),
            shipment: shipment.id.clone(),
            position: shipment.address.position,
            planned: planned.planned,
            service_seconds: planned.service_seconds,
        })
    };
    plan.legs.iter().filter_map(leg).collect()
}

/// Across the plan's fields: known shipments of this region that can be planned, each once, in the order of time.
fn check(plan: &Plan, shipments: &[Shipment]) -> Result<(), Refused> {
    if !plan.shift.is_forward() {
        return Err(Refused::new("route_invalid", "the shift has to begin before it ends").at("/shift"));
    }
    for (index, leg) in plan.legs.iter().enumerate() {
        let refuse =
            |code, detail: String, field: &str| Err(Refused::new(code, detail).at(format!("/legs/{index}{field}")));
        let Some(shipment) = shipments.iter().find(|shipment| shipment.id == leg.shipment) else {
            return refuse("unknown_shipment", format!("there is no shipment {}", leg.shipment), "/shipment");
        };
        if plan.legs[..index].iter().any(|other| other.shipment == leg.shipment) {
            return refuse("shipment_twice", format!("shipment {} is in the plan twice", leg.shipment), "/shipment");
        }
        if shipment.region != plan.region {
            return refuse("other_region", format!("shipment {} is another region's", leg.shipment), "/shipment");
        }
        if shipment.stop.is_none() && shipment::next(shipment.state, ShipmentCommand::Plan).is_none() {
            let detail = format!("shipment {} is {:?} and cannot be planned", leg.shipment, shipment.state);
            return refuse("shipment_not_plannable", detail, "/shipment");
        }
        if leg.planned.from > leg.planned.until || index > 0 && leg.planned.from < plan.legs[index - 1].planned.from {
            return refuse("legs_out_of_order", "the legs are not in the order of time".to_owned(), "/planned");
        }
    }
    Ok(())
}
