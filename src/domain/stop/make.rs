//! Making, moving and cancelling stops.

use super::{Stop, StopState};
use crate::domain::{
    eta::{Eta, EtaSource},
    refused::Refused,
    route::{Leg, Route},
    shipment::Shipment,
    time::{TimeKind, Window},
};
use jiff::Timestamp;

/// Whether the stop can still be taken out of its route: nobody has been there.
pub fn is_open(stop: &Stop) -> bool {
    matches!(stop.state, StopState::Planned | StopState::EnRoute) && !stop.closed
}

/// Cancels the stop, as long as nobody has arrived.
pub(in crate::domain) fn cancel(stop: &mut Stop) -> Result<(), Refused> {
    if stop.state == StopState::Cancelled {
        return Ok(());
    }
    if !is_open(stop) {
        let detail =
            format!("stop {} is {:?}: somebody has been there, so it cannot be cancelled", stop.id, stop.state);
        return Err(Refused::new("stop_served", detail));
    }
    stop.state = StopState::Cancelled;
    stop.eta = None;
    Ok(())
}

/// The stop that a leg makes for a shipment.
pub(in crate::domain) fn make(route: &Route, leg: &Leg, shipment: &Shipment, now: Timestamp) -> Stop {
    Stop {
        id: leg.stop.clone(),
        shipment: shipment.id.clone(),
        party: shipment.party.clone(),
        region: shipment.region.clone(),
        route: route.id.clone(),
        driver: route.driver.clone(),
        position: leg.position,
        geofence_metres: shipment.proof_demand.geofence_metres,
        service_seconds: leg.service_seconds,
        window: shipment.window,
        planned: leg.planned,
        eta: Some(planned_eta(leg.planned, EtaSource::Plan, now)),
        state: StopState::Planned,
        arrived: None,
        departed: None,
        reports: Vec::new(),
        raised: Default::default(),
        closed: false,
    }
}

/// Lets a stop that is already there follow its leg in this route's plan. One that was served keeps its history.
pub(in crate::domain) fn follow(stop: &mut Stop, route: &Route, leg: &Leg, source: EtaSource, now: Timestamp) {
    if is_open(stop) {
        (stop.route, stop.driver) = (route.id.clone(), route.driver.clone());
        (stop.position, stop.service_seconds) = (leg.position, leg.service_seconds);
        if stop.planned != leg.planned || stop.eta.is_none() {
            stop.eta = Some(planned_eta(leg.planned, source, now));
        }
        stop.planned = leg.planned;
    }
}

fn planned_eta(planned: Window, source: EtaSource, now: Timestamp) -> Eta {
    let kind = TimeKind::Planned;
    Eta { kind, at: planned.from, window: planned, confidence: 0.8, computed_at: now, source }
}
