//! Projecting ETAs: from where the vehicle was last known to be, over the stops ahead.

use super::{Eta, EtaPolicy, EtaSource};
use crate::domain::{
    decision::{Follows, Outcome, Rules},
    exception::{Raise, raise, tell_raised},
    id::StopId,
    milestone::MilestoneKind,
    refused::Refused,
    shipment::{self, Shipment},
    stop::{Stop, is_open},
    time::{Moment, TimeKind, Window},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// What a predicted delay is an exception of.
pub(in crate::domain) const LATE: &str = "late_eta_predicted";

/// One stop ahead, in driving order.
#[derive(Clone, Debug, PartialEq)]
pub struct Ahead {
    pub stop: StopId,
    /// From the stop before, or from where the vehicle is.
    pub travel_seconds: u32,
    pub service_seconds: u32,
    /// The vehicle waits for it to begin.
    pub window: Window,
}

/// ETAs of the stops ahead, starting where the vehicle was at `from`. The further ahead, the less sure.
pub fn project(from: Timestamp, source: EtaSource, ahead: &[Ahead], now: Timestamp) -> Vec<(StopId, Eta)> {
    let mut free_at = from;
    let mut driven: u64 = 0;
    let mut project = |stop: &Ahead| {
        driven += u64::from(stop.travel_seconds);
        let at = later(free_at, stop.travel_seconds);
        free_at = later(at.max(stop.window.from), stop.service_seconds);
        let spread = u32::try_from(driven / 5).unwrap_or(u32::MAX).clamp(60, 3_600);
        let window = Window { from: earlier(at, spread), until: later(at, spread) };
        // An hour's drive ahead is known well, a day's hardly.
        let confidence = 1.0 / (1.0 + driven as f64 / 14_400.0);
        (stop.stop.clone(), Eta { kind: TimeKind::Projected, at, window, confidence, computed_at: now, source })
    };
    ahead.iter().map(&mut project).collect()
}

/// A stop with its shipment.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    pub stop: Stop,
    pub shipment: Shipment,
}

/// Takes a new ETA on if it moved by the threshold, and tells those who wait; never once somebody has arrived. One
/// that is predicted to miss the window raises an exception, once.
pub fn revise(
    expected: Expected,
    eta: Eta,
    policy: &EtaPolicy,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Outcome<Expected>, Refused> {
    let Expected { mut stop, mut shipment } = expected;
    let ahead = is_open(&stop) && shipment.stop.as_ref() == Some(&stop.id);
    if !ahead || !has_moved(stop.eta.as_ref(), &eta, policy) {
        return Ok(Outcome::quiet(Expected { stop, shipment }));
    }
    (stop.eta, shipment.eta) = (Some(eta), Some(eta));
    let mut follows = Follows::default();
    let mut data = shipment::facts(&shipment);
    data["eta"] = json!({"at": eta.at, "from": eta.window.from, "until": eta.window.until});
    let kind = MilestoneKind::StopEtaChanged;
    follows.announce(kind, shipment.id.as_str(), now, data);
    follows.notify(&shipment, kind);
    let late = eta.at > later(stop.window.until, policy.late_after_seconds);
    if late && stop.raised.insert(LATE.to_owned()) {
        predict_late(&stop, &shipment, now, rules, &mut follows)?;
    }
    Ok(Outcome { state: Expected { stop, shipment }, follows })
}

fn has_moved(known: Option<&Eta>, new: &Eta, policy: &EtaPolicy) -> bool {
    let threshold = SignedDuration::from_secs(policy.announce_after_seconds.into());
    known.is_none_or(|known| new.at.duration_since(known.at).abs() >= threshold)
}

fn predict_late(
    stop: &Stop,
    shipment: &Shipment,
    now: Timestamp,
    rules: Rules<'_>,
    follows: &mut Follows,
) -> Result<(), Refused> {
    let at = Moment { occurred_at: now, recorded_at: now, inferred: true };
    let about = Raise {
        party: Some(shipment.party.clone()),
        order: Some(shipment.order.clone()),
        shipment: Some(shipment.id.clone()),
        stop: Some(stop.id.clone()),
        route: Some(stop.route.clone()),
        ..Raise::new(stop.id.exception(LATE), LATE, stop.region.clone(), "haulgate".to_owned(), at)
    };
    let exception = raise(rules.taxonomy, about)?;
    tell_raised(&exception, shipment, follows);
    follows.raises.push(exception);
    Ok(())
}

fn later(at: Timestamp, seconds: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MAX)
}

fn earlier(at: Timestamp, seconds: u32) -> Timestamp {
    at.saturating_sub(SignedDuration::from_secs(seconds.into())).unwrap_or(Timestamp::MIN)
}
