//! What may happen to an exception, and what each resolution does to the shipment. Holds the tables and nothing else.

use super::{ExceptionState, ResolutionAction};
use crate::domain::shipment::ShipmentState;

/// What may be asked of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExceptionCommand {
    Acknowledge,
    Resolve,
}

/// The state a command leads to, or `None` where it is refused.
pub fn next(state: ExceptionState, command: ExceptionCommand) -> Option<ExceptionState> {
    use ExceptionState::{Acknowledged, Open, Resolved};
    Some(match (state, command) {
        (Open | Acknowledged, ExceptionCommand::Acknowledge) => Acknowledged,
        (Open | Acknowledged, ExceptionCommand::Resolve) => Resolved,
        (Resolved, _) => return None,
    })
}

/// Where a resolution leaves the shipment, or `None` where it is refused. `lost` says whether the exception is that
/// the goods are gone: then a claim writes them off.
pub fn consequence(action: ResolutionAction, shipment: ShipmentState, lost: bool) -> Option<ShipmentState> {
    use ResolutionAction::{Accept, Cancel, Claim, Reattempt, RedeliverPartial, Reroute, Reschedule, Return};
    use ShipmentState::{
        Attempted, Cancelled, Created, HeldAtDepot, Loaded, Lost, OutForDelivery, PartiallyDelivered, Planned,
        Returned, Returning,
    };
    Some(match (action, shipment) {
        (Reattempt | Reschedule | Reroute, Created | Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot) => {
            Created
        }
        (RedeliverPartial, PartiallyDelivered | Attempted) => Created,
        (Return, Loaded | OutForDelivery | Attempted | HeldAtDepot | Returning) => Returning,
        (Return, PartiallyDelivered | Returned) => shipment,
        (Cancel, Created | Planned | Loaded | Attempted | HeldAtDepot) => Cancelled,
        (Cancel, PartiallyDelivered | Cancelled) => shipment,
        (Claim, Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot | Returning) if lost => Lost,
        (Claim | Accept, _) => shipment,
        _ => return None,
    })
}
