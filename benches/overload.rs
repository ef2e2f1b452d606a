//! What becomes of a gateway that is asked for more than it can serve, and of one that two thousand slow peers hang on.
//!
//! `cargo bench --bench overload`; ONLY=load, slow, greedy or storm measures only that. The gateway runs in a process of its own, started from this
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

/// What a partner may ask of one operation a second, in `policies/consumers.toml`.
const PARTNERS_QUOTA: f64 = 40.0;

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
        let wanted = |what: &str| only.is_empty() || only == what;
        if wanted("load") {
            overloaded(&press, &served, capacity).await;
        }
        if wanted("greedy") {
            beside_a_greedy_one(&press, &served, capacity * 0.7).await;
        }
        if wanted("storm") {
            after_a_standstill(&served, capacity).await;
        }
        if wanted("slow") {
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

/// A partner asks for ten times its quota; the control room and the drivers should hardly notice.
async fn beside_a_greedy_one(press: &Press<'_>, served: &Served, rate: f64) {
    let partner = Press::of(served, &served.status_read, 1);
    for round in 1..=3 {
        println!("{}   alone, round {round}", press.run(rate, CONFIRMATIONS, seconds(10)).await);
        let greedy = partner.run(10.0 * PARTNERS_QUOTA, 0.0, seconds(10));
        let (others, greedy) = tokio::join!(press.run(rate, CONFIRMATIONS, seconds(10)), greedy);
        println!("{others}   beside a partner at ten times its quota\n{greedy}   the partner");
    }
}

/// The gateway answers nobody for ten seconds, and whoever got no answer asks again every second until there is one.
async fn after_a_standstill(served: &Served, capacity: f64) {
    let persistent = Press::of(served, &served.poll, 30);
    let standstill = async {
        tokio::time::sleep(seconds(5)).await;
        served.stand_still();
        tokio::time::sleep(seconds(10)).await;
        served.go_on();
    };
    let (outcome, ()) = tokio::join!(persistent.run(capacity, CONFIRMATIONS, seconds(35)), standstill);
    println!("{outcome}   with a standstill from second 5 to second 15");
    println!("answered in time in each second: {:?}", outcome.by_second());
}

async fn slowed(press: &Press<'_>, served: &Served, rate: f64) {
    println!("{}   healthy, nobody slow", press.run(rate, CONFIRMATIONS, seconds(10)).await);
    let slow = slow::Crowd::gather(served, 2_000).await;
    println!("{}   healthy, 2,000 slow", press.run(rate, CONFIRMATIONS, seconds(40)).await);
    println!("{} connections were cut and came again; memory {} MiB", slow.cut(), served.memory());
}
