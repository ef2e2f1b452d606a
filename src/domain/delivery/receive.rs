//! Taking in one report. The same for a confirmation, a reported exception, a milestone and every item of a sync.

use super::{apply, check_handover, quarantine};
use crate::domain::{
    decision::{Follows, Rules, Visit},
    exception::Taxonomy,
    id::{DriverId, ExceptionId},
    order::OrderState,
    refused::Refused,
    report::{Reception, Report, Reported},
    shipment::ShipmentState,
    stop::{self, StopState, take_in},
};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;

/// A report as it came in.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    pub report: Report,
    /// Who says so, for the audit.
    pub by: String,
    /// The driver who says so; `None` for those who may speak for any.
    pub driver: Option<DriverId>,
    /// The hashes the report names whose artifacts have arrived before.
    pub stored: BTreeSet<String>,
    /// The exception's id, should it have to be quarantined: derived from reporter and event, so that a second
    /// delivery of the same message finds the first. If that exception exists the message is a duplicate.
    pub quarantine: ExceptionId,
    /// The message, to be kept whole.
    pub whole: Value,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Received {
    pub visit: Visit,
    pub reception: Reception,
    pub follows: Follows,
}

/// Takes a report in. What makes no sense by itself is refused; what contradicts the world is quarantined.
pub fn receive_report(visit: Visit, incoming: Incoming, rules: Rules<'_>, now: Timestamp) -> Result<Received, Refused> {
    let mut incoming = incoming;
    incoming.report.what = by_taxonomy(incoming.report.what, rules.taxonomy)?;
    if let Some(reason) = contradiction(&visit, &incoming) {
        let follows = quarantine::of_visit(&visit, incoming, reason, rules.taxonomy)?;
        return Ok(Received { visit, reception: Reception::Quarantined, follows });
    }
    if visit.stop.reports.iter().any(|known| known.event == incoming.report.event) {
        return Ok(unmoved(visit, Reception::Duplicate));
    }
    if let Reported::HandedOver(handover) = &incoming.report.what {
        check_handover(handover, &visit.shipment)?;
    }
    if is_history(&visit) {
        let mut visit = visit;
        take_in(&mut visit.stop, incoming.report);
        return Ok(unmoved(visit, Reception::Late));
    }
    apply::apply(visit, incoming, rules, now)
}

fn unmoved(visit: Visit, reception: Reception) -> Received {
    Received { visit, reception, follows: Follows::default() }
}

/// Why the report cannot be true of this stop, if it cannot. A known event is judged as it was the first time.
fn contradiction(visit: &Visit, incoming: &Incoming) -> Option<&'static str> {
    let Visit { order, shipment, stop } = visit;
    if incoming.driver.is_some() && stop.driver.is_some() && incoming.driver != stop.driver {
        return Some("the stop is on another driver's route");
    }
    let known = stop.reports.iter().any(|report| report.event == incoming.report.event);
    if stop.closed && !known && matches!(incoming.report.what, Reported::Noticed { .. }) {
        return Some("something was noticed at a stop that is closed");
    }
    if known || !incoming.report.what.is_decisive() {
        return None;
    }
    if order.state == OrderState::Cancelled {
        return Some("the order is cancelled");
    }
    if stop.state == StopState::Cancelled {
        return Some("the stop is cancelled");
    }
    let newest = stop::fold(&stop.reports).deciding.is_none_or(|decided| decided.order() < incoming.report.order());
    if order.state == OrderState::Invoiced && newest {
        return Some("the order is invoiced");
    }
    let handed_over = matches!(incoming.report.what, Reported::HandedOver(_));
    let ended_otherwise = matches!(stop.state, StopState::Failed | StopState::Skipped);
    let moved_on = !is_on_the_road(shipment.state) || shipment.stop.as_ref() != Some(&stop.id);
    (handed_over && ended_otherwise && (stop.closed || moved_on)).then_some("the attempt was closed without a delivery")
}

/// Whether the visit is over for good, so that reports only enter its history.
fn is_history(visit: &Visit) -> bool {
    let Visit { order, shipment, stop } = visit;
    stop.closed
        || matches!(stop.state, StopState::Cancelled)
        || matches!(order.state, OrderState::Cancelled | OrderState::Invoiced)
        || shipment.stop.as_ref() != Some(&stop.id)
        || !is_on_the_road(shipment.state)
}

/// What is held at the depot has left the road only until its driver's later word, in whichever order it comes.
fn is_on_the_road(state: ShipmentState) -> bool {
    use ShipmentState::{Attempted, Delivered, HeldAtDepot, Loaded, OutForDelivery, PartiallyDelivered, Planned};
    matches!(state, Planned | Loaded | OutForDelivery | Attempted | HeldAtDepot | Delivered | PartiallyDelivered)
}

/// A failure whose code does not end an attempt is something noticed, and the other way round.
fn by_taxonomy(what: Reported, taxonomy: &Taxonomy) -> Result<Reported, Refused> {
    let (Reported::Failed { code, note, proofs } | Reported::Noticed { code, note, proofs }) = what else {
        return Ok(what);
    };
    let ends = taxonomy.reportable(&code)?.fails_stop;
    Ok(if ends { Reported::Failed { code, note, proofs } } else { Reported::Noticed { code, note, proofs } })
}
