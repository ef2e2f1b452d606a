//! What a milestone does: those of stops go the way of every report, those of routes step the route on.

use super::{
    books::Books,
    dispatch_route,
    record_milestone::{MilestoneReport, RouteMilestone},
};
use crate::{
    app::App,
    domain::{
        decision::{Outcome, Run},
        id::{ExceptionId, RouteId, StopId},
        refused::Refused,
        report::{Reception, Reported},
        route::{self, Route, RouteState},
        shipment::{self, ShipmentState},
        stop::{Stop, StopState},
    },
    error::Error,
    process::{
        Case, Settled, decide,
        deliveries::{RUN_TAKEN, Reporter, Taken, Told, take_report},
    },
    store::{Answer, Change, Loaded},
};
use serde_json::json;

/// A milestone that has been taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub reception: Reception,
    pub route: RouteId,
    pub state: RouteState,
    pub stop: Option<StopState>,
    pub quarantine: Option<ExceptionId>,
}

impl RouteMilestone {
    /// What is reported of a stop, where it is of one.
    pub fn reported(self) -> Option<Reported> {
        match self {
            Self::StopEnRoute => Some(Reported::EnRoute),
            Self::StopArrived => Some(Reported::Arrived),
            Self::StopDeparted => Some(Reported::Departed),
            _ => None,
        }
    }
}

impl MilestoneReport {
    fn stop(&self) -> Result<&StopId, Refused> {
        self.stop.as_ref().ok_or_else(|| Refused::new("content_invalid", "name the stop it happened at").at("/stop"))
    }

    /// The same thing told again gets the same name.
    fn event(&self, stop: &StopId) -> String {
        let derived = || format!("{}.{:?}.{}", stop, self.milestone, self.occurred_at.as_millisecond());
        self.event.clone().unwrap_or_else(derived)
    }
}

/// A milestone of a stop, as one more report of it.
pub(super) async fn of_stop(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    route: &Loaded<Route>,
    report: &MilestoneReport,
    what: Reported,
    word: impl Fn(&Recorded) -> Answer,
) -> Result<Settled<Recorded>, Error> {
    let stop = report.stop()?;
    let ours = app.store.load::<Stop>(stop.as_str()).await?.filter(|stop| stop.route == route.id);
    if ours.is_none() && reporter.driver.is_none() {
        return Err(Error::NotFound("stop"));
    }
    let told = Told {
        stop: stop.clone(),
        event: report.event(stop),
        occurred_at: report.occurred_at,
        position: report.position,
        device: report.device.clone(),
        inferred: false,
        what,
    };
    let recorded = |taken: &Taken| Recorded {
        reception: taken.reception,
        route: route.id.clone(),
        state: route.state.state,
        stop: taken.now.as_ref().map(|now| now.stop),
        quarantine: taken.quarantine.clone(),
    };
    match take_report(app, case, reporter, &told, |taken| word(&recorded(taken))).await? {
        Settled::Now(taken, answer) => Ok(Settled::Now(recorded(&taken), answer)),
        Settled::Before(answer) => Ok(Settled::Before(answer)),
    }
}

/// A milestone of the route itself.
pub(super) async fn of_route(
    app: &App,
    case: &Case,
    id: &RouteId,
    report: &MilestoneReport,
    word: impl Fn(&Recorded) -> Answer,
) -> Result<Settled<Recorded>, Error> {
    decide(&app.store, case, word, || attempt(app, case, id, report)).await
}

