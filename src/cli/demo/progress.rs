//! What one sees while the day is played: the hour, what is happening, and how far the orders have come.

use crate::clock::Clock;
use std::{
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

/// Counts of what has happened, shown on one line that is drawn over.
#[derive(Clone)]
pub struct Progress {
    clock: Clock,
    counts: Arc<Counts>,
    terminal: bool,
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
    pub fn new(clock: Clock, orders: usize) -> Self {
        let counts = Counts::default();
        counts.orders.store(orders, Ordering::Relaxed);
        Self { clock, counts: Arc::new(counts), terminal: std::io::stdout().is_terminal() }
    }

    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    pub fn add(&self, count: impl Fn(&Counts) -> &AtomicUsize, more: usize) {
        count(&self.counts).fetch_add(more, Ordering::Relaxed);
    }

    /// Says that something begins or happened, with the hour of the day.
    pub fn say(&self, what: &str) {
        let wipe = if self.terminal { "\r\x1b[2K" } else { "" };
        println!("{wipe}{}  {what}", self.hour());
        self.draw();
    }

    /// Draws the line again; nothing where nobody looks at a terminal.
    pub fn draw(&self) {
        if !self.terminal {
            return;
        }
        let read = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let counts = &self.counts;
        let (orders, done) = (read(&counts.orders).max(1), read(&counts.confirmed) + read(&counts.failed));
        let filled = (done * BAR / orders).min(BAR);
        let bar = format!("{}{}", "█".repeat(filled), "░".repeat(BAR - filled));
        print!(
            "\r\x1b[2K{}  {bar}  released {} · planned {} · delivered {} · failed {} · offline {}",
            self.hour(),
            read(&counts.released),
            read(&counts.planned),
            read(&counts.confirmed),
            read(&counts.failed),
            read(&counts.offline),
        );
        drop(std::io::stdout().flush());
    }

    /// Ends the drawn line.
    pub fn end(&self) {
        if self.terminal {
            println!("\r\x1b[2K");
        }
    }

    fn hour(&self) -> String {
        self.clock.now().to_zoned(jiff::tz::TimeZone::UTC).strftime("%H:%M").to_string()
    }
}
