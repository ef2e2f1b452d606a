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
use serde_json::json;

/// Cancels the order, its shipments and their stops, and tells the ERP.
pub fn cancel(mut dossier: Dossier, reason: &str, now: Timestamp) -> Result<Outcome<Dossier>, Refused> {
    step(&mut dossier.order, OrderCommand::Cancel)?;
    let mut follows = take_off_the_road(&mut dossier)?;
    for shipment in dossier.shipments.iter_mut().filter(|shipment| !shipment.state.is_terminal()) {
        shipment::step(shipment, ShipmentCommand::Cancel)?;
    }
    let order = &mut dossier.order;
    order.holds.clear();
    let mut data = facts(order);
    data["reason"] = json!(reason);
    follows.announce(MilestoneKind::OrderCancelled, order.id.as_str(), now, data);
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
