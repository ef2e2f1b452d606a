//! project_etas: when the stops ahead are expected, from where the vehicle was last known to be. Told only where it
//! has moved by enough, and never once somebody has arrived: the domain sees to that.

use super::{books::Books, evaluation::ahead, positions::device_of};
use crate::{
    app::App,
    domain::{
        decision::{Follows, Rules, Run},
        eta::{Ahead, Eta, EtaSource, Expected, project, revise},
        id::{RouteId, StopId},
        place::Position,
        route::{Leg, Route, RouteState},
        stop::{Stop, StopState},
        tracking::{Sighting, believe},
    },
    error::Error,
    process::{Case, decide},
    reply::empty,
    store::Change,
    system::planner::travel::whole,
};
use jiff::{SignedDuration, Timestamp};

/// Where a vehicle is free to go on, from when, and how that is known.
#[derive(Clone, Debug)]
struct Standing {
    from: Timestamp,
    position: Position,
    /// It stands at this stop, so that the plan knows the way on.
    at: Option<StopId>,
    source: EtaSource,
}

/// Projects the ETAs of a route under way. Nothing happens for any other.
pub async fn project_etas(app: &App, case: &Case, id: &RouteId) -> Result<(), Error> {
    let route = app.store.load::<Route>(id.as_str()).await?.ok_or(Error::NotFound("route"))?;
    if route.state.state != RouteState::Started {
        return Ok(());
    }
    let seen = whereabouts(app, case, &route).await?;
    let case = Case { once: None, ..case.clone() };
    decide(&app.store, &case, |()| empty(204), || attempt(app, &case, id, seen)).await?;
    Ok(())
}

async fn attempt(app: &App, case: &Case, id: &RouteId, seen: Option<Sighting>) -> Result<(Change, ()), Error> {
    let books = Books::of(&app.store, id).await?;
    let mut run = books.run().ok_or(Error::NotFound("route"))?;
    let mut change = case.change_in(&run.route.region);
    let standing = standing(&run, seen, case.now());
    let speed = app.settings.systems.planner.metres_per_second;
    let ahead = stretch(&run, &standing, speed, case.now());
    let etas = project(standing.from, standing.source, &ahead, case.now());
    let follows = take_on(app, &mut run, etas, case.now())?;
    books.write(&mut change, &run);
    app.store.follow(&mut change, follows).await?;
    Ok((change, ()))
}

/// Where the vehicle was seen last; telematics is asked if nobody has said so lately. If it is away, the plan and the
/// driver's reports have to do.
async fn whereabouts(app: &App, case: &Case, route: &Route) -> Result<Option<Sighting>, Error> {
    let device = device_of(app, route).await?;
    let limits = &app.law().sla.tracking;
    let stale = SignedDuration::from_secs(limits.stale_after_seconds.into());
    let track = app.tracks.of(&device);
    if let Some(last) = track.last.filter(|last| case.now().duration_since(last.at) <= stale) {
        return Ok(Some(last));
    }
    let found = app.connectors.telematics.latest_positions(&case.errand, std::slice::from_ref(&device)).await;
    let fixes = found.unwrap_or_else(|trouble| {
        tracing::info!(%trouble, route = %route.id, "ETAs are projected without a position");
        Vec::new()
    });
    let sightings = fixes.iter().map(|fix| Sighting { position: fix.position, at: fix.at });
    Ok(sightings.filter(|seen| believe(None, seen, limits, case.now()).is_ok()).max_by_key(|seen| seen.at))
}

/// Where the vehicle is free to go on: at the stop it stands at, where it was seen, where it has been last, or at the
/// depot.
fn standing(run: &Run, seen: Option<Sighting>, now: Timestamp) -> Standing {
    if let Some(stop) = run.stops.iter().find(|stop| stop.state == StopState::Arrived && stop.departed.is_none()) {
        let served = stop.arrived.map_or(now, |moment| later(moment.occurred_at, stop.service_seconds));
        return at_stop(stop, served.max(now));
    }
    let left = |stop: &&Stop| stop.departed.is_some_and(|left| seen.is_none_or(|seen| left.occurred_at > seen.at));
    let last = run.stops.iter().filter(left).max_by_key(|stop| stop.departed.map(|left| left.occurred_at));
    match (last, seen) {
        (Some(stop), _) => at_stop(stop, stop.departed.map_or(now, |left| left.occurred_at)),
        (None, Some(seen)) => {
            Standing { from: seen.at, position: seen.position, at: None, source: EtaSource::Position }
        }
        (None, None) => {
            let from = run.route.departed_at.unwrap_or(run.route.shift.from);
            Standing { from, position: run.route.depot, at: None, source: EtaSource::Milestone }
        }
    }
}

fn at_stop(stop: &Stop, from: Timestamp) -> Standing {
    Standing { from, position: stop.position, at: Some(stop.id.clone()), source: EtaSource::Milestone }
}

/// The stops ahead with the way to each: as planned where the plan has the vehicle come from the same place, else
/// estimated.
fn stretch(run: &Run, standing: &Standing, speed: f64, now: Timestamp) -> Vec<Ahead> {
    let mut place = standing.position;
    let mut before = standing.at.clone();
    // Nobody arrives before now.
    let mut at_least = seconds(now.duration_since(standing.from));
    let mut stretch = Vec::new();
    for (leg, shipment) in ahead(run) {
        let planned = before.and_then(|before| planned_travel(&run.route, &before, leg));
        let estimated = || u32::try_from(whole(place.metres_to(&leg.position) / speed.max(0.1))).unwrap_or(u32::MAX);
        stretch.push(Ahead {
            stop: leg.stop.clone(),
            travel_seconds: planned.unwrap_or_else(estimated).max(at_least),
            service_seconds: leg.service_seconds,
            window: shipment.window,
        });
        (place, before, at_least) = (leg.position, Some(leg.stop.clone()), 0);
    }
    stretch
}

/// How long the plan takes from one stop to the next, if they follow each other.
fn planned_travel(route: &Route, before: &StopId, leg: &Leg) -> Option<u32> {
    let index = route.legs.iter().position(|other| other.stop == leg.stop)?;
    let previous = route.legs.get(index.checked_sub(1)?)?;
    let gap = leg.planned.from.duration_since(previous.planned.until);
    (previous.stop == *before && !gap.is_negative()).then(|| seconds(gap))
}

fn take_on(app: &App, run: &mut Run, etas: Vec<(StopId, Eta)>, now: Timestamp) -> Result<Follows, Error> {
    let law = app.law();
    let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
    let mut follows = Follows::default();
    for (id, eta) in etas {
        let stop = run.stops.iter_mut().find(|stop| stop.id == id);
        let shipment = run.shipments.iter_mut().find(|shipment| shipment.stop.as_ref() == Some(&id));
        let (Some(stop), Some(shipment)) = (stop, shipment) else { continue };
        let expected = Expected { stop: stop.clone(), shipment: shipment.clone() };
        let revised = revise(expected, eta, &law.sla.eta, rules, now)?;
        (*stop, *shipment) = (revised.state.stop, revised.state.shipment);
        follows.join(revised.follows);
    }
    Ok(follows)
}

fn seconds(span: SignedDuration) -> u32 {
    u32::try_from(span.as_secs().max(0)).unwrap_or(u32::MAX)
}

fn later(at: Timestamp, seconds: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX)
}
