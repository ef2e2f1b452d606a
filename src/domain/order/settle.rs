//! How far an order has come, from what its shipments have come to.

use super::{Order, OrderCommand, OrderState, ShipmentOutcome, next};
use crate::domain::{
    id::ShipmentId,
    refused::Refused,
    shipment::{Shipment, ShipmentState},
};
use serde_json::{Value, json};

/// A shipment of the order is on a route; once all are, the order is planned.
pub fn planned(order: &mut Order, shipment: &ShipmentId) -> Result<(), Refused> {
    order.planned.insert(shipment.clone());
    let open = order.outcomes.iter().filter(|(_, outcome)| outcome.is_none());
    let all = open.into_iter().all(|(id, _)| order.planned.contains(id));
    step(order, if all { OrderCommand::Plan } else { OrderCommand::Unplan })
}

/// A shipment of the order is no longer on a route.
pub(in crate::domain) fn unplanned(order: &mut Order, shipment: &ShipmentId) -> Result<(), Refused> {
    order.planned.remove(shipment);
    step(order, OrderCommand::Unplan)
}

/// A vehicle is under way with the order.
pub fn in_execution(order: &mut Order) -> Result<(), Refused> {
    step(order, OrderCommand::Start)
}

/// Notes what a shipment has come to. The order is settled once all have come to something, and open again when a
/// person has sent one out again. An order that is closed stays closed.
pub fn settle(order: &mut Order, shipment: &Shipment) -> Result<(), Refused> {
    order.outcomes.insert(shipment.id.clone(), outcome_of(shipment));
    if order.state == OrderState::Invoiced {
        return Ok(());
    }
    let known: Option<Vec<ShipmentOutcome>> = order.outcomes.values().copied().collect();
    match known {
        Some(outcomes) => step(order, OrderCommand::Settle(all_told(&outcomes))),
        None if next(order.state, OrderCommand::Reopen).is_some() => step(order, OrderCommand::Reopen),
        None => Ok(()),
    }
}

/// Settles the order anew after a shipment was corrected; an order that was cancelled or closed may be settled, too.
pub fn correct(order: &mut Order, shipment: &Shipment) -> Result<(), Refused> {
    step(order, OrderCommand::Correct)?;
    settle(order, shipment)
}

/// The ERP has released the order's invoice: it is closed.
pub fn invoiced(order: &mut Order) -> Result<(), Refused> {
    step(order, OrderCommand::Invoice)
}

/// What a shipment has come to, as far as it has.
pub(in crate::domain) fn outcome_of(shipment: &Shipment) -> Option<ShipmentOutcome> {
    let some = shipment.goods.iter().any(|goods| goods.tally.delivered > 0);
    match shipment.state {
        ShipmentState::Delivered => Some(ShipmentOutcome::Delivered),
        ShipmentState::PartiallyDelivered => Some(ShipmentOutcome::PartiallyDelivered),
        ShipmentState::Created | ShipmentState::Planned | ShipmentState::Loaded | ShipmentState::OutForDelivery => None,
        _ if some => Some(ShipmentOutcome::PartiallyDelivered),
        _ => Some(ShipmentOutcome::Undelivered),
    }
}

fn all_told(outcomes: &[ShipmentOutcome]) -> ShipmentOutcome {
    let all = |which: ShipmentOutcome| outcomes.iter().all(|outcome| *outcome == which);
    if all(ShipmentOutcome::Delivered) {
        ShipmentOutcome::Delivered
    } else if all(ShipmentOutcome::Undelivered) {
        ShipmentOutcome::Undelivered
    } else {
        ShipmentOutcome::PartiallyDelivered
    }
}

/// One step by the table.
pub(in crate::domain) fn step(order: &mut Order, command: OrderCommand) -> Result<(), Refused> {
    let from = order.state;
    order.state = next(from, command).ok_or_else(|| {
        let number = &order.content.number;
        Refused::new("order_state", format!("order {number} is {from:?}; it does not allow {command:?}"))
    })?;
    Ok(())
}

/// What a milestone about an order tells.
pub(in crate::domain) fn facts(order: &Order) -> Value {
    json!({
        "order": order.id,
        "order_number": order.content.number,
        "state": order.state,
        "holds": order.holds.iter().map(|hold| hold.reason).collect::<Vec<_>>(),
        "shipments": order.outcomes.keys().collect::<Vec<_>>(),
        "amendments": order.amendments,
    })
}
