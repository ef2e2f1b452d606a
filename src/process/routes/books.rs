//! A run on the books: a route with its stops, shipments and orders, loaded together and written back together, so
//! that one change carries a whole route. Decides nothing.

use crate::{
    domain::{
        decision::Run,
        id::{RouteId, ShipmentId},
        order::Order,
        route::Route,
        shipment::Shipment,
        stop::Stop,
    },
    error::Error,
    ids::sha256,
    policy::Viewer,
    store::{Change, Entity, Loaded, Store},
};
use std::collections::BTreeSet;

/// The route, if this viewer may see it.
pub async fn find_route(store: &Store, viewer: &Viewer, id: &RouteId) -> Result<Loaded<Route>, Error> {
    let found = store.load::<Route>(id.as_str()).await?;
    viewer.shown("route", found)
}

/// A route and everything it carries, as it was loaded.
#[derive(Clone, Debug)]
pub struct Books {
    pub route: Option<Loaded<Route>>,
    pub stops: Vec<Loaded<Stop>>,
    pub shipments: Vec<Loaded<Shipment>>,
    pub orders: Vec<Loaded<Order>>,
}

impl Books {
    /// A route with its stops, shipments and orders, and those of `also`.
    pub async fn gather(store: &Store, route: Option<Loaded<Route>>, also: &[ShipmentId]) -> Result<Self, Error> {
        let legs = route.as_ref().map(|route| route.legs.as_slice()).unwrap_or_default();
        let ids: BTreeSet<_> = legs.iter().map(|leg| &leg.shipment).chain(also).map(ToString::to_string).collect();
        let shipments: Vec<Loaded<Shipment>> = store.load_all(&Vec::from_iter(ids)).await?;
        let of_legs = legs.iter().map(|leg| leg.stop.to_string());
        let next = shipments.iter().map(|shipment| shipment.next_stop().to_string());
        let ids: BTreeSet<_> = of_legs.chain(next).collect();
        let stops = store.load_all(&Vec::from_iter(ids)).await?;
        let ids: BTreeSet<_> = shipments.iter().map(|shipment| shipment.order.to_string()).collect();
        let orders = store.load_all(&Vec::from_iter(ids)).await?;
        Ok(Self { route, stops, shipments, orders })
    }

    /// The route that must be there, with everything it carries.
    pub async fn of(store: &Store, id: &RouteId) -> Result<Self, Error> {
        let route = store.load::<Route>(id.as_str()).await?.ok_or(Error::NotFound("route"))?;
        Self::gather(store, Some(route), &[]).await
    }

    /// The run: what is still the route's. A leg whose stop has gone elsewhere counts for nothing.
    pub fn run(&self) -> Option<Run> {
        let route = self.route.as_ref()?.state.clone();
        let stops: Vec<Stop> = states(&self.stops).filter(|stop| stop.route == route.id).collect();
        let ours = |shipment: &Shipment| stops.iter().any(|stop| shipment.stop.as_ref() == Some(&stop.id));
        let shipments: Vec<Shipment> = states(&self.shipments).filter(ours).collect();
        let theirs = |order: &Order| shipments.iter().any(|shipment| shipment.order == order.id);
        let orders = states(&self.orders).filter(theirs).collect();
        Some(Run { route, stops, shipments, orders })
    }

    /// Writes what has changed, and answers the version of the run as it will be.
    pub fn write(&self, change: &mut Change, run: &Run) -> i64 {
        let route = self.route.as_slice();
        let mut versions = write_changed(change, route, std::slice::from_ref(&run.route));
        let stops = write_changed(change, &self.stops, &run.stops);
        let ours = run.stops.iter().zip(stops).filter(|(stop, _)| stop.route == run.route.id);
        versions.extend(ours.map(|(_, version)| version));
        write_changed(change, &self.shipments, &run.shipments);
        write_changed(change, &self.orders, &run.orders);
        version_of(versions)
    }

    /// The version of the run as it was loaded: another one as soon as the route or one of its stops is.
    pub fn version(&self) -> i64 {
        let route = self.route.iter().map(|route| (route.id.to_string(), route.version));
        let id = self.route.as_ref().map(|route| &route.id);
        let ours = self.stops.iter().filter(|stop| Some(&stop.route) == id);
        version_of(route.chain(ours.map(|stop| (stop.id.to_string(), stop.version))).collect())
    }
}

fn states<E: Entity>(loaded: &[Loaded<E>]) -> impl Iterator<Item = E> {
    loaded.iter().map(|one| one.state.clone())
}

/// Creates what is new, replaces what differs, leaves the rest; answers the versions of all.
pub(in crate::process) fn write_changed<E: Entity + PartialEq>(
    change: &mut Change,
    before: &[Loaded<E>],
    after: &[E],
) -> Vec<(String, i64)> {
    let mut write = |state: &E| match before.iter().find(|loaded| loaded.state.id() == state.id()) {
        Some(loaded) if loaded.state == *state => loaded.version,
        Some(loaded) => {
            change.replace(loaded, state.clone());
            loaded.version + 1
        }
        None => {
            change.create(state.clone());
            1
        }
    };
    after.iter().map(|state| (state.id().to_owned(), write(state))).collect()
}

/// One number for several versions: it differs as soon as one of them does.
fn version_of(mut versions: Vec<(String, i64)>) -> i64 {
    versions.sort();
    let text: String = versions.iter().map(|(id, version)| format!("{id}={version};")).collect();
    i64::from_str_radix(&sha256(text.as_bytes())[..15], 16).expect("fifteen hexadecimal digits fit")
}
