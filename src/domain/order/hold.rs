//! Holding an order back and letting it go: by hand, and after the systems were asked again.

use super::{Findings, Hold, HoldReason, Order, OrderState, cancel::take_off_the_road, release::judge};
use crate::domain::{
    decision::{Dossier, Outcome, Rules},
    refused::Refused,
    shipment::{self, ShipmentState},
};
use jiff::Timestamp;

/// Holds the order by hand. What was planned is taken off its routes.
pub fn hold(dossier: Dossier, detail: &str, now: Timestamp) -> Result<Outcome<Dossier>, Refused> {
    hold_back(dossier, vec![Hold { reason: HoldReason::Manual, detail: detail.to_owned(), since: now }], now)
}

/// Holds the order for what was found after it had been released. What was planned is taken off its routes.
pub fn hold_back(mut dossier: Dossier, found: Vec<Hold>, now: Timestamp) -> Result<Outcome<Dossier>, Refused> {
    let off = take_off_the_road(&mut dossier)?;
    let mut holds = dossier.order.holds.clone();
    holds.retain(|hold| found.iter().all(|newer| newer.reason != hold.reason));
    holds.extend(found);
    let mut follows = judge(&mut dossier.order, holds, now)?;
    follows.join(off);
    Ok(Outcome { state: dossier, follows })
}

/// Lifts one reason, whoever found it. The last one lifted releases the order.
pub fn lift_hold(mut order: Order, reason: HoldReason, now: Timestamp) -> Result<Outcome<Order>, Refused> {
    if !order.holds.iter().any(|hold| hold.reason == reason) {
        let detail = format!("order {} is not held for {reason:?}", order.content.number);
        return Err(Refused::new("not_held", detail).at("/reason"));
    }
    let holds = order.holds.iter().filter(|hold| hold.reason != reason).cloned().collect();
    let follows = judge(&mut order, holds, now)?;
    Ok(Outcome { state: order, follows })
}

/// The systems have answered again. What they find now counts; a hold by hand stays. An order that is no longer held
/// is left as it is.
pub fn recheck(
    mut dossier: Dossier,
    findings: Findings,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Outcome<Dossier>, Refused> {
    if dossier.order.state != OrderState::Held {
        return Ok(Outcome::quiet(dossier));
    }
    let by_hand = dossier.order.holds.iter().filter(|hold| hold.reason == HoldReason::Manual);
    let holds = by_hand.chain(&findings.holds).cloned().collect();
    refresh(&mut dossier, findings, rules);
    let follows = judge(&mut dossier.order, holds, now)?;
    Ok(Outcome { state: dossier, follows })
}

/// Lets shipments that nobody has planned yet follow the order's content and what was found about it.
pub(super) fn refresh(dossier: &mut Dossier, findings: Findings, rules: Rules<'_>) {
    let order = &mut dossier.order;
    order.proof.extend(&findings.proof);
    let asked = order.content.constraints.proof.union(&order.proof).copied();
    let demand = rules.proof.demand(asked, &order.content.value);
    let preferences = findings.preferences.clone().or_else(|| order.preferences.clone());
    let findings = Findings { preferences, ..findings };
    let terms = shipment::Terms { order: &order.id, content: &order.content, findings: &findings, demand };
    for shipment in dossier.shipments.iter_mut().filter(|shipment| shipment.state == ShipmentState::Created) {
        let drop = shipment::drop_of(shipment);
        let (blocked_by, corrections) = (shipment.blocked_by.clone(), shipment.corrections.clone());
        let made = shipment::make(&terms, drop);
        *shipment = shipment::Shipment { attempts: shipment.attempts, blocked_by, corrections, ..made };
    }
    order.preferences = findings.preferences.clone();
}
