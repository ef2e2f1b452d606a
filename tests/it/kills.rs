//! Trouble: the real process is killed, or stopped, at moments nobody chose, under load. Whatever was acknowledged is
//! there, whatever was caused arrives, once. What is random comes from a seed, which a failure names and
//! HAULGATE_SEED sets.

mod books;
mod bulk;
mod client;
mod house;
mod instance;
mod journal;
mod load;

use client::Caller;
use futures_util::future::join_all;
use haulgate::sandbox::faults::{Fault, Target};
use house::House;
use instance::Instance;
use load::Crew;
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

const CREWS: usize = 8;
const KILLS: usize = 20;
const STOPS: usize = 5;
/// Between two troubles so many answers are acknowledged at most; at least none.
const MOST_ANSWERS: usize = 40;

/// What random choices follow from; says itself where a story fails.
struct Seed(u64);

impl Seed {
    fn sown() -> Self {
        let given = std::env::var("HAULGATE_SEED").ok().map(|text| text.parse().expect("HAULGATE_SEED is a number"));
        Self(given.unwrap_or_else(|| u64::from(rand::random::<u32>())))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("HAULGATE_SEED={} makes the same choices again", self.0);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Kill,
    Stop,
}

/// Load from all crews while trouble comes so often; then everything is brought to its end.
async fn endure(house: &House, first: Instance, trouble: Trouble, times: usize, seed: u64) {
    let over = AtomicBool::new(false);
    let crews = join_all((1..=CREWS).map(|number| Crew::new(house, number, seed).work(&over)));
    let mut chance = StdRng::seed_from_u64(seed);
    let troubles = async {
        let (mut instance, mut starting) = (first, Duration::ZERO);
        for _ in 0..times {
            let answers = chance.random_range(0..=MOST_ANSWERS);
            house.journal.reaches(house.journal.count() + answers).await;
            match trouble {
                Trouble::Kill => instance.kill(),
                Trouble::Stop => house.stop(instance).await,
            }
            let since = Instant::now();
            instance = house.start().await;
            starting += since.elapsed();
        }
        over.store(true, Ordering::Relaxed);
        (instance, starting)
    };
    let (_, (instance, starting)) = tokio::join!(crews, troubles);
    let (answers, deliveries) = (house.journal.count(), house.journal.expectations().len());
    println!("{times} times in {answers} answers about {deliveries} deliveries; {starting:?} went into starting again");
    books::answers_stand(house).await;
    house.stop(instance).await;
    balance(house).await;
}

/// Looks into the books once nobody writes them any more.
async fn balance(house: &House) {
    let app = house.within().await;
    books::work_off(house, &app).await;
    books::nothing_is_half_done(house, &app).await;
    books::the_erp_was_told_once(house);
    books::every_task_arrived_under_its_id(house, &app).await;
    books::chains_hold(&app).await;
    app.background.drain().await;
    app.store.close().await;
}

/// Eight releases wait for the warehouse when the process is asked to stop: all are answered.
async fn stops_in_the_middle(house: &House, instance: Instance) {
    let erp = Caller::new(house, house.token("erp", "system:erp", &json!({})), 0);
    house.sandbox.faults.set(Target::Warehouse, Fault::Latency { ms: 500 });
    let base = instance.address.clone();
    let asked: Vec<_> = (1..=8).map(|number| release(house, &erp, number)).collect();
    let answers = join_all(asked.iter().map(|asked| erp.once(&base, asked)));
    let stopping = async {
        until(|| house.sandbox.faults.asked(Target::Warehouse) >= 8).await;
        house.stop(instance).await;
    };
    let (answers, ()) = tokio::join!(answers, stopping);
    house.sandbox.faults.clear(Target::Warehouse);
    for (asked, answer) in asked.iter().zip(answers) {
        let answer = answer.expect("what was under way is answered");
        assert_eq!(answer.status, 201, "{}", client::text(&answer));
        house.journal.acknowledged(asked, &answer);
    }
}

fn release(house: &House, erp: &Caller<'_>, number: usize) -> journal::Asked {
    let content = load::content(&format!("SO-middle-{number}"), house.clock.now());
    load::furnish(house, &content);
    let body = serde_json::to_vec(&content).expect("an order is plain data");
    erp.asked(Method::POST, "/process/orders/v1/orders", Some(&content.number), "application/json", body)
}

/// Waits for something that another process does and nobody tells of.
async fn until(is_so: impl Fn() -> bool) {
    let looking = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looking).await.expect("it happens");
}

on_both_databases! {
    async fn every_acknowledged_write_survives_a_kill(database) {
        let seed = Seed::sown();
        let house = House::open(database).await;
        let first = house.start().await;
        books::subscribe(&house).await;
        endure(&house, first, Trouble::Kill, KILLS, seed.0).await;
    }

    async fn a_stop_loses_nothing_under_load(database) {
        let seed = Seed::sown();
        let house = House::open(database).await;
        let first = house.start().await;
        endure(&house, first, Trouble::Stop, STOPS, seed.0).await;
    }

    async fn a_stop_answers_what_is_under_way(database) {
        let house = House::open(database).await;
        let first = house.start().await;
        stops_in_the_middle(&house, first).await;
        let second = house.start().await;
        books::answers_stand(&house).await;
        house.stop(second).await;
        let app = house.within().await;
        books::work_off(&house, &app).await;
        assert_eq!(house.sandbox.erp.effects().confirmed, 8);
        books::chains_hold(&app).await;
    }

    async fn a_bulk_release_goes_on_after_a_kill(database) {
        bulk::a_release_of_thousands(&House::open(database).await).await;
    }
}
