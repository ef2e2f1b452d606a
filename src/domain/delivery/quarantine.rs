//! Quarantine: what contradicts the world is kept whole, raises an exception and moves nothing.

use super::Incoming;
use crate::domain::{
    decision::{Follows, Visit},
    exception::{Raise, Taxonomy, raise},
    id::{ExceptionId, RegionId, StopId},
    refused::Refused,
    time::Moment,
};
use serde_json::Value;

/// What a quarantined message is an exception of.
pub const CODE: &str = "data_mismatch";

/// A message about a stop that nobody knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Unplaced {
    /// Derived from reporter and event, as in `Incoming`.
    pub id: ExceptionId,
    pub region: RegionId,
    /// The stop it speaks of.
    pub stop: StopId,
    pub by: String,
    pub at: Moment,
    pub whole: Value,
}

/// Keeps a message whose stop is unknown.
pub fn quarantine(unplaced: Unplaced, taxonomy: &Taxonomy) -> Result<Follows, Refused> {
    let about = Raise {
        stop: Some(unplaced.stop),
        note: Some("no stop of this id is known".to_owned()),
        quarantined: Some(unplaced.whole),
        ..Raise::new(unplaced.id, CODE, unplaced.region, unplaced.by, unplaced.at)
    };
    let mut follows = Follows::default();
    follows.raises.push(raise(taxonomy, about)?);
    Ok(follows)
}

/// Keeps a message that contradicts what is known about its stop. The party is not told: nothing has happened to it.
pub(super) fn of_visit(
    visit: &Visit,
    incoming: Incoming,
    reason: &str,
    taxonomy: &Taxonomy,
) -> Result<Follows, Refused> {
    let Visit { order, shipment, stop } = visit;
    let about = Raise {
        order: Some(order.id.clone()),
        shipment: Some(shipment.id.clone()),
        stop: Some(stop.id.clone()),
        route: Some(stop.route.clone()),
        note: Some(reason.to_owned()),
        quarantined: Some(incoming.whole),
        ..Raise::new(incoming.quarantine, CODE, stop.region.clone(), incoming.by, incoming.report.at)
    };
    let mut follows = Follows::default();
    follows.raises.push(raise(taxonomy, about)?);
    Ok(follows)
}
