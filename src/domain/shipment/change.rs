//! The steps a shipment takes outside a visit: planned, loaded, sent back, made plannable again.

use super::{Correction, Shipment, ShipmentCommand, ShipmentState, correctable, make::window_of, next};
use crate::domain::{
    customer::Preferences,
    decision::Outcome,
    id::StopId,
    refused::Refused,
    time::{Moment, Window},
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The shipment is on the vehicle.
pub fn load(mut shipment: Shipment) -> Result<Outcome<Shipment>, Refused> {
    step(&mut shipment, ShipmentCommand::Load)?;
    Ok(Outcome::quiet(shipment))
}

/// What was on its way back has arrived at the depot.
pub fn take_back(mut shipment: Shipment) -> Result<Outcome<Shipment>, Refused> {
    step(&mut shipment, ShipmentCommand::TakeBack)?;
    Ok(Outcome::quiet(shipment))
}

/// The customer prefers to be served differently. A window counts from the next plan on.
/// Once the vehicle is under way it comes when it comes, and what is over cannot be preferred differently.
pub fn prefer(mut shipment: Shipment, order_window: Window, preferences: &Preferences) -> Result<Shipment, Refused> {
    let moves_the_window = preferences.window.is_some_and(|window| window != shipment.window);
    if shipment.state.is_terminal() || (shipment.state == ShipmentState::OutForDelivery && moves_the_window) {
        let detail = format!("shipment {} is {:?}; it is too late for that", shipment.id, shipment.state);
        return Err(Refused::new("too_late_to_prefer", detail));
    }
    if let Some(window) = preferences.window {
        let inside = order_window.holds(window.from) && order_window.holds(window.until) && window.is_forward();
        if !inside {
            let text = "a preferred window has to lie inside the order's window";
            return Err(Refused::new("window_outside_order", text).at("/window"));
        }
    }
    if matches!(shipment.state, ShipmentState::Created | ShipmentState::HeldAtDepot) {
        shipment.window = window_of(order_window, Some(preferences));
    }
    shipment.notify = preferences.notify.is_some();
    Ok(shipment)
}

impl Shipment {
    /// The stop of the attempt under way, else that of the attempt before.
    pub fn last_stop(&self) -> Option<StopId> {
        self.stop.clone().or_else(|| (self.attempts > 1).then(|| self.id.stop(self.attempts - 1)))
    }

    /// The stop that the next plan makes for it, or the one it has.
    pub fn next_stop(&self) -> StopId {
        self.stop.clone().unwrap_or_else(|| self.id.stop(self.attempts))
    }

    /// What is still to be handed over.
    pub fn weight_grams(&self) -> u64 {
        self.goods.iter().map(|goods| goods.weight_grams).sum()
    }
}

/// One step by the table.
pub(in crate::domain) fn step(shipment: &mut Shipment, command: ShipmentCommand) -> Result<(), Refused> {
    let from = shipment.state;
    shipment.state = next(from, command).ok_or_else(|| {
        Refused::new("shipment_state", format!("shipment {} is {from:?}; it does not allow {command:?}", shipment.id))
    })?;
    Ok(())
}

/// Takes the shipment off its route: it can be planned again, with another stop.
pub(in crate::domain) fn unplan(shipment: &mut Shipment) -> Result<(), Refused> {
    step(shipment, ShipmentCommand::Unplan)?;
    leave_stop(shipment);
    Ok(())
}

/// Makes the shipment plannable again. What earlier attempts handed over stays handed over.
pub(in crate::domain) fn requeue(shipment: &mut Shipment, by: &Decision<'_>) -> Result<(), Refused> {
    if shipment.state == ShipmentState::PartiallyDelivered {
        record(shipment, ShipmentState::Created, by);
    } else {
        step(shipment, ShipmentCommand::Requeue)?;
    }
    for goods in &mut shipment.goods {
        goods.delivered_before = goods.tally.delivered;
        (goods.tally.short, goods.tally.damaged) = (0, 0);
    }
    leave_stop(shipment);
    Ok(())
}

/// Who moved a shipment out of a terminal state, and why.
pub(in crate::domain) struct Decision<'a> {
    pub reason: &'a str,
    pub by: &'a str,
    pub at: Moment,
}

/// Moves the shipment to what is true now. Out of a terminal state this is a correction, and recorded as one.
pub(in crate::domain) fn supersede(
    shipment: &mut Shipment,
    to: ShipmentState,
    by: &Decision<'_>,
) -> Result<(), Refused> {
    let from = shipment.state;
    if from == to && from != ShipmentState::PartiallyDelivered {
        return Ok(());
    }
    if !correctable(from, to) {
        return Err(not_correctable(shipment, to));
    }
    record(shipment, to, by);
    Ok(())
}

/// A cancelled drop is ordered again.
pub(in crate::domain) fn revive(shipment: &mut Shipment, now: Timestamp) {
    let at = Moment { occurred_at: now, recorded_at: now, inferred: false };
    record(shipment, ShipmentState::Created, &Decision { reason: "drop_ordered_again", by: "amendment", at });
    leave_stop(shipment);
}

pub(in crate::domain) fn not_correctable(shipment: &Shipment, to: ShipmentState) -> Refused {
    let detail = format!("shipment {} is {:?} and cannot be corrected to {to:?}", shipment.id, shipment.state);
    Refused::new("not_correctable", detail).at("/to")
}

fn record(shipment: &mut Shipment, to: ShipmentState, by: &Decision<'_>) {
    let (reason, author) = (by.reason.to_owned(), by.by.to_owned());
    shipment.corrections.push(Correction { from: shipment.state, to, reason, by: author, at: by.at });
    shipment.state = to;
}

/// Forgets the stop under way; the next plan makes another.
pub(in crate::domain) fn leave_stop(shipment: &mut Shipment) {
    if shipment.stop.take().is_some() {
        shipment.attempts += 1;
    }
    (shipment.route, shipment.planned, shipment.eta, shipment.arrived) = (None, None, None, None);
}

/// What a milestone about a shipment tells: no names, no addresses.
pub(in crate::domain) fn facts(shipment: &Shipment) -> Value {
    json!({
        "order": shipment.order,
        "order_number": shipment.order_number,
        "shipment": shipment.id,
        "state": shipment.state,
        "attempt": shipment.attempts,
        "route": shipment.route,
        "stop": shipment.stop,
    })
}
