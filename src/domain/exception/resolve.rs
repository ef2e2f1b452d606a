//! Resolving an exception: a person's decision, with its consequences for shipment, stop, order and invoice.

use super::{
    Exception, ExceptionCommand, Resolution, ResolutionAction, consequence,
    raise::{step, tell_resolved},
};
use crate::domain::{
    decision::{Follows, Outcome},
    delivery::close,
    effect::Effect,
    invoice::POSTING_FAILED,
    order::{self, Order},
    refused::Refused,
    shipment::{self, Decision, Shipment, ShipmentCommand, ShipmentState},
    stop::{self, Stop},
    time::{Moment, Window},
};
use jiff::Timestamp;

/// What a goods' loss is called.
const LOST: &str = "lost_or_stolen";

/// An exception with what it concerns. `stop` is the shipment's `last_stop`, if there is one.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    pub exception: Exception,
    pub order: Option<Order>,
    pub shipment: Option<Shipment>,
    pub stop: Option<Stop>,
}

/// What a person decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Decide {
    pub action: ResolutionAction,
    pub note: String,
    /// The new window of a `reschedule`.
    pub window: Option<Window>,
    pub by: String,
}

/// Whether the decision is about the ERP, not about the goods: what it refused is posted again. The delivery itself
/// has happened and stays as it is, and an invoice never goes without its posting, so that nothing else can be meant.
pub fn posts_again(exception: &Exception, action: ResolutionAction) -> bool {
    exception.code == POSTING_FAILED && matches!(action, ResolutionAction::Accept | ResolutionAction::Reattempt)
}

/// Resolves it. Afterwards `invoice::try_release` says whether the invoice may go.
pub fn resolve(mut case: Case, decide: Decide, now: Timestamp) -> Result<Outcome<Case>, Refused> {
    step(&mut case.exception, ExceptionCommand::Resolve)?;
    check_window(&decide, now)?;
    let at = Moment { occurred_at: now, recorded_at: now, inferred: false };
    let mut follows = Follows::default();
    let lost = case.exception.code == LOST;
    if let Some(shipment) = &mut case.shipment {
        if !posts_again(&case.exception, decide.action) {
            carry_out(shipment, case.order.as_mut(), case.stop.as_mut(), lost, &decide, at, &mut follows)?;
        }
        shipment.blocked_by.remove(&case.exception.id);
        if case.exception.code == "proof_incomplete" && decide.action == ResolutionAction::Accept {
            shipment.proof.waived = true;
        }
    } else if !matches!(decide.action, ResolutionAction::Accept | ResolutionAction::Claim) {
        let text = "this exception is about no shipment; it can only be accepted or claimed";
        return Err(Refused::new("no_shipment", text).at("/action"));
    }
    let Decide { action, note, by, .. } = decide;
    case.exception.resolution = Some(Resolution { action, note, by, at });
    if let Some(shipment) = &case.shipment {
        tell_resolved(&case.exception, shipment, now, &mut follows);
    }
    Ok(Outcome { state: case, follows })
}

fn check_window(decide: &Decide, now: Timestamp) -> Result<(), Refused> {
    let text = match (decide.action, decide.window) {
        (ResolutionAction::Reschedule, None) => "a reschedule needs the new window",
        (ResolutionAction::Reschedule, Some(window)) if !window.is_forward() => {
            "the window has to begin before it ends"
        }
        (ResolutionAction::Reschedule, Some(window)) if window.until <= now => "the new window is over",
        (ResolutionAction::Reschedule, Some(_)) | (_, None) => return Ok(()),
        (_, Some(_)) => "only a reschedule takes a window",
    };
    Err(Refused::new("window_wrong", text).at("/window"))
}

/// Lets the shipment follow the decision, and its stop and order with it. What a person has decided about a visit
/// that is over stays decided.
fn carry_out(
    shipment: &mut Shipment,
    order: Option<&mut Order>,
    stop: Option<&mut Stop>,
    lost: bool,
    decide: &Decide,
    at: Moment,
    follows: &mut Follows,
) -> Result<(), Refused> {
    let from = shipment.state;
    let to = consequence(decide.action, from, lost).ok_or_else(|| {
        let detail = format!("shipment {} is {from:?}; {:?} does not apply to it", shipment.id, decide.action);
        Refused::new("resolution_not_possible", detail).at("/action")
    })?;
    let requeues = requeues(decide.action);
    if to != from || requeues {
        leave(stop, shipment, follows)?;
    } else if let Some(stop) = stop.filter(|stop| stop.state.is_terminal()) {
        close(stop, None);
    }
    let by = Decision { reason: &decide.note, by: &decide.by, at };
    move_on(shipment, from, to, requeues, &by)?;
    if let Some(window) = decide.window {
        shipment.window = window;
    }
    match order {
        Some(order) if to != from || requeues => order_follows(order, shipment),
        _ => Ok(()),
    }
}

fn requeues(action: ResolutionAction) -> bool {
    use ResolutionAction::{Reattempt, RedeliverPartial, Reroute, Reschedule};
    matches!(action, Reattempt | Reschedule | Reroute | RedeliverPartial)
}

/// The shipment goes another way: a stop nobody has been to is cancelled, one that was served is closed.
fn leave(stop: Option<&mut Stop>, shipment: &Shipment, follows: &mut Follows) -> Result<(), Refused> {
    let Some(under_way) = &shipment.stop else { return Ok(()) };
    let Some(stop) = stop.filter(|stop| stop.id == *under_way) else {
        let detail = format!("stop {under_way} of shipment {} has to be decided with it", shipment.id);
        return Err(Refused::new("stop_missing", detail));
    };
    if stop.state.is_terminal() {
        close(stop, None);
    } else {
        stop::cancel(stop)?;
        follows.cause(Effect::SettleRoute { route: stop.route.clone() });
    }
    Ok(())
}

fn move_on(
    shipment: &mut Shipment,
    from: ShipmentState,
    to: ShipmentState,
    requeues: bool,
    by: &Decision<'_>,
) -> Result<(), Refused> {
    if requeues {
        return shipment::requeue(shipment, by);
    }
    if from == to {
        return Ok(());
    }
    shipment::step(
        shipment,
        match to {
            ShipmentState::Returning => ShipmentCommand::SendBack,
            ShipmentState::Lost => ShipmentCommand::Lose,
            _ => ShipmentCommand::Cancel,
        },
    )
}

/// The order is open again if the shipment is, and settled if this was the last one.
fn order_follows(order: &mut Order, shipment: &Shipment) -> Result<(), Refused> {
    if shipment.state == ShipmentState::Created {
        order.planned.remove(&shipment.id);
    }
    let begun = order::next(order.state, order::OrderCommand::Reopen).is_some();
    let settled = order::outcome_of(shipment).is_some();
    match shipment.state {
        _ if begun || (settled && order.outcomes.contains_key(&shipment.id)) => order::settle(order, shipment),
        ShipmentState::Created if order.state == order::OrderState::Planned => order::unplanned(order, &shipment.id),
        _ => Ok(()),
    }
}
