//! Correcting a delivery: with a declared reason, by a person, and the only way out of a terminal state.

use super::check_differences;
use crate::domain::{
    decision::{Follows, Outcome, Visit},
    effect::Effect,
    milestone::MilestoneKind,
    order,
    refused::Refused,
    report::Difference,
    shipment::{self, Decision, Shipment, ShipmentState},
    stop::{Stop, StopState},
    time::Moment,
};
use jiff::Timestamp;
use serde_json::json;

/// What is true instead.
#[derive(Clone, Debug, PartialEq)]
pub struct CorrectDelivery {
    /// One of delivered, partially_delivered, attempted, returned, lost.
    pub to: ShipmentState,
    /// For a partial delivery: the lines that were not handed over as picked.
    pub differences: Vec<Difference>,
    pub reason: String,
    pub by: String,
}

/// Declares how the visit ended, closes it, and has the ERP told again where it had been told.
pub fn correct(visit: Visit, correction: CorrectDelivery, now: Timestamp) -> Result<Outcome<Visit>, Refused> {
    let Visit { mut order, mut shipment, mut stop } = visit;
    check_differences(&correction.differences, &shipment)?;
    let partly = correction.to == ShipmentState::PartiallyDelivered;
    if partly != correction.differences.iter().any(|difference| !difference.is_nothing()) {
        let text = "a partial delivery names the lines that differ, and only a partial one does";
        return Err(Refused::new("differences_wrong", text).at("/differences"));
    }
    if !shipment::correctable(shipment.state, correction.to) {
        return Err(shipment::not_correctable(&shipment, correction.to));
    }
    let at = Moment { occurred_at: now, recorded_at: now, inferred: false };
    shipment::supersede(
        &mut shipment,
        correction.to,
        &Decision { reason: &correction.reason, by: &correction.by, at },
    )?;
    recount(&mut shipment, &correction);
    let delivered = matches!(correction.to, ShipmentState::Delivered | ShipmentState::PartiallyDelivered);
    shipment.posted = false;
    shipment.delivered = if delivered { shipment.delivered.or(Some(at)) } else { None };
    close(&mut stop, Some(stop_of(correction.to)));
    order::correct(&mut order, &shipment)?;
    let mut follows = Follows::default();
    if delivered && let Some(code) = shipment.failure.take() {
        let overtaken = stop.id.exception(&code);
        shipment.blocked_by.remove(&overtaken);
        follows.settles.push(overtaken);
    }
    tell(&shipment, &stop, &correction, now, &mut follows);
    Ok(Outcome { state: Visit { order, shipment, stop }, follows })
}

/// Closes a stop: later reports only enter its history.
pub(in crate::domain) fn close(stop: &mut Stop, state: Option<StopState>) {
    stop.state = state.unwrap_or(stop.state);
    stop.closed = true;
}

fn stop_of(state: ShipmentState) -> StopState {
    match state {
        ShipmentState::Delivered => StopState::Completed,
        ShipmentState::PartiallyDelivered => StopState::PartiallyCompleted,
        _ => StopState::Failed,
    }
}

fn recount(shipment: &mut Shipment, correction: &CorrectDelivery) {
    let handed_over = matches!(correction.to, ShipmentState::Delivered | ShipmentState::PartiallyDelivered);
    for goods in &mut shipment.goods {
        let brought = super::to_hand_over(goods);
        let differs = correction.differences.iter().find(|difference| difference.line == goods.line);
        let kept = differs.map_or(0, |difference| u32::try_from(difference.kept()).unwrap_or(u32::MAX));
        let now_handed_over = if handed_over { brought.saturating_sub(kept) } else { 0 };
        goods.tally.delivered = goods.delivered_before + now_handed_over;
        goods.tally.short = differs.map_or(0, |difference| difference.short);
        goods.tally.damaged = differs.map_or(0, |difference| difference.damaged);
    }
}

fn tell(shipment: &Shipment, stop: &Stop, correction: &CorrectDelivery, now: Timestamp, follows: &mut Follows) {
    let kind = match correction.to {
        ShipmentState::Delivered => MilestoneKind::DeliveryCompleted,
        ShipmentState::PartiallyDelivered => MilestoneKind::DeliveryPartiallyCompleted,
        _ => MilestoneKind::DeliveryExceptionRaised,
    };
    let mut data = shipment::facts(shipment);
    data["corrected"] = json!(true);
    follows.announce(kind, shipment.id.as_str(), now, data);
    let (order, shipment, stop) = (shipment.order.clone(), shipment.id.clone(), stop.id.clone());
    follows.cause(Effect::PostDelivery { order, shipment, stop });
}
