//! settle_route: a route is over once all of its stops are. Asked for by the relay after every decided stop.

use super::books::Books;
use crate::{
    app::App,
    domain::{decision::Run, id::RouteId, route},
    error::Error,
    process::{Case, decide},
    reply::empty,
};
use serde_json::json;

/// Ends the route if all of its stops are over; otherwise, and if it has ended before, nothing happens.
pub async fn settle_route(app: &App, case: &Case, id: &RouteId) -> Result<(), Error> {
    let attempt = || async {
        let books = Books::of(&app.store, id).await?;
        let run = books.run().ok_or(Error::NotFound("route"))?;
        let mut change = case.change_in(&run.route.region);
        let settled = route::settle(run.route.clone(), &run.stops, case.now());
        if settled == run.route {
            return Ok((change, ()));
        }
        let data = json!({"state": settled.state, "stops": run.stops.len()});
        change.audit("settle_route", id.as_str(), data);
        // A stop that is opened again meanwhile keeps the route open.
        for stop in books.stops.iter().filter(|stop| stop.route == *id) {
            change.keep(stop);
        }
        books.write(&mut change, &Run { route: settled, ..run });
        Ok((change, ()))
    };
    decide(&app.store, case, |()| empty(204), attempt).await?;
    Ok(())
}
