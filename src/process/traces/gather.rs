//! Gathers what is known about an order.

use super::{
    OrderTrace, TracedEvent, TracedException, TracedOrder, TracedRoute, TracedShipment, TracedStop, stages::standstill,
};
use crate::{
    app::App,
    domain::{
        effect::Effect, exception::Exception, id::OrderId, order::Order, route::Route, shipment::Shipment, stop::Stop,
    },
    error::Error,
    ids,
    policy::Viewer,
    process::dead_letters::story,
    store::{EventRow, Loaded, Query, Store},
};
use std::collections::BTreeSet;

const MOST_EVENTS: u32 = 1000;
const MOST_TASKS: u32 = 500;

/// The way of the order with this id or ERP number.
pub async fn trace_order(app: &App, viewer: &Viewer, named: &str) -> Result<OrderTrace, Error> {
    trace_in(&app.store, viewer, named).await
}

/// The same, for whoever has only the books.
pub async fn trace_in(store: &Store, viewer: &Viewer, named: &str) -> Result<OrderTrace, Error> {
    let found = order(store, named).await?;
    let order = viewer.shown("order", found)?;
    let of_order = Query { belongs_to: Some(order.id.to_string()), ..Query::default() };
    let shipments = store.list::<Shipment>(&of_order).await?.rows;
    let visits: Vec<String> = shipments.iter().flat_map(|one| attempts(one)).collect();
    let stops = store.load_all::<Stop>(&visits).await?;
    let routes: BTreeSet<String> = stops.iter().map(|stop| stop.route.to_string()).collect();
    let routes = store.load_all::<Route>(&routes.into_iter().collect::<Vec<_>>()).await?;
    let exceptions = exceptions(store, &order.id, &shipments).await?;
    let mut keys: Vec<String> = shipments.iter().map(|one| Effect::key_of_notices(&one.id)).collect();
    keys.push(Effect::key_of_order(&order.id));
    let tasks = store.tasks().of_keys(&keys, MOST_TASKS).await?;
    let mut subjects: Vec<String> = shipments.iter().map(|one| one.id.to_string()).collect();
    subjects.push(order.id.to_string());
    subjects.extend(visits);
    subjects.extend(routes.iter().map(|route| route.id.to_string()));
    subjects.extend(exceptions.iter().map(|one| one.id.to_string()));
    let events = store.events_of_any(&subjects, MOST_EVENTS).await?;
    let stops_at = standstill(&order, &shipments, &routes);
    Ok(OrderTrace {
        complete: stops_at.is_none(),
        stops_at,
        invoice: order.invoice.clone(),
        order: traced_order(&order),
        shipments: shipments.iter().map(|one| traced_shipment(one)).collect(),
        routes: routes.iter().map(|one| traced_route(one)).collect(),
        stops: stops.iter().map(|one| traced_stop(one)).collect(),
        exceptions: exceptions.iter().map(|one| traced_exception(one)).collect(),
        events: events.iter().map(traced_event).collect(),
        tasks: tasks.iter().map(story).collect(),
    })
}

/// An id first, because a number could look like one and hardly ever does.
async fn order(store: &Store, named: &str) -> Result<Option<Loaded<Order>>, Error> {
    if named.starts_with(OrderId::PREFIX)
        && let Some(order) = store.load(named).await?
    {
        return Ok(Some(order));
    }
    Ok(store.load(ids::order_id(named).as_str()).await?)
}

fn attempts(shipment: &Shipment) -> impl Iterator<Item = String> {
    (1..=shipment.attempts).map(|attempt| shipment.id.stop(attempt).to_string())
}

async fn exceptions(
    store: &Store,
    order: &OrderId,
    shipments: &[Loaded<Shipment>],
) -> Result<Vec<Loaded<Exception>>, Error> {
    let mut all = Vec::new();
    for owner in shipments.iter().map(|one| one.id.as_str()).chain([order.as_str()]) {
        let query = Query { belongs_to: Some(owner.to_owned()), limit: 100, ..Query::default() };
        all.extend(store.list::<Exception>(&query).await?.rows);
    }
    Ok(all)
}

fn traced_order(order: &Order) -> TracedOrder {
    TracedOrder {
        id: order.id.clone(),
        number: order.content.number.clone(),
        party: order.content.party.clone(),
        region: order.content.region.clone(),
        state: order.state,
        holds: order.holds.iter().map(|hold| format!("{:?}: {}", hold.reason, hold.detail)).collect(),
        window: order.content.window,
        received_at: order.received_at,
        released_at: order.released_at,
    }
}

fn traced_shipment(shipment: &Shipment) -> TracedShipment {
    TracedShipment {
        id: shipment.id.clone(),
        state: shipment.state,
        attempts: shipment.attempts,
        route: shipment.route.clone(),
        stop: shipment.last_stop(),
        delivered: shipment.delivered,
        failure: shipment.failure.clone(),
        proof: shipment.proof.clone(),
        posted: shipment.posted,
    }
}

fn traced_route(route: &Route) -> TracedRoute {
    TracedRoute {
        id: route.id.clone(),
        state: route.state,
        revision: route.revision,
        driver: route.driver.as_ref().map(ToString::to_string),
        vehicle: route.vehicle.to_string(),
        carrier: route.carrier.as_ref().map(ToString::to_string),
        published_at: route.published_at,
        departed_at: route.departed_at,
        ended_at: route.ended_at,
    }
}

fn traced_stop(stop: &Stop) -> TracedStop {
    TracedStop {
        id: stop.id.clone(),
        shipment: stop.shipment.clone(),
        route: stop.route.clone(),
        state: stop.state,
        planned: stop.planned,
        arrived: stop.arrived,
        departed: stop.departed,
        reports: stop.reports.len() as u64,
    }
}

fn traced_exception(exception: &Exception) -> TracedException {
    TracedException {
        id: exception.id.clone(),
        code: exception.code.clone(),
        state: exception.state,
        blocks_invoice: exception.blocks_invoice,
        raised: exception.raised,
        resolved: exception.resolution.as_ref().map(|resolution| resolution.at),
    }
}

fn traced_event(row: &EventRow) -> TracedEvent {
    TracedEvent {
        id: row.id.to_string(),
        kind: row.kind.name().to_owned(),
        name: row.name.clone(),
        subject: row.subject.clone(),
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        actor: row.actor.clone(),
        operation: row.operation.clone(),
        contract: format!("{}.v{}", row.contract.name, row.contract.version),
        correlation_id: row.correlation_id.clone(),
        trace_id: row.traceparent.split('-').nth(1).unwrap_or_default().to_owned(),
    }
}
