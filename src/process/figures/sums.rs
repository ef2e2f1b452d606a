//! The arithmetic of figures: percentiles, shares, and whether a target is met. Pure.

use super::FigureKind;
use crate::{domain::sla::Target, store::Sample};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

const PARTS: i64 = 24;
const MICROSECONDS: f64 = 1_000_000.0;

/// What a number of cases come to.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Cases {
    pub count: u64,
    /// Half of the cases took no longer, in seconds.
    pub p50_seconds: Option<f64>,
    /// Of a hundred cases ninety-five took no longer, in seconds.
    pub p95_seconds: Option<f64>,
    /// The share of cases that made it, 0 to 1.
    pub share: Option<f64>,
    /// Whether the target is met; none without a target or without cases.
    pub met: Option<bool>,
}

/// A part of the window.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Point {
    pub at: Timestamp,
    pub count: u64,
    /// The 95th percentile in seconds, the share, or the number; none without cases.
    pub value: Option<f64>,
}

/// What these values come to over so many days.
pub fn cases(kind: FigureKind, target: Option<Target>, mut values: Vec<i64>, days: f64) -> Cases {
    values.sort_unstable();
    let count = values.len() as u64;
    let duration = |rank: f64| (kind == FigureKind::Duration).then(|| percentile(&values, rank)).flatten();
    let share = share(kind, target, &values);
    let met = match (kind, target) {
        (_, None) => None,
        (FigureKind::Count, Some(target)) => target.at_most.map(|most| count as f64 <= most as f64 * days.max(1.0)),
        (_, Some(target)) => share.zip(target.share).map(|(share, wanted)| share >= wanted),
    };
    Cases { count, p50_seconds: duration(0.50), p95_seconds: duration(0.95), share, met }
}

/// The window in equal parts.
pub fn series(kind: FigureKind, samples: &[Sample], from: Timestamp, until: Timestamp) -> Vec<Point> {
    let (start, end) = (from.as_microsecond(), until.as_microsecond());
    let width = ((end - start) / PARTS).max(1);
    let mut parts = vec![Vec::new(); PARTS as usize];
    for sample in samples {
        let part = ((sample.at.as_microsecond() - start) / width).clamp(0, PARTS - 1);
        parts[usize::try_from(part).unwrap_or(0)].push(sample.value);
    }
    let point = |(part, mut values): (usize, Vec<i64>)| {
        values.sort_unstable();
        let value = match kind {
            FigureKind::Duration => percentile(&values, 0.95),
            FigureKind::Share => share(kind, None, &values),
            FigureKind::Count => Some(values.len() as f64),
        };
        let at = Timestamp::from_microsecond(start + width * part as i64).unwrap_or(from);
        Point { at, count: values.len() as u64, value }
    };
    parts.into_iter().enumerate().map(point).collect()
}

/// The nearest-rank percentile of sorted microseconds, in seconds.
fn percentile(sorted: &[i64], rank: f64) -> Option<f64> {
    let place = ((sorted.len() as f64 * rank).ceil() as usize).max(1);
    sorted.get(place - 1).map(|microseconds| *microseconds as f64 / MICROSECONDS)
}

fn share(kind: FigureKind, target: Option<Target>, values: &[i64]) -> Option<f64> {
    let made_it = match (kind, target.and_then(|target| target.within_seconds)) {
        (FigureKind::Share, _) => values.iter().filter(|value| **value != 0).count(),
        (FigureKind::Duration, Some(within)) => {
            values.iter().filter(|value| **value as f64 <= within as f64 * MICROSECONDS).count()
        }
        _ => return None,
    };
    (!values.is_empty()).then(|| made_it as f64 / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN_TEN: Target = Target { within_seconds: Some(10), share: Some(0.9), at_most: None };

    #[test]
    fn percentiles_are_of_cases_that_happened() {
        let values: Vec<i64> = (1..=100).map(|second| second * 1_000_000).collect();
        let cases = cases(FigureKind::Duration, Some(WITHIN_TEN), values, 1.0);
        assert_eq!((cases.count, cases.p50_seconds, cases.p95_seconds), (100, Some(50.0), Some(95.0)));
        assert_eq!((cases.share, cases.met), (Some(0.1), Some(false)));
    }

    #[test]
    fn nothing_measured_is_neither_met_nor_missed() {
        let none = cases(FigureKind::Duration, Some(WITHIN_TEN), Vec::new(), 1.0);
        assert_eq!((none.p50_seconds, none.share, none.met), (None, None, None));
    }

    #[test]
    fn a_count_may_come_to_so_many_a_day() {
        let target = Target { within_seconds: None, share: None, at_most: Some(10) };
        assert_eq!(cases(FigureKind::Count, Some(target), vec![1; 20], 2.0).met, Some(true));
        assert_eq!(cases(FigureKind::Count, Some(target), vec![1; 11], 0.5).met, Some(false));
    }
}
