//! Releasing an order: it becomes ours, is split into shipments, and is held or free to be planned.

use super::{Hold, HoldReason, Order, OrderCommand, OrderContent, OrderState, check, facts, step};
use crate::domain::{
    customer::Preferences,
    decision::{Follows, Outcome, Rules},
    effect::Effect,
    id::OrderId,
    invoice::Invoice,
    milestone::MilestoneKind,
    proof::ProofClass,
    refused::Refused,
    shipment::{self, Shipment},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What the other systems answered about an order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// What speaks against releasing it; empty when nothing does.
    pub holds: Vec<Hold>,
    /// What the warehouse picked, by line; a line it does not name counts as picked.
    pub picked: BTreeMap<u32, u32>,
    pub preferences: Option<Preferences>,
    /// The proof classes of the customer and of the items.
    pub proof: BTreeSet<ProofClass>,
}

/// A new order with its shipments.
#[derive(Clone, Debug, PartialEq)]
pub struct Released {
    pub order: Order,
    pub shipments: Vec<Shipment>,
}

/// Takes an order in. With findings against it, it is held; nothing is dropped either way.
pub fn release(
    id: OrderId,
    content: OrderContent,
    findings: Findings,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Outcome<Released>, Refused> {
    check(&content)?;
    let demand = rules.proof.demand(content.constraints.proof.union(&findings.proof).copied(), &content.value);
    let terms = shipment::Terms { order: &id, content: &content, findings: &findings, demand };
    let shipments: Vec<Shipment> = drops(&content).into_iter().map(|drop| shipment::make(&terms, drop)).collect();
    let mut order = Order {
        id,
        content,
        state: OrderState::Received,
        holds: Vec::new(),
        outcomes: shipments.iter().map(|shipment| (shipment.id.clone(), None)).collect(),
        planned: BTreeSet::new(),
        proof: findings.proof,
        invoice: Invoice::default(),
        amendments: 0,
        preferences: findings.preferences,
        received_at: now,
        released_at: None,
    };
    let follows = judge(&mut order, findings.holds, now)?;
    Ok(Outcome { state: Released { order, shipments }, follows })
}

/// The drops of an order's lines, in their order.
pub(super) fn drops(content: &OrderContent) -> BTreeSet<u32> {
    content.lines.iter().map(|line| line.drop).collect()
}

/// Holds the order for these reasons, or lets it go when there are none.
pub(super) fn judge(order: &mut Order, holds: Vec<Hold>, now: Timestamp) -> Result<Follows, Refused> {
    let mut follows = Follows::default();
    let reasons = |holds: &[Hold]| holds.iter().map(|hold| hold.reason).collect::<BTreeSet<_>>();
    let (before, after) = (reasons(&order.holds), reasons(&holds));
    let changed = before != after;
    order.holds = holds;
    if !order.holds.is_empty() {
        step(order, OrderCommand::Hold)?;
        if changed {
            follows.announce(MilestoneKind::OrderHeld, order.id.as_str(), now, facts(order));
        }
        if after.contains(&HoldReason::SystemUnavailable) && !before.contains(&HoldReason::SystemUnavailable) {
            follows.cause(Effect::RecheckOrder { order: order.id.clone() });
        }
    } else if matches!(order.state, OrderState::Received | OrderState::Held) {
        step(order, OrderCommand::Release)?;
        order.released_at.get_or_insert(now);
        follows.announce(MilestoneKind::OrderReleased, order.id.as_str(), now, facts(order));
        follows.cause(Effect::ConfirmRelease { order: order.id.clone() });
    }
    Ok(follows)
}
