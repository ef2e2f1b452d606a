//! Quotas: one person's, and those that three gateways share, counted together; and what becomes of that while Redis is
//! away.

use crate::{
    databases::Database,
    day::{ANA, confirmation, under_way},
    gateway::Gateway,
    redis::{self, Redis},
};
use futures_util::future::join_all;
use haulgate::policy::{Counted, PolicyFiles};
use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

const VEHICLES: &str = "/system/master-data/v1/vehicles";
const QUOTA: usize = 20;
const GATEWAYS: usize = 3;
/// Milliseconds Redis is waited for where a late answer would count, and where it does not matter.
const PATIENT: u64 = 2_000;
const IMPATIENT: u64 = 50;

/// The planner may call twenty times a day.
fn policies(shadow: bool) -> PolicyFiles {
    let files = PolicyFiles::embedded();
    let text = files.get("consumers.toml").expect("consumers").to_owned();
    let few = format!(
        "[tiers.few]\nconsumer.burst = {{ requests = 1000, seconds = 1 }}\n\
         consumer.sustained = {{ requests = {QUOTA}, seconds = 86400, shadow = {shadow} }}\noperation = {{}}\nperson = {{}}\n"
    );
    let (before, planner) = text.split_once("[consumers.planner]").expect("the planner is one");
    let planner = planner.replacen("tier = \"system\"", "tier = \"few\"", 1);
    files.with("consumers.toml", &format!("{few}{before}[consumers.planner]{planner}"))
}

async fn gateway(redis: &Redis, shadow: bool, answer_within_ms: u64) -> Gateway {
    Gateway::start_with(Database::sqlite(), policies(shadow), |settings| {
        settings.quotas.counted = Counted::Redis;
        settings.quotas.redis_url = redis.url().into();
        settings.quotas.gateways = NonZeroU32::new(GATEWAYS as u32).expect("positive");
        settings.quotas.answer_within_ms = answer_within_ms;
        settings.quotas.ask_again_after_ms = 0;
    })
    .await
}

async fn gateways(redis: &Redis, answer_within_ms: u64) -> Vec<Gateway> {
    join_all((0..GATEWAYS).map(|_| gateway(redis, false, answer_within_ms))).await
}

/// So many calls at each gateway, at once; how many were let in. Nobody hears anything but yes and "too many".
async fn admitted(gateways: &[Gateway], calls: usize) -> usize {
    let all =
        gateways.iter().flat_map(|gateway| (0..calls).map(async |_| gateway.planner().get(VEHICLES).await.status));
    let heard = join_all(all).await;
    assert!(heard.iter().all(|status| matches!(status, 200 | 429)), "{heard:?}");
    heard.iter().filter(|status| **status == 200).count()
}

on_both_databases! {

async fn a_driver_who_confirms_without_end_uses_up_nobody_elses_share(database) {
    let text = PolicyFiles::embedded().get("consumers.toml").expect("consumers").to_owned();
    let few = text.replace("person.sustained = { requests = 3000, seconds = 600 }", "person.sustained = { requests = 20, seconds = 86400 }");
    assert_ne!(text, few);
    let gateway = Gateway::start_with(database, PolicyFiles::embedded().with("consumers.toml", &few), |_| {}).await;
    let day = under_way(&gateway, 1).await;
    let (ana, bob) = (gateway.driver(ANA), gateway.driver("drv_bob"));
    let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
    let confirm = async |number: usize| ana.post(&path, &confirmation(&format!("event-{number:04}"), 40, b"photo")).await;
    let heard = join_all((0..QUOTA + 10).map(confirm)).await;
    let refused: Vec<_> = heard.iter().filter(|answer| answer.status == 429).collect();
    assert_eq!(refused.len(), 10, "{:?}", heard.iter().map(|answer| answer.status).collect::<Vec<_>>());
    let problem = refused[0].problem("quota_exceeded");
    assert_eq!(problem["violated-policies"], serde_json::json!(["person-sustained"]));
    assert!(refused[0].header("ratelimit").contains("\"person-sustained\";r=0;t="));
    // The others in the same app go on, and so does she with a token of the same name at another consumer.
    bob.get("/experience/driver/v1/run").await.problem("not_found");
    ana.get("/experience/driver/v1/run").await.problem("quota_exceeded");
    gateway.person("planner", ANA, &serde_json::json!({})).get(VEHICLES).await.ok();
}

}