async fn attempt(app: &App, case: &Case, id: &RouteId, report: &MilestoneReport) -> Result<(Change, Recorded), Error> {
    let books = Books::of(&app.store, id).await?;
    let run = books.run().ok_or(Error::NotFound("route"))?;
    if let Some(reception) = known(&run, report.milestone) {
        return Ok((case.change_in(&run.route.region), recorded(&run, reception)));
    }
    if report.milestone == RouteMilestone::VehicleDeparted {
        let (change, started) = dispatch_route::attempt(app, case, id, report.occurred_at).await?;
        return Ok((change, recorded(&started.run, Reception::Applied)));
    }
    let mut change = case.change_in(&run.route.region);
    let Outcome { state, follows } = step(run, report, case)?;
    books.write(&mut change, &state);
    let data = json!({"milestone": report.milestone, "occurred_at": report.occurred_at, "stop": report.stop, "note": report.note});
    change.audit("record_milestone", id.as_str(), data);
    if report.milestone == RouteMilestone::RouteAccepted {
        // Whoever takes it on has read it, wherever.
        change.audit(RUN_TAKEN, id.as_str(), json!({"revision": state.route.revision}));
    }
    app.store.follow(&mut change, follows).await?;
    Ok((change, recorded(&state, Reception::Applied)))
}

fn recorded(run: &Run, reception: Reception) -> Recorded {
    let Route { id, state, .. } = &run.route;
    Recorded { reception, route: id.clone(), state: *state, stop: None, quarantine: None }
}

/// Whether it was known before, or has been overtaken.
fn known(run: &Run, milestone: RouteMilestone) -> Option<Reception> {
    use RouteState::{Aborted, Accepted, Completed, Rejected, Started};
    match (milestone, run.route.state) {
        (RouteMilestone::RouteAccepted, Accepted)
        | (RouteMilestone::RouteRejected, Rejected)
        | (RouteMilestone::VehicleDeparted, Started)
        | (RouteMilestone::RouteCompleted, Completed)
        | (RouteMilestone::RouteAborted, Aborted) => Some(Reception::Duplicate),
        (RouteMilestone::RouteAccepted | RouteMilestone::GoodsLoaded, Started | Completed | Aborted)
        | (RouteMilestone::VehicleDeparted, Completed | Aborted) => Some(Reception::Late),
        _ => None,
    }
}

fn step(mut run: Run, report: &MilestoneReport, case: &Case) -> Result<Outcome<Run>, Error> {
    let whole = |run: &Run, route: Outcome<Route>| Outcome {
        state: Run { route: route.state, ..run.clone() },
        follows: route.follows,
    };
    match report.milestone {
        RouteMilestone::RouteAccepted => Ok(whole(&run, route::accept(run.route.clone())?)),
        RouteMilestone::RouteRejected => Ok(whole(&run, route::reject(run.route.clone())?)),
        RouteMilestone::RouteAborted => Ok(route::abort(run, case.now())?),
        RouteMilestone::RouteCompleted => complete(run, case),
        RouteMilestone::GoodsLoaded => {
            for shipment in run.shipments.iter_mut().filter(|shipment| shipment.state == ShipmentState::Planned) {
                *shipment = shipment::load(shipment.clone())?.state;
            }
            Ok(Outcome::quiet(run))
        }
        RouteMilestone::GoodsReturned => returned(run, report.stop()?),
        other => Err(Error::Internal(format!("{other:?} is no milestone of a route"))),
    }
}

/// A route is completed once all of its stops are over, not because somebody says so.
fn complete(run: Run, case: &Case) -> Result<Outcome<Run>, Error> {
    let open = run.stops.iter().filter(|stop| !stop.state.is_terminal()).count();
    if open > 0 {
        let detail = format!("{open} stops of the route are still open: confirm, skip or move them first");
        return Err(Refused::new("stops_open", detail).into());
    }
    let route = route::settle(run.route.clone(), &run.stops, case.now());
    if route.state == run.route.state {
        let detail = format!("route {} is {:?} and cannot be completed", route.id, route.state);
        return Err(Refused::new("route_state", detail).into());
    }
    Ok(Outcome::quiet(Run { route, ..run }))
}

fn returned(mut run: Run, stop: &StopId) -> Result<Outcome<Run>, Error> {
    let shipment = run.shipments.iter_mut().find(|shipment| shipment.stop.as_ref() == Some(stop));
    let shipment = shipment.ok_or(Error::NotFound("stop"))?;
    if shipment.state != ShipmentState::Returned {
        *shipment = shipment::take_back(shipment.clone())?.state;
    }
    Ok(Outcome::quiet(run))
}
