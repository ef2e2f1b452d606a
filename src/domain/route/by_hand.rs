//! Overrides: what a dispatcher changes by hand, with a reason. Each makes a new revision.

use super::{Leg, Override, OverrideChange, Route, RouteCommand, facts, publish::assign, step};
use crate::domain::{
    decision::{Follows, Outcome, Run},
    effect::Effect,
    eta::EtaSource,
    id::StopId,
    milestone::MilestoneKind,
    refused::Refused,
    stop,
    time::Window,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A change by hand. `timings` are the planner's times for the new sequence, as far as it could be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHand {
    pub change: OverrideChange,
    pub reason: String,
    pub by: String,
    pub timings: BTreeMap<StopId, Window>,
}

/// The route, and the other one if a stop was moved there.
#[derive(Clone, Debug, PartialEq)]
pub struct Overridden {
    pub run: Run,
    pub other: Option<Run>,
}

/// Changes the route by hand. `other` is the run a stop is moved to.
pub fn override_by_hand(
    mut run: Run,
    mut other: Option<Run>,
    by_hand: ByHand,
    now: Timestamp,
) -> Result<Outcome<Overridden>, Refused> {
    if by_hand.reason.trim().is_empty() {
        return Err(Refused::new("reason_missing", "an override needs a reason").at("/reason"));
    }
    let mut follows = Follows::default();
    change(&mut run, other.as_mut(), &by_hand.change)?;
    for run in std::iter::once(&mut run).chain(other.as_mut()) {
        revise(run, &by_hand, now, &mut follows)?;
    }
    Ok(Outcome { state: Overridden { run, other }, follows })
}

fn change(run: &mut Run, other: Option<&mut Run>, change: &OverrideChange) -> Result<(), Refused> {
    match change {
        OverrideChange::MoveStop { stop, to_route, to_index } => {
            let leg = take(run, stop)?;
            match (to_route, other) {
                (None, _) => insert(&mut run.route, *to_index, leg),
                (Some(id), _) if *id == run.route.id => insert(&mut run.route, *to_index, leg),
                (Some(id), Some(other)) if other.route.id == *id => hand_over(run, other, *to_index, leg)?,
                (Some(id), _) => {
                    return Err(Refused::new("unknown_route", format!("there is no route {id}")).at("/to_route"));
                }
            }
        }
        OverrideChange::SwapDriver { driver } => run.route.driver = Some(driver.clone()),
        OverrideChange::SwapVehicle { vehicle } => run.route.vehicle = vehicle.clone(),
        OverrideChange::Resequence { stops } => resequence(run, stops)?,
    }
    Ok(())
}

/// Takes an open stop's leg out of the route.
fn take(run: &mut Run, id: &StopId) -> Result<Leg, Refused> {
    let refuse = |detail: String| Refused::new("stop_not_movable", detail).at("/stop");
    let index = run.route.legs.iter().position(|leg| leg.stop == *id);
    let index = index.ok_or_else(|| refuse(format!("route {} has no stop {id}", run.route.id)))?;
    if !run.stops.iter().any(|stop| stop.id == *id && stop::is_open(stop)) {
        return Err(refuse(format!("somebody has been at stop {id}, or it is cancelled")));
    }
    Ok(run.route.legs.remove(index))
}

fn insert(route: &mut Route, index: u32, leg: Leg) {
    let index = usize::try_from(index).unwrap_or(usize::MAX).min(route.legs.len());
    route.legs.insert(index, leg);
}

/// Hands a leg with its stop, shipment and order to another run.
fn hand_over(run: &mut Run, other: &mut Run, index: u32, leg: Leg) -> Result<(), Refused> {
    if run.route.region != other.route.region {
        return Err(Refused::new("other_region", "the other route is another region's").at("/to_route"));
    }
    other.stops.extend(run.stops.extract_if(.., |stop| stop.id == leg.stop));
    other.shipments.extend(run.shipments.extract_if(.., |shipment| shipment.id == leg.shipment));
    let orders: Vec<_> = other.shipments.iter().map(|shipment| shipment.order.clone()).collect();
    let missing = |order: &&crate::domain::order::Order| {
        orders.contains(&order.id) && !other.orders.iter().any(|known| known.id == order.id)
    };
    let moved: Vec<_> = run.orders.iter().filter(missing).cloned().collect();
    let still: Vec<_> = run.shipments.iter().map(|shipment| shipment.order.clone()).collect();
    run.orders.retain(|order| still.contains(&order.id) || !orders.contains(&order.id));
    other.orders.extend(moved);
    insert(&mut other.route, index, leg);
    Ok(())
}

/// Puts the open stops in a new order, behind those that somebody has been to.
fn resequence(run: &mut Run, stops: &[StopId]) -> Result<(), Refused> {
    let open = |leg: &Leg| run.stops.iter().any(|stop| stop.id == leg.stop && stop::is_open(stop));
    let (mut movable, mut legs): (Vec<Leg>, Vec<Leg>) = run.route.legs.iter().cloned().partition(open);
    for id in stops {
        let Some(index) = movable.iter().position(|leg| leg.stop == *id) else {
            let detail = format!("stop {id} is not an open stop of this route, or named twice");
            return Err(Refused::new("sequence_wrong", detail).at("/stops"));
        };
        legs.push(movable.remove(index));
    }
    if !movable.is_empty() {
        let text = "a new sequence names all open stops of the route";
        return Err(Refused::new("sequence_wrong", text).at("/stops"));
    }
    run.route.legs = legs;
    Ok(())
}

/// Makes the change a revision: stops follow it, and everyone is told.
fn revise(run: &mut Run, by_hand: &ByHand, now: Timestamp, follows: &mut Follows) -> Result<(), Refused> {
    step(&mut run.route, RouteCommand::Override)?;
    run.route.revision += 1;
    let ByHand { change, reason, by, timings } = by_hand.clone();
    run.route.overrides.push(Override { change, reason, by, at: now, revision: run.route.revision });
    for leg in &mut run.route.legs {
        leg.planned = timings.get(&leg.stop).copied().unwrap_or(leg.planned);
    }
    for leg in run.route.legs.clone() {
        assign(run, &leg, EtaSource::Override, now, follows)?;
    }
    follows.announce(MilestoneKind::RouteRevised, run.route.id.as_str(), now, facts(&run.route));
    follows.cause(Effect::ProjectEtas { route: run.route.id.clone() });
    Ok(())
}
