//! A fixed sequence of stops, played through: when each would be served and what would be violated.

use super::{PlanJob, Projected, Sequence, Violation, travel::whole};
use crate::domain::place::Position;
use jiff::Timestamp;

/// Waits for windows that are not open yet, and says how late it comes to those that are closed.
pub fn project(sequence: &Sequence, metres_per_second: f64) -> Vec<Projected> {
    let seconds = |from: &Position, to: &Position| whole(from.metres_to(to) / metres_per_second);
    let (mut now, mut place) = (sequence.leaves_at.as_second(), sequence.start);
    let mut load = sequence.stops.iter().filter(|job| !job.pickup).map(|job| job.weight_grams).sum::<u64>();
    let mut projected = Vec::new();
    for job in &sequence.stops {
        let arrival = now + seconds(&place, &job.position);
        let begins = arrival.max(job.window.from.as_second());
        (now, place) = (begins + i64::from(job.service_seconds), job.position);
        let mut violations = violations(sequence, job, begins, load);
        load = if job.pickup { load + job.weight_grams } else { load.saturating_sub(job.weight_grams) };
        if job.pickup && load > sequence.vehicle.capacity_grams && !violations.contains(&Violation::Load) {
            violations.push(Violation::Load);
        }
        projected.push(Projected { job: job.id.clone(), arrival: at(arrival), departure: at(now), violations });
    }
    let back = now + sequence.end.map_or(0, |end| seconds(&place, &end));
    let late = back - sequence.vehicle.shift.until.as_second();
    if let Some(last) = projected.last_mut().filter(|_| late > 0) {
        last.violations.push(Violation::Shift { seconds: late.unsigned_abs() });
    }
    projected
}

fn violations(sequence: &Sequence, job: &PlanJob, begins: i64, load: u64) -> Vec<Violation> {
    let late = begins - job.window.until.as_second();
    let mut violations = Vec::new();
    if late > 0 {
        violations.push(Violation::Late { seconds: late.unsigned_abs() });
    }
    if load > sequence.vehicle.capacity_grams {
        violations.push(Violation::Load);
    }
    if !job.skills.is_subset(&sequence.vehicle.skills) {
        violations.push(Violation::Skills);
    }
    violations
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX)
}
