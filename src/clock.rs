//! The clock: the only place that reads the time. Tests and the demo hold one they can set.

use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

/// Tells the time to everything above the domain.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's own.
    System,
    /// Stands still until it is advanced; holds microseconds since the epoch.
    Held(Arc<AtomicI64>),
    /// Runs at a pace of its own: the demo's day passes in a minute.
    Paced(Arc<Paces>),
}

/// The paces a clock has gone at, the present one last; there is always one.
#[derive(Debug)]
pub struct Paces(Mutex<Vec<Pace>>);

/// From an instant on, so many seconds a second.
#[derive(Clone, Copy, Debug)]
struct Pace {
    since: Instant,
    from: Timestamp,
    seconds_a_second: f64,
}

impl Pace {
    fn starting(from: Timestamp, seconds_a_second: f64) -> Self {
        Self { since: Instant::now(), from, seconds_a_second }
    }
}

impl Paces {
    fn now(&self) -> i64 {
        let Pace { since, from, seconds_a_second } = self.present();
        from.as_microsecond() + (since.elapsed().as_secs_f64() * seconds_a_second * 1e6) as i64
    }

    fn present(&self) -> Pace {
        *self.all().last().expect("there is always one")
    }

    fn all(&self) -> MutexGuard<'_, Vec<Pace>> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// How long it took from one instant shown to another, pace by pace.
    fn took(&self, from: Timestamp, until: Timestamp) -> Duration {
        let all = self.all();
        let ends = all.iter().skip(1).map(|next| next.from).chain([Timestamp::MAX]);
        let parts = all.iter().zip(ends).map(|(pace, end)| {
            let shown = until.min(end).duration_since(from.max(pace.from)).as_secs_f64();
            shown.max(0.0) / pace.seconds_a_second.max(f64::MIN_POSITIVE)
        });
        Duration::from_secs_f64(parts.sum())
    }
}

impl Clock {
    pub fn held_at(instant: Timestamp) -> Self {
        Self::Held(Arc::new(AtomicI64::new(instant.as_microsecond())))
    }

    pub fn paced_from(instant: Timestamp, pace: f64) -> Self {
        Self::Paced(Arc::new(Paces(Mutex::new(vec![Pace::starting(instant, pace)]))))
    }

    /// Goes on at another pace. Only a paced clock has one.
    pub fn set_pace(&self, pace: f64) {
        if let Self::Paced(paced) = self {
            let now = self.now();
            paced.all().push(Pace::starting(now, pace));
        }
    }

    /// How long until this instant is shown, by the watch of whoever waits.
    pub fn until(&self, instant: Timestamp) -> Duration {
        let ahead = instant.duration_since(self.now()).as_secs_f64().max(0.0);
        match self {
            Self::Paced(paced) => {
                Duration::from_secs_f64(ahead / paced.present().seconds_a_second.max(f64::MIN_POSITIVE))
            }
            _ => Duration::from_secs_f64(ahead),
        }
    }

    /// How long it took from one instant shown to a later one, by the watch of whoever looks on.
    pub fn took(&self, from: Timestamp, until: Timestamp) -> Duration {
        match self {
            Self::Paced(paced) => paced.took(from, until),
            _ => until.duration_since(from).try_into().unwrap_or_default(),
        }
    }

    /// Now, in whole microseconds: what the ledger stores.
    #[expect(clippy::disallowed_methods, reason = "the clock is where the time is read")]
    pub fn now(&self) -> Timestamp {
        let microseconds = match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Held(at) => at.load(Ordering::Relaxed),
            Self::Paced(pace) => pace.now(),
        };
        Timestamp::from_microsecond(microseconds).expect("a clock shows an instant between the years -9999 and 9999")
    }

    /// Moves a held clock on. The machine's own clock cannot be moved.
    pub fn advance(&self, by: SignedDuration) {
        if let Self::Held(at) = self {
            let microseconds = i64::try_from(by.as_micros()).expect("a step a clock can make");
            at.fetch_add(microseconds, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_paced_clock_shows_took_as_long_as_its_paces_say() {
        let at = |second: i64| Timestamp::from_second(second).expect("an instant");
        let pace =
            |second: i64, seconds_a_second: f64| Pace { from: at(second), ..Pace::starting(at(0), seconds_a_second) };
        let paces = Paces(Mutex::new(vec![pace(0, 10.0), pace(100, 50.0), pace(200, 1.0)]));
        assert_eq!(paces.took(at(20), at(70)), Duration::from_secs(5));
        assert_eq!(paces.took(at(50), at(203)), Duration::from_secs(5 + 2 + 3));
        assert_eq!(paces.took(at(70), at(20)), Duration::ZERO);
    }
}
