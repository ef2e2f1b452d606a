//! The fold: what a set of reports comes to. The same set ends the same, whatever the order it came in.
//!
//! A hand-over beats a failure, because goods that changed hands did so whatever was said before; among hand-overs,
//! and among failures, the newest by the reporter's clock decides.

use super::{Stop, StopState};
use crate::domain::{
    report::{Handover, Report, Reported},
    time::Moment,
};

/// What a stop's reports come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Account<'a> {
    pub state: StopState,
    pub arrived: Option<Moment>,
    pub departed: Option<Moment>,
    /// The report that decided how the attempt ended.
    pub deciding: Option<&'a Report>,
}

impl Account<'_> {
    /// The hand-over, if the attempt ended in one.
    pub fn handover(&self) -> Option<&Handover> {
        match &self.deciding?.what {
            Reported::HandedOver(handover) => Some(handover),
            _ => None,
        }
    }
}

/// Folds a set of reports, in any order.
pub fn fold(reports: &[Report]) -> Account<'_> {
    let decides = |report: &&Report| matches!(report.what, Reported::HandedOver(_));
    let gives_up = |report: &&Report| matches!(report.what, Reported::Failed { .. } | Reported::Skipped { .. });
    let newest = |which: &dyn Fn(&&Report) -> bool| reports.iter().filter(which).max_by_key(|report| report.order());
    let deciding = newest(&decides).or_else(|| newest(&gives_up));
    Account {
        state: deciding.map_or_else(|| underway(reports), ended),
        arrived: arrival(reports, deciding),
        departed: departure(reports, deciding),
        deciding,
    }
}

/// Takes a report in: keeps the reports ordered and lets the stop be what they come to. False if it was known.
pub fn take_in(stop: &mut Stop, report: Report) -> bool {
    if stop.reports.iter().any(|known| known.event == report.event) {
        return false;
    }
    let place = stop.reports.partition_point(|known| known.order() < report.order());
    stop.reports.insert(place, report);
    if !stop.closed && stop.state != StopState::Cancelled {
        let account = fold(&stop.reports);
        (stop.state, stop.arrived, stop.departed) = (account.state, account.arrived, account.departed);
    }
    true
}

fn ended(report: &Report) -> StopState {
    match &report.what {
        Reported::HandedOver(handover) if handover.differences.iter().any(|difference| !difference.is_nothing()) => {
            StopState::PartiallyCompleted
        }
        Reported::HandedOver(_) => StopState::Completed,
        Reported::Skipped { .. } => StopState::Skipped,
        _ => StopState::Failed,
    }
}

fn underway(reports: &[Report]) -> StopState {
    let said = |which: fn(&Reported) -> bool| reports.iter().any(|report| which(&report.what));
    if said(|what| matches!(what, Reported::Arrived | Reported::Departed | Reported::Noticed { .. })) {
        StopState::Arrived
    } else if said(|what| matches!(what, Reported::EnRoute)) {
        StopState::EnRoute
    } else {
        StopState::Planned
    }
}

/// The earliest arrival the driver reported, else the earliest a geofence saw, else the report that implies one.
fn arrival(reports: &[Report], deciding: Option<&Report>) -> Option<Moment> {
    let arrivals = || reports.iter().filter(|report| matches!(report.what, Reported::Arrived));
    let before = |report: &&Report| deciding.is_none_or(|decided| report.order() <= decided.order());
    let said = arrivals().filter(before).filter(|report| !report.at.inferred).min_by_key(|report| report.order());
    let seen = || arrivals().filter(before).min_by_key(|report| report.order());
    let implied = || {
        let there = |report: &&Report| matches!(report.what, Reported::Departed | Reported::Noticed { .. });
        let first = || reports.iter().filter(there).min_by_key(|report| report.order());
        deciding.filter(|report| !matches!(report.what, Reported::Skipped { .. })).or_else(first).map(inferred)
    };
    said.or_else(seen).map(|report| report.at).or_else(implied)
}

/// The latest departure after the decision, the driver's before a geofence's, else the decision implies one.
fn departure(reports: &[Report], deciding: Option<&Report>) -> Option<Moment> {
    let after = |report: &&Report| deciding.is_none_or(|decided| report.order() >= decided.order());
    let left = || reports.iter().filter(|report| matches!(report.what, Reported::Departed)).filter(after);
    let said = left().filter(|report| !report.at.inferred).max_by_key(|report| report.order());
    let seen = || left().max_by_key(|report| report.order());
    said.or_else(seen).map(|report| report.at).or_else(|| deciding.map(inferred))
}

fn inferred(report: &Report) -> Moment {
    Moment { inferred: true, ..report.at }
}
