//! The clock: the only place that reads the time. Tests and the demo hold one they can set.

use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{
        Arc, Mutex,
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
    Paced(Arc<Pace>),
}

/// A clock's pace: from an instant on, so many seconds a second.
#[derive(Debug)]
pub struct Pace {
    set: Mutex<(Instant, Timestamp, f64)>,
}

impl Pace {
    fn now(&self) -> i64 {
        let (since, from, pace) = *self.set.lock().expect("no holder of this lock panics");
        from.as_microsecond() + (since.elapsed().as_secs_f64() * pace * 1e6) as i64
    }
}

impl Clock {
    pub fn held_at(instant: Timestamp) -> Self {
        Self::Held(Arc::new(AtomicI64::new(instant.as_microsecond())))
    }

    pub fn paced_from(instant: Timestamp, pace: f64) -> Self {
        Self::Paced(Arc::new(Pace { set: Mutex::new((Instant::now(), instant, pace)) }))
    }

    /// Goes on at another pace. Only a paced clock has one.
    pub fn set_pace(&self, pace: f64) {
        if let Self::Paced(paced) = self {
            let now = self.now();
            *paced.set.lock().expect("no holder of this lock panics") = (Instant::now(), now, pace);
        }
    }

    /// How long until this instant is shown, by the watch of whoever waits.
    pub fn until(&self, instant: Timestamp) -> Duration {
        let ahead = instant.duration_since(self.now()).as_secs_f64().max(0.0);
        match self {
            Self::Paced(paced) => {
                let pace = paced.set.lock().expect("no holder of this lock panics").2;
                Duration::from_secs_f64(ahead / pace.max(f64::MIN_POSITIVE))
            }
            _ => Duration::from_secs_f64(ahead),
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
