//! What may happen to an order in which state. Holds the table and nothing else.

use super::{
    OrderCommand::{self, *},
    OrderState::{self, *},
    ShipmentOutcome,
};

/// The state a command leads to, or `None` where it is refused.
pub fn next(state: OrderState, command: OrderCommand) -> Option<OrderState> {
    Some(match (state, command) {
        (Received | Held | Released, Release) => Released,
        (Received | Held | Released | Planned, Hold) => Held,
        (Received | Held | Released | Planned, Amend) => state,
        (Released | Planned, Plan) => Planned,
        (Released | Planned, Unplan) => Released,
        (Released | Planned, Start) => InExecution,
        (InExecution, Plan | Unplan | Start) => InExecution,
        (Delivered | PartiallyDelivered | Undelivered, Start) => state,
        (Released | Planned | InExecution | Delivered | PartiallyDelivered | Undelivered, Settle(outcome)) => {
            settled(outcome)
        }
        (InExecution | Delivered | PartiallyDelivered | Undelivered, Reopen) => InExecution,
        (Delivered | PartiallyDelivered, Invoice) => Invoiced,
        (Received | Held | Released | Planned, Cancel) => Cancelled,
        (Cancelled, Correct) => InExecution,
        (Released | Planned | InExecution | Delivered | PartiallyDelivered | Undelivered | Invoiced, Correct) => state,
        _ => return None,
    })
}

fn settled(outcome: ShipmentOutcome) -> OrderState {
    match outcome {
        ShipmentOutcome::Delivered => Delivered,
        ShipmentOutcome::PartiallyDelivered => PartiallyDelivered,
        ShipmentOutcome::Undelivered => Undelivered,
    }
}
