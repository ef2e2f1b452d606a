//! When a shipment is expected, as a window, and what that means for the one that was agreed.

use crate::domain::{
    eta::{Eta, EtaSource},
    shipment::Shipment,
    time::Window,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// When a shipment is expected: a window, not an instant.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(examples(json!({
    "from": "2026-11-23T10:02:00Z", "until": "2026-11-23T10:22:00Z", "confidence": 0.9, "sources": ["position", "plan"],
    "computed_at": "2026-11-23T09:40:00Z"
})))]
pub struct ExpectedArrival {
    pub from: Timestamp,
    pub until: Timestamp,
    /// 0 to 1: the longer the drive ahead, the less sure.
    #[schema(minimum = 0.0, maximum = 1.0)]
    pub confidence: f64,
    /// What it was concluded from; what moved it last comes first.
    #[schema(min_items = 1, max_items = 2)]
    pub sources: Vec<EtaSource>,
    pub computed_at: Timestamp,
}

impl From<Eta> for ExpectedArrival {
    fn from(eta: Eta) -> Self {
        Self {
            from: eta.window.from,
            until: eta.window.until,
            confidence: eta.confidence,
            sources: sources(eta.source),
            computed_at: eta.computed_at,
        }
    }
}

/// Whatever moved an ETA, the stops ahead are still driven as the plan has them.
fn sources(moved_by: EtaSource) -> Vec<EtaSource> {
    match moved_by {
        EtaSource::Plan => vec![EtaSource::Plan],
        other => vec![other, EtaSource::Plan],
    }
}

/// How an arrival stands to the window in which the customer can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Punctuality {
    /// It came, or is expected, before the window ends.
    OnTime,
    /// It may still come before the window ends, or not.
    AtRisk,
    /// It came, or is expected, after the window's end.
    Late,
}

/// When somebody arrived, or the delivery was made.
pub fn arrived_at(shipment: &Shipment) -> Option<Timestamp> {
    shipment.arrived.or(shipment.delivered).map(|moment| moment.occurred_at)
}

/// How it stands with this shipment; nothing is known before there is an ETA.
pub fn punctuality(shipment: &Shipment) -> Option<Punctuality> {
    let came = arrived_at(shipment).map(|at| Window { from: at, until: at });
    let expected = came.or(shipment.eta.map(|eta| eta.window))?;
    Some(measured(expected, shipment.window))
}

fn measured(expected: Window, agreed: Window) -> Punctuality {
    if expected.from > agreed.until {
        Punctuality::Late
    } else if expected.until > agreed.until {
        Punctuality::AtRisk
    } else {
        Punctuality::OnTime
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(from: &str, until: &str) -> Window {
        let at = |time: &str| format!("2026-11-23T{time}:00Z").parse().expect("an instant");
        Window { from: at(from), until: at(until) }
    }

    #[test]
    fn an_arrival_is_measured_by_both_ends_of_its_window() {
        let agreed = window("08:00", "12:00");
        let table = [
            ("07:00", "07:20", Punctuality::OnTime),
            ("11:40", "12:00", Punctuality::OnTime),
            ("11:50", "12:10", Punctuality::AtRisk),
            ("12:00", "12:00", Punctuality::OnTime),
            ("12:00", "12:20", Punctuality::AtRisk),
            ("12:01", "12:21", Punctuality::Late),
        ];
        for (from, until, expected) in table {
            assert_eq!(measured(window(from, until), agreed), expected, "{from} to {until}");
        }
    }
}
