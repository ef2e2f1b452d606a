//! Tracking: what positions mean. Arrivals and departures by geofence, leaving the corridor, and fixes not to believe.

use super::{
    id::StopId,
    order::is_on_the_globe,
    place::Position,
    report::{Report, Reported},
    stop::Stop,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a vehicle was, and when, by its tracker.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    pub position: Position,
    pub at: Timestamp,
}

/// From when on a position is not believed, and a route is left: in `policies/sla.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackingLimits {
    /// Older fixes say nothing about now.
    pub stale_after_seconds: u32,
    pub fastest_kilometres_per_hour: u32,
    /// Further at once is a jump, however long it took.
    pub jump_metres: u32,
    pub corridor_metres: u32,
    /// Outside the corridor for longer is a route deviation.
    pub off_corridor_seconds: u32,
}

/// Why a fix is dropped. The name is the metric's label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Implausible {
    OffTheGlobe,
    FromTheFuture,
    Stale,
    /// Not newer than the last one.
    OutOfOrder,
    Jump,
    TooFast,
}

/// Whether a fix can be believed after the last one that was.
pub fn believe(
    last: Option<&Sighting>,
    fix: &Sighting,
    limits: &TrackingLimits,
    now: Timestamp,
) -> Result<(), Implausible> {
    if !is_on_the_globe(&fix.position) {
        return Err(Implausible::OffTheGlobe);
    }
    let age = now.duration_since(fix.at);
    if age < SignedDuration::from_secs(-60) {
        return Err(Implausible::FromTheFuture);
    }
    if age > SignedDuration::from_secs(limits.stale_after_seconds.into()) {
        return Err(Implausible::Stale);
    }
    last.map_or(Ok(()), |last| follows(last, fix, limits))
}

/// Whether a vehicle can have come from one fix to the next.
fn follows(last: &Sighting, fix: &Sighting, limits: &TrackingLimits) -> Result<(), Implausible> {
    let seconds = fix.at.duration_since(last.at).as_secs_f64();
    if seconds <= 0.0 {
        return Err(Implausible::OutOfOrder);
    }
    let metres = last.position.metres_to(&fix.position);
    if metres > f64::from(limits.jump_metres) {
        return Err(Implausible::Jump);
    }
    let too_fast = metres / seconds * 3.6 > f64::from(limits.fastest_kilometres_per_hour);
    if too_fast { Err(Implausible::TooFast) } else { Ok(()) }
}

/// Fixes in a row that contradict the last one believed, and not each other: a tracker that was carried away by a train
/// or a ferry, or one whose last believed fix was the wrong one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Doubt {
    last: Option<Sighting>,
    fixes: u32,
}

/// So many agree, and they are believed after all.
const BELIEVED_AFTER: u32 = 3;

impl Doubt {
    /// Takes in a fix that is not believed for this reason; true once enough agree that it is believed after all.
    pub fn overcome(&mut self, why: Implausible, fix: &Sighting, limits: &TrackingLimits) -> bool {
        if !matches!(why, Implausible::Jump | Implausible::TooFast) {
            return false;
        }
        match self.last.map_or(Err(why), |last| follows(&last, fix, limits)) {
            Ok(()) => self.fixes += 1,
            // The same fix told again agrees with itself, which says nothing.
            Err(Implausible::OutOfOrder) => return false,
            Err(_) => self.fixes = 1,
        }
        self.last = Some(*fix);
        self.fixes >= BELIEVED_AFTER
    }
}

/// The arrival or departure that a position means for a stop, marked `inferred`. The event is the same each time, so
/// that it counts once.
pub fn passage(stop: &Stop, fix: &Sighting, now: Timestamp) -> Option<Report> {
    let inside = stop.position.metres_to(&fix.position) <= f64::from(stop.geofence_metres);
    let (word, what) = match (inside, stop.arrived, stop.departed) {
        (true, None, _) => ("arrived", Reported::Arrived),
        (false, Some(arrived), None) if fix.at > arrived.occurred_at => ("departed", Reported::Departed),
        _ => return None,
    };
    let mut report = Report::received(event(&stop.id, word), fix.at, what, now);
    report.at.inferred = true;
    report.position = Some(fix.position);
    Some(report)
}

fn event(stop: &StopId, word: &str) -> String {
    format!("geofence.{stop}.{word}")
}

