//! Quarantine: messages that contradict the world, kept whole and once.

use super::{
    receive::{Taken, taken},
    told::{Reporter, Told},
};
use crate::{
    app::App,
    domain::{
        decision::Follows,
        delivery::{Unplaced, quarantine},
        exception::Exception,
        id::{RegionId, RouteId},
        refused::Refused,
        report::Reception,
        route::Route,
    },
    error::Error,
    policy::Law,
    process::Case,
    store::{Change, Query, Store},
};

/// What the domain quarantined, with the whole message; a duplicate if the same message lies there already.
pub(super) async fn once(
    store: &Store,
    told: &Told,
    reception: Reception,
    mut follows: Follows,
) -> Result<(Reception, Follows), Error> {
    let Some(raised) = follows.raises.first_mut().filter(|_| reception == Reception::Quarantined) else {
        return Ok((reception, follows));
    };
    if store.load::<Exception>(raised.id.as_str()).await?.is_some() {
        return Ok((Reception::Duplicate, Follows::default()));
    }
    raised.quarantined = Some(whole(told)?);
    Ok((reception, follows))
}

/// Quarantines what is told of a stop that nobody knows.
pub(super) async fn unplaced(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    told: &[Told],
    law: &Law,
) -> Result<(Change, Vec<Result<Taken, Refused>>), Error> {
    let (region, _) = home_of(app, reporter, law).await?;
    let mut change = case.change();
    let mut outcomes: Vec<Result<Taken, Refused>> = Vec::with_capacity(told.len());
    for told in told {
        let id = reporter.quarantine_of(told);
        let among = outcomes.iter().flatten().any(|earlier| earlier.quarantine.as_ref() == Some(&id));
        if among || app.store.load::<Exception>(id.as_str()).await?.is_some() {
            outcomes.push(Ok(taken(told, Reception::Duplicate, None, case.now())));
            continue;
        }
        let (stop, by, at) = (told.stop.clone(), reporter.by.clone(), told.report(case.now()).at);
        let unplaced = Unplaced { id: id.clone(), region: region.clone(), stop, by, at, whole: whole(told)? };
        app.store.follow(&mut change, quarantine(unplaced, &law.taxonomy)?).await?;
        outcomes.push(Ok(taken(told, Reception::Quarantined, Some(id), case.now())));
    }
    Ok((change, outcomes))
}

fn whole(told: &Told) -> Result<serde_json::Value, Error> {
    serde_json::to_value(told).map_err(|error| Error::Internal(error.to_string()))
}

/// Where a message without a place belongs: to where its driver drives (with the latest route there), else to where its
/// sender may look.
pub(super) async fn home_of(app: &App, reporter: &Reporter, law: &Law) -> Result<(RegionId, Option<RouteId>), Error> {
    if let Some(driver) = &reporter.driver {
        let latest = Query { carried_by: Some(driver.to_string()), newest_first: true, limit: 1, ..Query::default() };
        if let Some(route) = app.store.list::<Route>(&latest).await?.rows.into_iter().next() {
            return Ok((route.state.region, Some(route.state.id)));
        }
    }
    let own = reporter.viewer.regions().and_then(|regions| regions.first());
    let any = || law.regions.0.keys().next();
    let region = own.or_else(any).ok_or_else(|| Error::Internal("no region".into()))?;
    Ok((RegionId::from(region.as_str()), None))
}