fn redis(story: &str) -> Option<Redis> {
    Redis::start().inspect_err(|why| redis::skip(story, why)).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_on_one_redis_admit_the_quota_and_not_one_more() {
    let Some(redis) = redis("three_gateways_on_one_redis") else { return };
    let gateways = gateways(&redis, PATIENT).await;
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA);
    let answered = gateways[2].planner().get(VEHICLES).await;
    answered.problem("quota_exceeded");
    assert_eq!(answered.header("ratelimit-policy"), "\"burst\";q=1000;w=1,\"sustained\";q=20;w=86400");
    assert!(answered.header("retry-after").parse::<u64>().expect("seconds") <= 86_400 / QUOTA as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_gateway_admits_its_share_and_nobody_hears_an_error() {
    let Some(mut redis) = redis("without_redis_each_gateway_admits_its_share") else { return };
    let gateways = gateways(&redis, PATIENT).await;
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA);
    redis.stop();
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA.div_ceil(GATEWAYS) * GATEWAYS);
    redis.start_again().expect("it starts again");
    let after = admitted(&gateways, QUOTA).await;
    assert!(after <= QUOTA, "{after}: it came back without what it knew, which is one burst more and no second one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_stops_and_starts_again_under_load_is_nobodys_error() {
    const RESTARTS: usize = 3;
    let Some(mut redis) = redis("redis_that_stops_and_starts_again_under_load") else { return };
    let gateways = gateways(&redis, IMPATIENT).await;
    let (calls, admitted, over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let load = join_all((0..4 * GATEWAYS).map(async |caller| {
        while !over.load(Ordering::Relaxed) {
            let status = gateways[caller % GATEWAYS].planner().get(VEHICLES).await.status;
            assert!(matches!(status, 200 | 429), "{status}");
            admitted.fetch_add(usize::from(status == 200), Ordering::Relaxed);
            calls.fetch_add(1, Ordering::Relaxed);
            // A refusal that asks nobody waits for nothing: the others would not come to speak.
            tokio::task::yield_now().await;
        }
    }));
    let goes_on = async || {
        let until = calls.load(Ordering::Relaxed) + 5 * QUOTA;
        while calls.load(Ordering::Relaxed) < until {
            tokio::task::yield_now().await;
        }
    };
    let restarts = async {
        for _ in 0..RESTARTS {
            goes_on().await;
            redis = aside(redis, Redis::stop).await;
            goes_on().await;
            redis = aside(redis, |redis| redis.start_again().expect("it starts again")).await;
        }
        goes_on().await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(load, restarts);
    // What 0008-shared-quotas.md says: the quota, and one burst more for each time Redis goes away or comes back.
    let bound = QUOTA + RESTARTS * (QUOTA + GATEWAYS - 1 + QUOTA);
    let admitted = admitted.into_inner();
    assert!((QUOTA..=bound).contains(&admitted), "{admitted} of {calls:?}, at most {bound}");
}

/// Does this to Redis while the load goes on.
async fn aside(mut redis: Redis, does: impl FnOnce(&mut Redis) + Send + 'static) -> Redis {
    let done = tokio::task::spawn_blocking(move || {
        does(&mut redis);
        redis
    });
    done.await.expect("it does not panic")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_was_never_there_stops_no_start() {
    let Some(mut redis) = redis("redis_that_was_never_there") else { return };
    redis.stop();
    let gateways = gateways(&redis, PATIENT).await;
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA.div_ceil(GATEWAYS) * GATEWAYS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_on_trial_is_counted_and_refuses_nobody() {
    let Some(redis) = redis("a_quota_on_trial") else { return };
    let gateway = [gateway(&redis, true, PATIENT).await];
    assert_eq!(admitted(&gateway, 2 * QUOTA).await, 2 * QUOTA);
    let answered = gateway[0].planner().get(VEHICLES).await;
    assert_eq!(answered.header("ratelimit-policy"), "\"burst\";q=1000;w=1");
}
