//! What a position means: arrivals and departures by geofence, marked as inferred until the driver says so, and
//! vehicles that have left their way.

use crate::{
    app::App,
    domain::{
        decision::{Follows, Run},
        exception::{Raise, raise},
        id::ExceptionId,
        place::Position,
        stop::{Stop, is_open},
        time::Moment,
        tracking::{Corridor, Sighting, passage},
    },
    error::Error,
    policy::Viewer,
    process::{
        Case, decide,
        deliveries::{Reporter, Told, take_report},
    },
    reply::empty,
    system::telematics::Fix,
};

/// Who says what positions mean.
const GEOFENCE: &str = "haulgate/geofence";
/// What a vehicle off its way is an exception of.
const DEVIATION: &str = "route_deviation";
/// Faster than this a vehicle drives by; it does not arrive. 15 km/h.
const DRIVING_BY_METRES_PER_SECOND: f64 = 4.2;

/// Reports the arrivals and departures that this position means.
pub(super) async fn passages(app: &App, case: &Case, run: &Run, fix: &Fix) -> Result<(), Error> {
    let sighting = Sighting { position: fix.position, at: fix.at };
    let reporter = Reporter { by: GEOFENCE.to_owned(), driver: None, viewer: Viewer::haulgate() };
    // The change of a position has no key of its own: the event says that it is the same.
    let case = Case { once: None, ..case.clone() };
    for stop in run.stops.iter().filter(|stop| can_be_passed(run, stop, fix)) {
        let Some(report) = passage(stop, &sighting, case.now()) else { continue };
        let told = Told {
            stop: stop.id.clone(),
            event: report.event,
            occurred_at: fix.at,
            position: Some(fix.position),
            device: Some(fix.device.clone()),
            inferred: true,
            what: report.what,
        };
        take_report(app, &case, &reporter, &told, |_| empty(204)).await?;
    }
    Ok(())
}

/// A vehicle that drives by a stop further ahead has not arrived there.
fn can_be_passed(run: &Run, stop: &Stop, fix: &Fix) -> bool {
    if !is_open(stop) {
        return stop.arrived.is_some() && stop.departed.is_none();
    }
    let open = |id| run.stops.iter().any(|stop| stop.id == id && is_open(stop));
    let next = run.route.legs.iter().map(|leg| leg.stop.clone()).find(|id| open(id.clone()));
    next.as_ref() == Some(&stop.id) || fix.metres_per_second <= DRIVING_BY_METRES_PER_SECOND
}

/// Raises a deviation once the vehicle has been off its way for too long.
pub(super) async fn deviation(
    app: &App,
    case: &Case,
    run: &Run,
    fix: &Fix,
    corridor: &mut Corridor,
) -> Result<(), Error> {
    let law = app.law();
    let sighting = Sighting { position: fix.position, at: fix.at };
    if !corridor.observe(&way(run), &sighting, &law.sla.tracking) {
        return Ok(());
    }
    let since = corridor.off_since.unwrap_or(fix.at);
    let at = Moment { occurred_at: fix.at, recorded_at: case.now(), inferred: true };
    // Named by its beginning, so that several processes that see it raise it once.
    let id = ExceptionId::from_token(&format!("{}.{DEVIATION}.{}", run.route.id.token(), since.as_second()));
    let about = Raise {
        route: Some(run.route.id.clone()),
        note: Some(format!("off its way since {since}")),
        ..Raise::new(id, DEVIATION, run.route.region.clone(), GEOFENCE.to_owned(), at)
    };
    let exception = raise(&law.taxonomy, about)?;
    let case = Case { once: None, ..case.clone() };
    let attempt = || async {
        let mut change = case.change_in(&run.route.region);
        let follows = Follows { raises: vec![exception.clone()], ..Follows::default() };
        app.store.follow(&mut change, follows).await?;
        Ok((change, ()))
    };
    decide(&app.store, &case, |()| empty(204), attempt).await?;
    Ok(())
}

/// From the depot over the stops and back.
fn way(run: &Run) -> Vec<Position> {
    let route = &run.route;
    std::iter::once(route.depot).chain(route.legs.iter().map(|leg| leg.position)).chain([route.depot]).collect()
}
