//! Cancelling an order, as long as nobody is under way with it.

use super::{OrderCommand, facts, step};
use crate::domain::{
    decision::{Dossier, Follows, Outcome},
    effect::Effect,
    milestone::MilestoneKind,
    refused::Refused,
    shipment::{self, ShipmentCommand, ShipmentState},
    stop,
};
use jiff::Timestamp;

/// Cancels the order, its shipments and their stops, and tells the ERP. The reason is for the audit: people
/// write names into it, so no milestone carries it.
pub fn cancel(mut dossier: Dossier, reason: &str, now: Timestamp) -> Result<Outcome<Dossier>, Refused> {
    if reason.trim().is_empty() {
        return Err(Refused::new("reason_missing", "a cancellation needs a reason").at("/reason"));
    }
    step(&mut dossier.order, OrderCommand::Cancel)?;
    let mut follows = take_off_the_road(&mut dossier)?;
    for shipment in dossier.shipments.iter_mut().filter(|shipment| !shipment.state.is_terminal()) {
        shipment::step(shipment, ShipmentCommand::Cancel)?;
    }
    let order = &mut dossier.order;
    order.holds.clear();
    follows.announce(MilestoneKind::OrderCancelled, order.id.as_str(), now, facts(order));
    follows.cause(Effect::CancelInErp { order: order.id.clone(), number: order.content.number.clone() });
    Ok(Outcome { state: dossier, follows })
}

/// Cancels the stops of the order's planned shipments and makes these plannable again. Their routes may be over by it.
pub(super) fn take_off_the_road(dossier: &mut Dossier) -> Result<Follows, Refused> {
    let mut follows = Follows::default();
    let planned = |state| matches!(state, ShipmentState::Planned | ShipmentState::Loaded);
    for shipment in dossier.shipments.iter_mut().filter(|shipment| planned(shipment.state)) {
        if let Some(stop) = dossier.stops.iter_mut().find(|stop| Some(&stop.id) == shipment.stop.as_ref()) {
            stop::cancel(stop)?;
            follows.cause(Effect::SettleRoute { route: stop.route.clone() });
        }
        shipment::unplan(shipment)?;
        dossier.order.planned.remove(&shipment.id);
    }
    Ok(follows)
}
