//! Driving a route: the driver's word on it, its start and its end.

use super::{Route, RouteCommand, RouteState, facts, step};
use crate::domain::{
    decision::{Follows, Outcome, Run},
    effect::Effect,
    exception::{Disposition, Taxonomy},
    milestone::MilestoneKind,
    order,
    refused::Refused,
    shipment::{self, ShipmentCommand, ShipmentState},
    stop::{self, Stop, StopState},
};
use jiff::Timestamp;

/// The driver or carrier takes the route on.
pub fn accept(mut route: Route) -> Result<Outcome<Route>, Refused> {
    step(&mut route, RouteCommand::Accept)?;
    Ok(Outcome::quiet(route))
}

/// The driver or carrier does not take it: the planner has to revise it.
pub fn reject(mut route: Route) -> Result<Outcome<Route>, Refused> {
    step(&mut route, RouteCommand::Reject)?;
    Ok(Outcome::quiet(route))
}

/// The vehicle has left the depot: what it carries is out for delivery.
pub fn dispatch(mut run: Run, departed_at: Timestamp) -> Result<Outcome<Run>, Refused> {
    if run.route.driver.is_none() {
        return Err(Refused::new("no_driver", format!("route {} has no driver", run.route.id)).at("/driver"));
    }
    step(&mut run.route, RouteCommand::Dispatch)?;
    run.route.departed_at = Some(departed_at);
    let mut follows = Follows::default();
    let kind = MilestoneKind::VehicleDeparted;
    follows.announce(kind, run.route.id.as_str(), departed_at, facts(&run.route));
    let aboard: Vec<_> = run.stops.iter().filter(|stop| stop::is_open(stop)).map(|stop| stop.id.clone()).collect();
    for shipment in &mut run.shipments {
        let ours = shipment.stop.as_ref().is_some_and(|stop| aboard.contains(stop));
        if !ours || !matches!(shipment.state, ShipmentState::Planned | ShipmentState::Loaded) {
            continue;
        }
        shipment::step(shipment, ShipmentCommand::Depart)?;
        follows.announce(kind, shipment.id.as_str(), departed_at, shipment::facts(shipment));
        follows.notify(shipment, kind);
        if let Some(order) = run.orders.iter_mut().find(|order| order.id == shipment.order) {
            order::in_execution(order)?;
        }
    }
    follows.cause(Effect::ProjectEtas { route: run.route.id.clone() });
    Ok(Outcome { state: run, follows })
}

/// Ends the route once all of its stops are over; until then, and afterwards, it stays as it is. `stops` are those
/// that belong to it. A failed stop does not fail the route; one whose stops were all cancelled is aborted.
pub fn settle(mut route: Route, stops: &[Stop], now: Timestamp) -> Route {
    let open = stops.iter().any(|stop| !stop.state.is_terminal());
    let published = matches!(route.state, RouteState::Published | RouteState::Accepted | RouteState::Started);
    if open || !published {
        return route;
    }
    let served = stops.iter().any(|stop| stop.state != StopState::Cancelled);
    let command =
        if served || route.state == RouteState::Started { RouteCommand::Complete } else { RouteCommand::Abort };
    if step(&mut route, command).is_ok() {
        route.ended_at = Some(now);
    }
    route
}

/// Once the route is over its vehicle is back: what could not be delivered, and is to be held by its code, waits at the
/// depot for a decision. What a person has decided about the visit meanwhile stays decided.
pub fn unload(mut run: Run, taxonomy: &Taxonomy) -> Run {
    if !matches!(run.route.state, RouteState::Completed | RouteState::Aborted) {
        return run;
    }
    let Run { route, stops, shipments, .. } = &mut run;
    for shipment in shipments {
        let failed_here =
            stops.iter().any(|stop| stop.route == route.id && !stop.closed && shipment.stop.as_ref() == Some(&stop.id));
        let rule = shipment.failure.as_ref().and_then(|code| taxonomy.0.get(code));
        if failed_here && rule.is_some_and(|rule| rule.disposition == Disposition::Hold) {
            // Only what was attempted can be kept; everything else stays as it is.
            drop(shipment::step(shipment, ShipmentCommand::KeepAtDepot));
        }
    }
    run
}

/// Breaks the route off: what nobody has been to can be planned again.
pub fn abort(mut run: Run, now: Timestamp) -> Result<Outcome<Run>, Refused> {
    step(&mut run.route, RouteCommand::Abort)?;
    run.route.ended_at = Some(now);
    let legs = std::mem::take(&mut run.route.legs);
    super::publish::drop_the_rest(&mut run)?;
    run.route.legs = legs;
    let mut follows = Follows::default();
    follows.announce(MilestoneKind::RouteRevised, run.route.id.as_str(), now, facts(&run.route));
    Ok(Outcome { state: run, follows })
}
