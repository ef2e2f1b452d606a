//! An order with everything a decision about it takes: its shipments, and the stops of the attempts under way. Reads
//! past the cache, because whoever decides over a whole order rarely does and must not miss a shipment.

use super::{Change, Entity, Loaded, Query, Store, StoreError};
use crate::domain::{decision::Dossier, id::OrderId, order::Order, shipment::Shipment, stop::Stop};

/// A dossier as it was loaded.
#[derive(Clone, Debug)]
pub struct LoadedDossier {
    pub order: Loaded<Order>,
    pub shipments: Vec<Loaded<Shipment>>,
    pub stops: Vec<Loaded<Stop>>,
}

impl Store {
    /// The order's dossier, if there is such an order.
    pub async fn dossier(&self, order: &OrderId) -> Result<Option<LoadedDossier>, StoreError> {
        let Some(loaded) = self.load_fresh::<Order>(order.as_str()).await? else { return Ok(None) };
        let query = Query { belongs_to: Some(order.to_string()), ..Query::default() };
        let shipments = self.list::<Shipment>(&query).await?.rows;
        let ids: Vec<String> = shipments.iter().filter_map(|one| one.stop.as_ref()).map(ToString::to_string).collect();
        let stops =
            if ids.is_empty() { Vec::new() } else { self.list::<Stop>(&Query { ids, ..Query::default() }).await?.rows };
        Ok(Some(LoadedDossier { order: loaded, shipments, stops }))
    }
}

impl LoadedDossier {
    /// What the domain decides over.
    pub fn states(&self) -> Dossier {
        Dossier {
            order: self.order.state.clone(),
            shipments: self.shipments.iter().map(|loaded| loaded.state.clone()).collect(),
            stops: self.stops.iter().map(|loaded| loaded.state.clone()).collect(),
        }
    }

    /// Writes what a decision changed. The order is always written, so that two decisions over it never both stand.
    pub fn write(&self, change: &mut Change, after: Dossier) {
        change.replace(&self.order, after.order);
        write_changed(change, &self.shipments, after.shipments);
        write_changed(change, &self.stops, after.stops);
    }
}

fn write_changed<E: Entity + PartialEq>(change: &mut Change, before: &[Loaded<E>], after: Vec<E>) {
    for state in after {
        match before.iter().find(|loaded| loaded.state.id() == state.id()) {
            Some(loaded) if loaded.state == state => {}
            Some(loaded) => drop(change.replace(loaded, state)),
            None => drop(change.create(state)),
        }
    }
}
