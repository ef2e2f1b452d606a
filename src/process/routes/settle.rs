//! settle_route: a route is over once all of its stops are. Asked for by the relay after every decided stop.

use super::books::Books;
use crate::{
    app::App,
    domain::{
        decision::Run,
        id::{RouteId, ShipmentId},
        route,
        shipment::ShipmentState,
    },
    error::Error,
    process::{Case, decide},
    reply::empty,
};
use serde_json::json;

/// Ends the route if all of its stops are over, and keeps at the depot what is to be held; otherwise nothing happens.
pub async fn settle_route(app: &App, case: &Case, id: &RouteId) -> Result<(), Error> {
    let attempt = || async {
        let books = Books::of(&app.store, id).await?;
        let run = books.run().ok_or(Error::NotFound("route"))?;
        let mut change = case.change_in(&run.route.region);
        let settled = Run { route: route::settle(run.route.clone(), &run.stops, case.now()), ..run.clone() };
        let settled = route::unload(settled, &app.law().taxonomy);
        if settled == run {
            return Ok((change, ()));
        }
        let data = json!({"state": settled.route.state, "stops": run.stops.len(), "held": held(&settled)});
        change.audit("settle_route", id.as_str(), data);
        // A stop that is opened again meanwhile keeps the route open.
        for stop in books.stops.iter().filter(|stop| stop.route == *id) {
            change.keep(stop);
        }
        books.write(&mut change, &settled);
        Ok((change, ()))
    };
    decide(&app.store, case, |()| empty(204), attempt).await?;
    Ok(())
}

/// What waits at the depot.
fn held(run: &Run) -> Vec<&ShipmentId> {
    let held = run.shipments.iter().filter(|shipment| shipment.state == ShipmentState::HeldAtDepot);
    held.map(|shipment| &shipment.id).collect()
}
