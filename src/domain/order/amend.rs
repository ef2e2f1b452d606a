//! Amending an order before anybody is under way with it.
//!
//! Number, party, region and kind stay. Shipments that are not planned follow the new content; a plan that no longer
//! fits is undone, so that the planner sees the shipment again.

use super::{
    Findings, OrderCommand, OrderContent, OrderState,
    cancel::take_off_the_road,
    check, facts,
    hold::refresh,
    release::{drops, judge},
    step,
};
use crate::domain::{
    decision::{Dossier, Follows, Outcome, Rules},
    milestone::MilestoneKind,
    refused::Refused,
    shipment::{self, ShipmentCommand, ShipmentState},
};
use jiff::Timestamp;

/// What the ERP wants instead, and what the systems found about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Amendment {
    pub content: OrderContent,
    pub findings: Findings,
}

/// Replaces the content. Whatever was planned stays planned if it still fits.
pub fn amend(
    mut dossier: Dossier,
    amendment: Amendment,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Outcome<Dossier>, Refused> {
    check(&amendment.content)?;
    stays_the_same(&dossier.order.content, &amendment.content)?;
    step(&mut dossier.order, OrderCommand::Amend)?;
    let fits = amendment.findings.holds.is_empty() && plan_fits(&dossier, &amendment.content);
    let mut follows = if fits { Follows::default() } else { take_off_the_road(&mut dossier)? };
    if !fits && dossier.order.state == OrderState::Planned {
        step(&mut dossier.order, OrderCommand::Unplan)?;
    }
    dossier.order.content = amendment.content;
    dossier.order.amendments += 1;
    regroup(&mut dossier, &amendment.findings, rules, now)?;
    let by_hand = dossier.order.holds.iter().filter(|hold| hold.reason == super::HoldReason::Manual);
    let holds = by_hand.chain(&amendment.findings.holds).cloned().collect();
    refresh(&mut dossier, amendment.findings, rules);
    follows.announce(MilestoneKind::OrderAmended, dossier.order.id.as_str(), now, facts(&dossier.order));
    follows.join(judge(&mut dossier.order, holds, now)?);
    Ok(Outcome { state: dossier, follows })
}

fn stays_the_same(old: &OrderContent, new: &OrderContent) -> Result<(), Refused> {
    let checks = [
        ("/number", old.number == new.number),
        ("/party", old.party == new.party),
        ("/region", old.region == new.region),
        ("/kind", old.kind == new.kind),
    ];
    let moved: Vec<&str> = checks.iter().filter(|(_, same)| !same).map(|(pointer, _)| *pointer).collect();
    if moved.is_empty() {
        return Ok(());
    }
    let text = "number, party, region and kind of an order cannot be amended; cancel it and release another";
    Err(moved.into_iter().fold(Refused::new("amendment_forbidden", text), |refused, pointer| refused.at(pointer)))
}

/// Whether what is planned can be driven as planned: the same goods to the same place, inside the new window.
fn plan_fits(dossier: &Dossier, new: &OrderContent) -> bool {
    let old = &dossier.order.content;
    let same_work = old.lines == new.lines
        && old.address == new.address
        && old.constraints == new.constraints
        && old.value == new.value;
    let planned = dossier.shipments.iter().filter_map(|shipment| shipment.planned);
    same_work && planned.into_iter().all(|window| new.window.holds(window.from))
}

/// Makes shipments for new drops, cancels those whose drop is gone, and lets what stays planned know its new window.
fn regroup(dossier: &mut Dossier, findings: &Findings, rules: Rules<'_>, now: Timestamp) -> Result<(), Refused> {
    let Dossier { order, shipments, stops } = dossier;
    let wanted = drops(&order.content);
    let window =
        shipment::window_of(order.content.window, findings.preferences.as_ref().or(order.preferences.as_ref()));
    for shipment in shipments.iter_mut() {
        match (wanted.contains(&shipment::drop_of(shipment)), shipment.state) {
            (true, ShipmentState::Cancelled) => shipment::revive(shipment, now),
            (true, _) => {
                shipment.window = window;
                let under_way = stops.iter_mut().filter(|stop| Some(&stop.id) == shipment.stop.as_ref());
                under_way.for_each(|stop| stop.window = window);
            }
            (false, ShipmentState::Cancelled) => {}
            (false, _) => {
                shipment::step(shipment, ShipmentCommand::Cancel)?;
                order.outcomes.remove(&shipment.id);
            }
        }
    }
    let demand = rules.proof.demand(order.content.constraints.proof.iter().copied(), &order.content.value);
    let terms = shipment::Terms { order: &order.id, content: &order.content, findings, demand };
    for drop in wanted {
        let id = order.id.shipment(drop);
        if !shipments.iter().any(|shipment| shipment.id == id) {
            shipments.push(shipment::make(&terms, drop));
        }
        order.outcomes.entry(id).or_insert(None);
    }
    Ok(())
}
