//! What a report is about, as the books have it: the stop, its shipment, its order and the artifacts that are named.
//! Ids are derived from each other, so all of it is asked for at once.

use super::{proofs::Artifacts, receive::load, told::Told};
use crate::{
    domain::{id::StopId, order::Order, shipment::Shipment, stop::Stop},
    error::Error,
    store::{Entity, Loaded, Store, StoreError, Together, Wanted},
};

pub(super) struct Books {
    pub stop: Loaded<Stop>,
    pub shipment: Loaded<Shipment>,
    pub order: Loaded<Order>,
    pub artifacts: Artifacts,
}

impl Books {
    /// None where no such stop is known. `fresh` reads past the cache.
    pub async fn of(store: &Store, stop: &StopId, told: &[Told], fresh: bool) -> Result<Option<Self>, Error> {
        let seen = store.load_together(Artifacts::wanted(told, visit(stop)), fresh).await?;
        let Some(stop) = seen.of::<Stop>(stop.as_str()) else { return Ok(None) };
        let orphaned = || Error::Internal(format!("{} has no shipment or no order", stop.id));
        let shipment: Loaded<Shipment> =
            seen_or_loaded(store, &seen, stop.shipment.as_str(), fresh).await?.ok_or_else(orphaned)?;
        let order = seen_or_loaded(store, &seen, shipment.order.as_str(), fresh).await?.ok_or_else(orphaned)?;
        Ok(Some(Self { artifacts: Artifacts::among(&seen, told), stop, shipment, order }))
    }
}

/// A stop, and the shipment and order it has by its name.
fn visit(stop: &StopId) -> Wanted {
    let mut wanted = Wanted::default().and::<Stop>(stop.as_str());
    let Some(shipment) = stop.presumed_shipment() else { return wanted };
    wanted = wanted.and::<Shipment>(shipment.as_str());
    match shipment.presumed_order() {
        Some(order) => wanted.and::<Order>(order.as_str()),
        None => wanted,
    }
}

/// What the books say counts, not what the name presumes.
async fn seen_or_loaded<E: Entity>(
    store: &Store,
    seen: &Together,
    id: &str,
    fresh: bool,
) -> Result<Option<Loaded<E>>, StoreError> {
    match seen.of(id) {
        Some(loaded) => Ok(Some(loaded)),
        None => load(store, id, fresh).await,
    }
}
