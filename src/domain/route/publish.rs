//! Publishing a route: a numbered revision of one vehicle's plan. Stops keep their ids over every revision.

use super::{
    Leg, Plan, Route, RouteCommand, RouteState, facts,
    plan::{check, check_orders, legs_of, route_of},
    step,
};
use crate::domain::{
    decision::{Follows, Outcome, Run},
    effect::Effect,
    eta::EtaSource,
    milestone::MilestoneKind,
    order,
    refused::Refused,
    shipment::{self, Shipment, ShipmentCommand, ShipmentState},
    stop::{self, Stop},
};
use jiff::Timestamp;
use std::collections::BTreeSet;

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
    check_orders(&plan, &shipments, &orders)?;
    let legs = legs_of(&plan, &shipments);
    if let Some(route) = &current
        && is_known(route, &plan, &legs, &stops)?
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
fn is_known(route: &Route, plan: &Plan, legs: &[Leg], stops: &[Stop]) -> Result<bool, Refused> {
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
        && route.legs.iter().filter(|leg| legs.contains(leg) || !served_here(leg, route, stops)).eq(legs);
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
        let keep = current
            .legs
            .iter()
            .filter(|leg| served_here(leg, &current, stops) && !route.legs.iter().any(|new| new.stop == leg.stop));
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

/// Whether somebody has been at the leg's stop, on this route.
fn served_here(leg: &Leg, route: &Route, stops: &[Stop]) -> bool {
    let served = |stop: &Stop| !stop::is_open(stop) && stop.state != stop::StopState::Cancelled;
    stops.iter().any(|stop| stop.id == leg.stop && stop.route == route.id && served(stop))
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
                if !stop::is_open(stop) {
                    let detail = format!("shipment {} was served by route {}", shipment.id, stop.route);
                    return Err(Refused::new("stop_served", detail));
                }
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
        Some(order) => order::planned(order, &shipment.id),
        None => Ok(()),
    }
}
