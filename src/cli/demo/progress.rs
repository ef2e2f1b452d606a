//! What one sees while the day is played: the hour, what is happening, and how far the orders have come.

use super::voice::Voice;
use crate::clock::Clock;
use jiff::Timestamp;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Counts of what has happened, shown on one line that is drawn over.
#[derive(Clone)]
pub struct Progress {
    clock: Clock,
    counts: Arc<Counts>,
    voice: Voice,
}

/// What is counted.
#[derive(Default)]
pub struct Counts {
    pub released: AtomicUsize,
    pub planned: AtomicUsize,
    pub confirmed: AtomicUsize,
    pub failed: AtomicUsize,
    pub offline: AtomicUsize,
    pub duplicates: AtomicUsize,
    pub orders: AtomicUsize,
}

const BAR: usize = 24;

impl Progress {
    pub fn new(clock: Clock, voice: Voice, orders: usize) -> Self {
        let counts = Counts::default();
        counts.orders.store(orders, Ordering::Relaxed);
        Self { clock, counts: Arc::new(counts), voice }
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Now, on the demo's clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub fn add(&self, count: impl Fn(&Counts) -> &AtomicUsize, more: usize) {
        count(&self.counts).fetch_add(more, Ordering::Relaxed);
    }

    /// Says that something begins or happened, with the hour of the day.
    pub fn say(&self, what: &str) {
        self.voice.say(format_args!("{}  {what}", self.hour()));
        self.draw();
    }

    /// Draws the line again.
    pub fn draw(&self) {
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (orders, done) = (read(&counts.orders).max(1), read(&counts.confirmed) + read(&counts.failed));
        let filled = (done * BAR / orders).min(BAR);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled));
        self.voice.draw(format_args!(
            "{}  {bar}  released {} · planned {} · delivered {} · failed {} · offline {}",
            self.hour(),
            read(&counts.released),
            read(&counts.planned),
            read(&counts.confirmed),
            read(&counts.failed),
            read(&counts.offline),
        ));
    }

    fn hour(&self) -> String {
        self.clock.now().to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string()
    }
}
