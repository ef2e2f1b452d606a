//! Making shipments from an order: the lines of one drop travel together.

use super::{Goods, Shipment, ShipmentState};
use crate::domain::{
    customer::Preferences,
    id::OrderId,
    order::{Findings, OrderContent, OrderLine},
    proof::{ProofDemand, ProofStatus},
    quantity::{Money, Tally},
    time::Window,
};

/// How long a stop takes where the order does not say, in seconds.
const SERVICE_SECONDS: u32 = 300;

/// What every shipment of an order has in common.
pub(in crate::domain) struct Terms<'a> {
    pub order: &'a OrderId,
    pub content: &'a OrderContent,
    pub findings: &'a Findings,
    pub demand: ProofDemand,
}

/// The shipment of one drop.
pub(in crate::domain) fn make(terms: &Terms<'_>, drop: u32) -> Shipment {
    let content = terms.content;
    Shipment {
        id: terms.order.shipment(drop),
        order: terms.order.clone(),
        order_number: content.number.clone(),
        party: content.party.clone(),
        region: content.region.clone(),
        state: ShipmentState::Created,
        goods: goods_of(terms, drop),
        address: content.address.clone(),
        window: window_of(content.window, terms.findings.preferences.as_ref()),
        skills: content.constraints.skills.clone(),
        service_seconds: content.constraints.service_seconds.unwrap_or(SERVICE_SECONDS),
        value: share_of_value(content, drop),
        proof_demand: terms.demand.clone(),
        proof: ProofStatus::default(),
        attempts: 1,
        stop: None,
        route: None,
        planned: None,
        eta: None,
        arrived: None,
        delivered: None,
        failure: None,
        posted: false,
        posting_failures: 0,
        notify: terms.findings.preferences.as_ref().is_some_and(|preferences| preferences.notify.is_some()),
        blocked_by: Default::default(),
        corrections: Vec::new(),
    }
}

/// Which drop a shipment is: its id ends in it.
pub(in crate::domain) fn drop_of(shipment: &Shipment) -> u32 {
    shipment.id.as_str().rsplit('.').next().and_then(|number| number.parse().ok()).unwrap_or(1)
}

/// The goods of one drop, as ordered and as picked.
fn goods_of(terms: &Terms<'_>, drop: u32) -> Vec<Goods> {
    let of_drop = terms.content.lines.iter().filter(|line| line.drop == drop);
    of_drop.map(|line| goods(line, terms.findings.picked.get(&line.line).copied())).collect()
}

fn goods(line: &OrderLine, picked: Option<u32>) -> Goods {
    let picked = picked.unwrap_or(line.quantity).min(line.quantity);
    Goods {
        line: line.line,
        item: line.item.clone(),
        description: line.description.clone(),
        weight_grams: line.weight_grams,
        tally: Tally { ordered: line.quantity, picked, ..Tally::default() },
        delivered_before: 0,
    }
}

/// The customer's preferred window counts as far as it lies inside the order's.
pub(in crate::domain) fn window_of(order: Window, preferences: Option<&Preferences>) -> Window {
    let Some(preferred) = preferences.and_then(|preferences| preferences.window) else { return order };
    let both = Window { from: preferred.from.max(order.from), until: preferred.until.min(order.until) };
    if both.is_forward() { both } else { order }
}

/// A shipment's share of the order's value, by weight where there is weight and by lines where there is none.
fn share_of_value(content: &OrderContent, drop: u32) -> Money {
    let all: u64 = content.lines.iter().map(|line| line.weight_grams).sum();
    let weigh = |line: &OrderLine| if all == 0 { 1 } else { line.weight_grams };
    let whole: u64 = content.lines.iter().map(weigh).sum();
    let share: u64 = content.lines.iter().filter(|line| line.drop == drop).map(weigh).sum();
    let minor = i128::from(content.value.minor) * i128::from(share) / i128::from(whole.max(1));
    Money { minor: i64::try_from(minor).unwrap_or(content.value.minor), currency: content.value.currency.clone() }
}
