//! When a failed call may be tried again inside its own deadline, and after which pause.

use super::trouble::{Trouble, TroubleKind};
use rand::Rng;
use std::time::Duration;

/// The first attempt counts.
pub const MOST_ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(40);
/// Longer announced absences are left to the caller: the relay has the patience.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The pause before the next attempt, or none if another attempt makes no sense.
pub fn pause_before(attempt: u32, trouble: &Trouble, remaining: Duration) -> Option<Duration> {
    let asked = match trouble.kind {
        TroubleKind::Away { retry_after } => retry_after,
        TroubleKind::Deadline => Duration::ZERO,
        _ => return None,
    };
    let longest = FIRST_PAUSE * 2u32.pow(attempt);
    let pause = longest.mul_f64(rand::rng().random_range(0.1..=1.0)).max(asked);
    (attempt < MOST_ATTEMPTS && pause <= LONGEST_PAUSE && pause < remaining).then_some(pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn an_absence_is_tried_three_times_unless_it_was_announced_to_be_long() {
        let away = Trouble::away("erp", Duration::ZERO, "reset");
        assert!(pause_before(1, &away, LONG).is_some() && pause_before(2, &away, LONG).is_some());
        assert_eq!(pause_before(3, &away, LONG), None);
        let maintenance = Trouble::away("erp", Duration::from_secs(300), "503");
        assert_eq!(pause_before(1, &maintenance, LONG), None);
    }

    #[test]
    fn a_refusal_or_a_wrong_shape_is_not_tried_again_nor_what_has_no_time_left() {
        assert_eq!(pause_before(1, &Trouble::refused("erp", "no", "No.", ""), LONG), None);
        assert_eq!(pause_before(1, &Trouble::wrong_shape("erp", ""), LONG), None);
        assert_eq!(pause_before(1, &Trouble::away("erp", Duration::ZERO, ""), Duration::ZERO), None);
    }
}
