//! A driver's run: the route of the day with its stops in driving order, and what each is about.

use crate::{
    app::App,
    domain::{
        id::DriverId,
        route::{Route, RouteState},
        shipment::Shipment,
        stop::{Stop, StopState},
    },
    error::Error,
    store::{Entity, Loaded, Query},
};
use aws_lc_rs::digest::{Context, SHA256};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// The route a driver drives on a day.
pub struct DayRun {
    pub route: Route,
    /// In driving order.
    pub calls: Vec<RunCall>,
    /// Changes whenever the route, a stop or a shipment does.
    pub tag: i64,
}

/// One stop of the run, and the shipment it is made for.
pub struct RunCall {
    pub stop: Stop,
    pub shipment: Shipment,
}

/// The route's states in which it is a run, the most pressing first.
const DRIVABLE: [RouteState; 4] =
    [RouteState::Started, RouteState::Accepted, RouteState::Published, RouteState::Completed];

/// The driver's run of this day; of today where none is given, or the one under way over midnight.
pub async fn run_of(app: &App, driver: &DriverId, day: Option<Date>, now: Timestamp) -> Result<DayRun, Error> {
    let route = chosen(app, driver, day, now).await?.ok_or(Error::NotFound("run"))?;
    let legs = || route.legs.iter();
    let stops = app.store.load_all::<Stop>(&legs().map(|leg| leg.stop.to_string()).collect::<Vec<_>>()).await?;
    let ours = |stop: &Loaded<Stop>| stop.route == route.id && stop.state.state != StopState::Cancelled;
    let stops: Vec<Loaded<Stop>> = stops.into_iter().filter(ours).collect();
    let ids: Vec<String> = stops.iter().map(|stop| stop.shipment.to_string()).collect();
    let shipments = app.store.load_all::<Shipment>(&ids).await?;
    let tag = tag(&route, &stops, &shipments);
    let mut shipments = shipments.into_iter().peekable();
    // Both lists stand in the order of the legs; a stop without its shipment is left out.
    let calls = stops.into_iter().filter_map(|stop| {
        let shipment = shipments.next_if(|shipment| shipment.id == stop.shipment)?;
        Some(RunCall { stop: stop.state, shipment: shipment.state })
    });
    let calls = calls.collect();
    Ok(DayRun { route: route.state, calls, tag })
}

async fn chosen(
    app: &App,
    driver: &DriverId,
    day: Option<Date>,
    now: Timestamp,
) -> Result<Option<Loaded<Route>>, Error> {
    let law = app.law();
    let today = |route: &Route| {
        let zone = law.regions.get(&route.region).and_then(|region| TimeZone::get(&region.zone).ok());
        now.to_zoned(zone.unwrap_or(TimeZone::UTC)).date()
    };
    let around = match day {
        Some(day) => day.to_zoned(TimeZone::UTC).map_or(now, |midnight| midnight.timestamp()),
        None => now,
    };
    let due = (around.checked_sub(48.hours()).unwrap_or(around), around.checked_add(72.hours()).unwrap_or(around));
    let query = Query {
        carried_by: Some(driver.to_string()),
        statuses: ["started", "accepted", "published", "completed"].map(str::to_owned).to_vec(),
        due: Some(due),
        newest_first: true,
        limit: 50,
        ..Query::default()
    };
    let routes = app.store.list::<Route>(&query).await?.rows;
    let fits = |route: &Route| match day {
        Some(day) => route.day == day,
        None => route.day == today(route) || route.state == RouteState::Started,
    };
    let urgency = |route: &Route| DRIVABLE.iter().position(|state| *state == route.state);
    let fitting = routes.into_iter().filter(|route| fits(route));
    Ok(fitting.min_by_key(|route| (urgency(route), route.shift.from, route.id.clone())))
}

/// A version of everything the run shows.
fn tag(route: &Loaded<Route>, stops: &[Loaded<Stop>], shipments: &[Loaded<Shipment>]) -> i64 {
    let route = std::iter::once((route.state.id(), route.version));
    let stops = stops.iter().map(|stop| (stop.state.id(), stop.version));
    let shipments = shipments.iter().map(|shipment| (shipment.state.id(), shipment.version));
    combined(route.chain(stops).chain(shipments))
}

/// One version for several things: it changes whenever one of theirs does, or when others take their place.
pub(super) fn combined<'a>(things: impl Iterator<Item = (&'a str, i64)>) -> i64 {
    let mut hash = Context::new(&SHA256);
    for (id, version) in things {
        hash.update(id.as_bytes());
        hash.update(&version.to_be_bytes());
    }
    let digest = hash.finish();
    let first = digest.as_ref().first_chunk::<8>().expect("a SHA-256 has 32 bytes");
    i64::from_be_bytes(*first) & i64::MAX
}
