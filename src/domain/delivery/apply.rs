//! Letting stop, shipment and order follow what the stop's reports come to, and saying what is new in that.

use super::{
    Incoming, Received, SKIPPED, to_hand_over,
    wrong::{raise_exceptions, settle_exceptions, wrong_codes},
};
use crate::domain::{
    decision::{Follows, Rules, Visit},
    effect::Effect,
    milestone::MilestoneKind,
    order,
    proof::{self, ProofRef},
    quantity::Tally,
    refused::Refused,
    report::{Difference, Reception, Report, Reported},
    shipment::{self, Decision, Shipment, ShipmentCommand, ShipmentState},
    stop::{self, Account, StopState, take_in},
    time::Moment,
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

/// Why a delivery that had ended was corrected by the driver's own later word.
const SUPERSEDED: &str = "driver_superseded";

/// Applies a report that is new and possible.
pub(super) fn apply(
    mut visit: Visit,
    incoming: Incoming,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Received, Refused> {
    let before = Standing::of(&visit);
    let wrong_before = wrong_codes(&visit, &stop::fold(&visit.stop.reports));
    let noticed = matches!(incoming.report.what, Reported::Noticed { .. });
    let report = incoming.report.clone();
    take_in(&mut visit.stop, incoming.report);
    let reports = visit.stop.reports.clone();
    let account = stop::fold(&reports);
    let mut follows = Follows::default();
    reflect(&mut visit, &account, &incoming.stored)?;
    let turned = Standing::of(&visit).outcome != before.outcome;
    let by =
        Decision { reason: SUPERSEDED, by: &incoming.by, at: account.deciding.map_or(report.at, |decided| decided.at) };
    move_shipment(&mut visit.shipment, account.state, turned, &by)?;
    settle_order(&mut visit, account.state)?;
    let arrived = before.moments.0.is_none() && visit.stop.arrived.is_some();
    settle_exceptions(&visit, &account, wrong_before, arrived, &mut follows);
    raise_exceptions(&mut visit, &account, &incoming.by, rules, &mut follows)?;
    announce(&mut visit, &account, before.stop, turned, now, &mut follows);
    let unmoved = Standing::of(&visit) == before && !noticed;
    let reception = if unmoved || overtaken(&account, &report) { Reception::Late } else { Reception::Applied };
    Ok(Received { visit, reception, follows })
}

/// A report that does not decide although it could, or that is older than the one that does, moves nothing.
fn overtaken(account: &Account<'_>, report: &Report) -> bool {
    account.deciding.is_some_and(|decided| {
        let older = report.what.is_decisive() || report.order() < decided.order();
        decided.event != report.event && older && !matches!(report.what, Reported::Noticed { .. })
    })
}

/// What a report may change.
#[derive(PartialEq)]
struct Standing {
    stop: StopState,
    moments: (Option<Moment>, Option<Moment>),
    proofs: Vec<ProofRef>,
    outcome: (bool, Option<String>, Vec<(Tally, bool)>),
}

impl Standing {
    fn of(visit: &Visit) -> Self {
        let Visit { shipment, stop, .. } = visit;
        let ended = stop.state.is_terminal();
        let counts = shipment.goods.iter().map(|goods| (goods.tally, ended)).collect();
        Self {
            stop: stop.state,
            moments: (stop.arrived, stop.departed),
            proofs: shipment.proof.named.clone(),
            outcome: (shipment.delivered.is_some(), shipment.failure.clone(), counts),
        }
    }
}

/// Makes the shipment what the account says, all but its state.
fn reflect(visit: &mut Visit, account: &Account<'_>, stored: &BTreeSet<String>) -> Result<(), Refused> {
    let Visit { shipment, stop, .. } = visit;
    shipment.arrived = stop.arrived;
    count(shipment, account);
    shipment.delivered = account.handover().and(account.deciding).map(|report| report.at);
    shipment.failure = account.deciding.and_then(failure_of);
    if let Some(report) = account.deciding {
        shipment.proof = proof::status_of(shipment, stop, report, stored);
    }
    Ok(())
}

/// The shipment's state follows the stop's. A driver's newer word on what had ended already is a correction.
fn move_shipment(shipment: &mut Shipment, stop: StopState, turned: bool, by: &Decision<'_>) -> Result<(), Refused> {
    let (command, to) = match stop {
        StopState::Completed => (ShipmentCommand::HandOver, ShipmentState::Delivered),
        StopState::PartiallyCompleted => (ShipmentCommand::HandOverPart, ShipmentState::PartiallyDelivered),
        StopState::Failed | StopState::Skipped => (ShipmentCommand::Fail, ShipmentState::Attempted),
        StopState::EnRoute | StopState::Arrived => (ShipmentCommand::Depart, ShipmentState::OutForDelivery),
        StopState::Planned | StopState::Cancelled => return Ok(()),
    };
    match shipment.state.is_terminal() {
        true if turned => shipment::supersede(shipment, to, by),
        false if shipment.state == ShipmentState::HeldAtDepot && !turned => Ok(()),
        false if shipment.state != to => shipment::step(shipment, command),
        _ => Ok(()),
    }
}

fn settle_order(visit: &mut Visit, stop: StopState) -> Result<(), Refused> {
    if matches!(stop, StopState::Planned | StopState::Cancelled) {
        return Ok(());
    }
    order::in_execution(&mut visit.order)?;
    order::settle(&mut visit.order, &visit.shipment)
}

fn failure_of(report: &Report) -> Option<String> {
    match &report.what {
        Reported::Failed { code, .. } => Some(code.clone()),
        Reported::Skipped { .. } => Some(SKIPPED.to_owned()),
        _ => None,
    }
}

/// Counts what was handed over, line by line, on top of what earlier attempts had handed over.
pub(super) fn count(shipment: &mut Shipment, account: &Account<'_>) {
    let handover = account.handover();
    for goods in &mut shipment.goods {
        let brought = to_hand_over(goods);
        let of_line = |difference: &&Difference| difference.line == goods.line;
        let differs = handover.and_then(|handover| handover.differences.iter().find(of_line));
        let kept = differs.map_or(0, |difference| u32::try_from(difference.kept()).unwrap_or(u32::MAX));
        let handed_over = if handover.is_some() { brought.saturating_sub(kept) } else { 0 };
        goods.tally.delivered = goods.delivered_before + handed_over;
        goods.tally.short = differs.map_or(0, |difference| difference.short);
        goods.tally.damaged = differs.map_or(0, |difference| difference.damaged);
    }
}

fn announce(
    visit: &mut Visit,
    account: &Account<'_>,
    before: StopState,
    turned: bool,
    now: Timestamp,
    follows: &mut Follows,
) {
    let Visit { order, shipment, stop } = visit;
    let route = stop.route.clone();
    if account.state == StopState::Arrived && before != StopState::Arrived {
        let at = stop.arrived.map_or(now, |moment| moment.occurred_at);
        follows.announce(MilestoneKind::StopArrived, shipment.id.as_str(), at, shipment::facts(shipment));
        follows.cause(Effect::ProjectEtas { route });
        return;
    }
    let (Some(report), true) = (account.deciding, turned) else { return };
    shipment.posted = false;
    follows.cause(Effect::SettleRoute { route });
    let kind = match account.state {
        StopState::Completed => MilestoneKind::DeliveryCompleted,
        StopState::PartiallyCompleted => MilestoneKind::DeliveryPartiallyCompleted,
        _ => return,
    };
    let mut data = shipment::facts(shipment);
    data["lines"] = json!(shipment.goods.iter().map(|goods| (goods.line, goods.tally.delivered)).collect::<Vec<_>>());
    follows.announce(kind, shipment.id.as_str(), report.at.occurred_at, data);
    follows.notify(shipment, kind);
    let (order, shipment) = (order.id.clone(), shipment.id.clone());
    follows.cause(Effect::PostDelivery { order, shipment, stop: stop.id.clone() });
}
