//! Positions: fixes of vehicles, pushed or fetched. Those that can be believed mean arrivals, departures, deviations
//! and new ETAs; the others are dropped and counted.

use super::{
    books::Books,
    etas::project_etas,
    fleet,
    passages::{deviation, passages},
    tracks::{Track, UnderWay},
};
use crate::{
    app::App,
    domain::{
        id::RouteId,
        route::Route,
        tracking::{Doubt, Implausible, Sighting, believe},
    },
    error::Error,
    process::Case,
    store::Query,
    system::telematics::Fix,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// What became of some fixes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taken {
    /// Believed, whether or not their vehicle is under way.
    pub believed: usize,
    /// Not believed, by why.
    pub dropped: BTreeMap<Implausible, usize>,
    /// The routes whose vehicles were seen.
    pub routes: BTreeSet<RouteId>,
}

/// Takes fixes in, in the order of their times, whichever way they came.
pub async fn take_positions(app: &App, case: &Case, mut fixes: Vec<Fix>) -> Result<Taken, Error> {
    fixes.sort_by_key(|fix| fix.at);
    let mut taken = Taken::default();
    let under_way = under_way(app, case).await?;
    for fix in fixes {
        let sighting = Sighting { position: fix.position, at: fix.at };
        let (mut track, law) = (app.tracks.of(&fix.device), app.law());
        let limits = &law.sla.tracking;
        if let Err(why) = believe(track.last.as_ref(), &sighting, limits, case.now())
            && !track.doubt.overcome(why, &sighting, limits)
        {
            app.tracks.keep(&fix.device, track);
            *taken.dropped.entry(why).or_default() += 1;
            metrics::counter!("haulgate_positions_dropped_total", "reason" => reason(why)).increment(1);
            continue;
        }
        taken.believed += 1;
        metrics::counter!("haulgate_positions_believed_total").increment(1);
        let mut track = Track { last: Some(sighting), doubt: Doubt::default(), ..track };
        if let Some(route) = under_way.get(&fix.device) {
            seen(app, case, route, &fix, &mut track).await?;
            taken.routes.insert(route.clone());
        }
        app.tracks.keep(&fix.device, track);
    }
    for route in &taken.routes {
        project_etas(app, case, route).await?;
    }
    Ok(taken)
}

/// Asks telematics where the vehicles under way are, for installations whose trackers do not report here.
pub async fn fetch_positions(app: &App, case: &Case) -> Result<Taken, Error> {
    let devices: Vec<String> = under_way(app, case).await?.keys().cloned().collect();
    if devices.is_empty() {
        return Ok(Taken::default());
    }
    let mut fixes = app.connectors.telematics.latest_positions(&case.errand, &devices).await?;
    // Telematics answers with the same fix until there is a newer one.
    fixes.retain(|fix| app.tracks.of(&fix.device).last.is_none_or(|last| last.at < fix.at));
    let mut taken = Taken::default();
    for fix in fixes {
        // Nobody sends them again: what cannot be taken in from one vehicle must not cost all others theirs.
        let device = fix.device.clone();
        match take_positions(app, case, vec![fix]).await {
            Ok(more) => taken.join(more),
            Err(error) => tracing::warn!(device, %error, "a position is taken in when it is asked for again"),
        }
    }
    Ok(taken)
}

impl Taken {
    fn join(&mut self, more: Self) {
        self.believed += more.believed;
        self.routes.extend(more.routes);
        for (why, count) in more.dropped {
            *self.dropped.entry(why).or_default() += count;
        }
    }
}

/// What a position means for the route its vehicle drives.
async fn seen(app: &App, case: &Case, route: &RouteId, fix: &Fix, track: &mut Track) -> Result<(), Error> {
    let books = Books::of(&app.store, route).await?;
    let Some(run) = books.run() else { return Ok(()) };
    passages(app, case, &run, fix).await?;
    deviation(app, case, &run, fix, &mut track.corridor).await
}

/// The devices of the routes under way. A vehicle without a device of its own is tracked under its id.
async fn under_way(app: &App, case: &Case) -> Result<UnderWay, Error> {
    if let Some(known) = app.tracks.under_way(case.now()) {
        return Ok(known);
    }
    let mut query = Query { statuses: vec!["started".to_owned()], ..Query::default() };
    let mut devices = HashMap::new();
    loop {
        let slice = app.store.list::<Route>(&query).await?;
        for route in &slice.rows {
            devices.insert(device_of(app, route).await?, route.id.clone());
        }
        match slice.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    let devices = Arc::new(devices);
    app.tracks.keep_under_way(case.now(), devices.clone());
    Ok(devices)
}

/// How telematics names the route's vehicle.
pub(super) async fn device_of(app: &App, route: &Route) -> Result<String, Error> {
    let known = fleet::vehicle(&app.store, &route.vehicle).await?;
    Ok(known.and_then(|vehicle| vehicle.device).unwrap_or_else(|| route.vehicle.to_string()))
}

/// The label of the metric: the name policies and people use.
fn reason(why: Implausible) -> String {
    match serde_json::to_value(why) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unknown".to_owned(),
    }
}
