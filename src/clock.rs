//! The clock: the only place that reads the time. Tests and the demo hold one they can set.

use jiff::{SignedDuration, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// Tells the time to everything above the domain.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's own.
    System,
    /// Stands still until it is advanced; holds microseconds since the epoch.
    Held(Arc<AtomicI64>),
}

impl Clock {
    pub fn held_at(instant: Timestamp) -> Self {
        Self::Held(Arc::new(AtomicI64::new(instant.as_microsecond())))
    }

    /// Now, in whole microseconds: what the ledger stores.
    #[expect(clippy::disallowed_methods, reason = "the clock is where the time is read")]
    pub fn now(&self) -> Timestamp {
        let microseconds = match self {
            Self::System => Timestamp::now().as_microsecond(),
            Self::Held(at) => at.load(Ordering::Relaxed),
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
