//! What may happen to a shipment in which state. Holds the table and nothing else.

use super::{
    ShipmentCommand::{self, *},
    ShipmentState::{self, *},
};

/// The state a command leads to, or `None` where it is refused.
pub fn next(state: ShipmentState, command: ShipmentCommand) -> Option<ShipmentState> {
    Some(match (state, command) {
        (Created | ShipmentState::Planned, Plan) => ShipmentState::Planned,
        (ShipmentState::Planned | Loaded, Unplan) => Created,
        (ShipmentState::Planned | Loaded, Load) => Loaded,
        (ShipmentState::Planned | Loaded | OutForDelivery, Depart) => OutForDelivery,
        (Attempted, Depart) => Attempted,
        (ShipmentState::Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot, HandOver) => Delivered,
        (ShipmentState::Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot, HandOverPart) => {
            PartiallyDelivered
        }
        (ShipmentState::Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot, Fail) => Attempted,
        (Attempted, KeepAtDepot) => HeldAtDepot,
        (ShipmentState::Planned | Loaded | OutForDelivery, Requeue) => Created,
        (Created | Attempted | HeldAtDepot, Requeue) => Created,
        (Loaded | OutForDelivery | Attempted | HeldAtDepot, SendBack) => Returning,
        (Returning, TakeBack) => Returned,
        (ShipmentState::Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot | Returning, Lose) => Lost,
        (Created | ShipmentState::Planned | Loaded | Attempted | HeldAtDepot, Cancel) => Cancelled,
        _ => return None,
    })
}

/// Whether a correction may declare `to` where the books say `from`. The only way out of a terminal state.
pub fn correctable(from: ShipmentState, to: ShipmentState) -> bool {
    let done = matches!(
        from,
        Delivered | PartiallyDelivered | Attempted | HeldAtDepot | Returning | Returned | Lost | Cancelled
    );
    let declared = matches!(to, Delivered | PartiallyDelivered | Attempted | Returned | Lost);
    if from == Created {
        // Handed over outside a visit, such as at the depot, or by a report that came after the attempt was closed.
        return matches!(to, Delivered | PartiallyDelivered);
    }
    // The quantities of a partial delivery can be corrected without its state changing.
    done && declared && (from != to || from == PartiallyDelivered)
}