/// How far a position is from the way along these points, in metres.
pub fn metres_off(way: &[Position], position: &Position) -> f64 {
    let to_points = way.iter().map(|point| point.metres_to(position));
    let to_lines = way.windows(2).map(|line| metres_to_line(line[0], line[1], position));
    to_points.chain(to_lines).fold(f64::INFINITY, f64::min)
}

/// A flat earth will do over the length of a leg: degrees east shrink with the latitude.
fn metres_to_line(from: Position, to: Position, position: &Position) -> f64 {
    let shrink = position.latitude.to_radians().cos();
    let flat = |point: &Position| ((point.longitude - position.longitude) * shrink, point.latitude - position.latitude);
    let ((ax, ay), (bx, by)) = (flat(&from), flat(&to));
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length == 0.0 { 0.0 } else { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) };
    let east = if shrink == 0.0 { 0.0 } else { (ax + along * dx) / shrink };
    let foot = Position { latitude: position.latitude + ay + along * dy, longitude: position.longitude + east };
    foot.metres_to(position)
}

/// Whether the vehicle has been outside its corridor for too long. `off_since` is carried from fix to fix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corridor {
    pub off_since: Option<Timestamp>,
    /// The deviation was raised; it is raised again only after the vehicle came back.
    pub raised: bool,
}

impl Corridor {
    /// Takes a believed fix in; true when a `route_deviation` is to be raised now.
    pub fn observe(&mut self, way: &[Position], fix: &Sighting, limits: &TrackingLimits) -> bool {
        if way.is_empty() || metres_off(way, &fix.position) <= f64::from(limits.corridor_metres) {
            *self = Self::default();
            return false;
        }
        let since = *self.off_since.get_or_insert(fix.at);
        let long = fix.at.duration_since(since) > SignedDuration::from_secs(limits.off_corridor_seconds.into());
        let now_raised = long && !self.raised;
        self.raised |= long;
        now_raised
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: TrackingLimits = TrackingLimits {
        stale_after_seconds: 600,
        fastest_kilometres_per_hour: 150,
        jump_metres: 50_000,
        corridor_metres: 2_000,
        off_corridor_seconds: 300,
    };

    /// So many minutes after nine, so many kilometres to the north of where it all began.
    fn fix(minute: i64, kilometres: f64) -> Sighting {
        let at = "2026-11-23T09:00:00Z".parse::<Timestamp>().expect("an instant") + SignedDuration::from_mins(minute);
        Sighting { position: Position { latitude: 50.0 + kilometres / 111.2, longitude: 9.0 }, at }
    }

    /// Which of these are believed, one after the other.
    fn believed(fixes: &[Sighting]) -> Vec<bool> {
        let (mut last, mut doubt) = (None, Doubt::default());
        let judge = |fix: &Sighting| {
            let judged = believe(last.as_ref(), fix, &LIMITS, fix.at);
            let believed = judged.map_or_else(|why| doubt.overcome(why, fix, &LIMITS), |()| true);
            if believed {
                (last, doubt) = (Some(*fix), Doubt::default());
            }
            believed
        };
        fixes.iter().map(judge).collect()
    }

    #[test]
    fn a_vehicle_that_really_jumped_is_believed_once_three_fixes_agree() {
        let fixes = [fix(0, 0.0), fix(1, 80.0), fix(2, 81.0), fix(3, 82.0), fix(4, 83.0)];
        assert_eq!(believed(&fixes), [true, false, false, true, true]);
    }

    #[test]
    fn single_jumps_are_not_and_what_was_believed_goes_on() {
        let fixes = [fix(0, 0.0), fix(1, 80.0), fix(2, 1.0), fix(3, 90.0), fix(4, -300.0), fix(5, 2.0)];
        assert_eq!(believed(&fixes), [true, false, true, false, false, true]);
    }

    #[test]
    fn jumps_that_contradict_each_other_or_only_repeat_themselves_never_agree() {
        let wild: Vec<_> = (1..9).map(|minute| fix(minute, if minute % 2 == 0 { 100.0 } else { 300.0 })).collect();
        assert!(believed(&[&[fix(0, 0.0)][..], &wild].concat())[1..].iter().all(|believed| !believed));
        let again = [fix(0, 0.0), fix(1, 80.0), fix(1, 80.0), fix(1, 80.0), fix(1, 80.0)];
        assert_eq!(believed(&again), [true, false, false, false, false]);
    }
}
