//! Runs that have reached their drivers: the first time a driver's app reads a revision is put on record, because only
//! then the planner's publication is over. Costs one commit a revision.

use super::run::DayRun;
use crate::{
    app::App,
    domain::{
        id::RouteId,
        route::{Route, RouteState},
    },
    error::Error,
    process::Case,
};
use moka::sync::Cache;
use serde_json::json;
use std::time::Duration;

/// The audit's word for it: a figure is measured by it.
pub const RUN_TAKEN: &str = "run_taken";
const MOST_RUNS: u64 = 100_000;
const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 3600);
const MOST_EVENTS: u32 = 1000;
/// A driver who reads must not wait for a ledger that hangs.
const PATIENCE: Duration = Duration::from_millis(500);

/// The revisions that are on record as far as this process knows.
#[derive(Debug)]
pub struct RunsTaken(Cache<(RouteId, u32), ()>);

impl Default for RunsTaken {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MOST_RUNS).time_to_idle(REMEMBERED_FOR).build())
    }
}

/// Notes that the driver has the run. Never fails the reading: what could not be noted is noted by the next one.
pub async fn note_taken(app: &App, case: &Case, run: &DayRun) {
    let route = &run.route;
    let key = (route.id.clone(), route.revision);
    let to_drive = matches!(route.state, RouteState::Published | RouteState::Accepted | RouteState::Started);
    if !to_drive || app.runs_taken.0.contains_key(&key) {
        return;
    }
    match tokio::time::timeout(PATIENCE, note(app, case, route)).await {
        Ok(Ok(())) => app.runs_taken.0.insert(key, ()),
        Ok(Err(error)) => tracing::info!(%error, route = %route.id, "that the run was read is noted later"),
        Err(_) => tracing::info!(route = %route.id, "that the run was read is noted later: the ledger is slow"),
    }
}

async fn note(app: &App, case: &Case, route: &Route) -> Result<(), Error> {
    let events = app.store.events_of(route.id.as_str(), None, MOST_EVENTS).await?;
    let of_revision = |event: &crate::store::EventRow| event.data["revision"] == route.revision;
    if events.iter().any(|event| event.name == RUN_TAKEN && of_revision(event)) {
        return Ok(());
    }
    let mut change = case.change_in(&route.region);
    change.audit(RUN_TAKEN, route.id.as_str(), json!({"revision": route.revision}));
    app.store.commit(change).await?;
    Ok(())
}
