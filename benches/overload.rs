//! What becomes of a gateway that is asked for more than it can serve, and of one that two thousand slow peers hang on.
//!
//! `cargo bench --bench overload`; ONLY=slow or load measures only that. The gateway runs in a process of its own, started from this
//! one with `--serve`, so that its memory is its own; the load shares the two cores with it. The load is open: requests
//! are due when they are due, whether or not earlier ones were answered. Who polls gives up after a second, waits a
//! second, and tries again, twice. Beside them drivers confirm, at a rate that does not change.

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, unused_macros, reason = "stories use more of it")]
mod databases;
#[path = "overload/press.rs"]
mod press;
#[path = "overload/served.rs"]
mod served;
#[path = "overload/slow.rs"]
mod slow;
#[path = "http/wire.rs"]
#[expect(dead_code, reason = "the measurements of http use more of it")]
mod wire;
#[path = "http/world.rs"]
#[expect(dead_code, reason = "the measurements of http use more of it")]
mod world;

use press::{Outcome, Press};
use served::Served;
use std::time::Duration;

/// Confirmations a second, whatever else is asked.
const CONFIRMATIONS: f64 = 50.0;

/// Overviews a second that the slowest machine answers.
const LEAST: f64 = 20.0;

fn main() {
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    if std::env::args().any(|argument| argument == "--serve") {
        return served::serve();
    }
    let served = Served::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let tasks = tokio::task::LocalSet::new();
    let only = std::env::var("ONLY").unwrap_or_default();
    tasks.block_on(&runtime, async {
        let press = Press::on(&served);
        press.run(LEAST, 0.0, seconds(3)).await;
        println!("memory at rest {} MiB\n{}", served.memory(), Outcome::HEAD);
        let capacity = capacity(&press).await;
        if only != "slow" {
            overloaded(&press, &served, capacity).await;
        }
        if only != "load" {
            slowed(&press, &served, capacity * 0.3).await;
        }
    });
}

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

/// The highest rate tried at which the p99 stays below 50 ms.
async fn capacity(press: &Press<'_>) -> f64 {
    let mut best = LEAST;
    for step in 0..16 {
        let rate = LEAST * 1.25_f64.powi(step);
        let outcome = press.run(rate, CONFIRMATIONS, seconds(3)).await;
        println!("{outcome}");
        if outcome.p99() > 50.0 || outcome.good() < rate * 0.98 {
            break;
        }
        best = rate;
    }
    println!("capacity: {best:.0}/s");
    best
}

async fn overloaded(press: &Press<'_>, served: &Served, capacity: f64) {
    for (times, length) in [(1.0, 10), (2.0, 10), (5.0, 10), (10.0, 60)] {
        let outcome = press.run(capacity * times, CONFIRMATIONS, seconds(length)).await;
        println!("{outcome}   {times} × capacity, {} MiB", served.memory());
    }
    println!("and after:");
    for second in 1..=8 {
        println!("{}   second {second}", press.run(capacity * 0.9, CONFIRMATIONS, seconds(1)).await);
    }
    println!("memory {} MiB", served.memory());
}

async fn slowed(press: &Press<'_>, served: &Served, rate: f64) {
    println!("{}   healthy, nobody slow", press.run(rate, CONFIRMATIONS, seconds(10)).await);
    let slow = slow::Crowd::gather(served, 2_000).await;
    println!("{}   healthy, 2,000 slow", press.run(rate, CONFIRMATIONS, seconds(40)).await);
    println!("{} connections were cut and came again; memory {} MiB", slow.cut(), served.memory());
}
