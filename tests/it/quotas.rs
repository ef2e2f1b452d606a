//! Quotas that three gateways share: counted together, and what becomes of that while Redis is away.

use crate::{
    databases::Database,
    gateway::Gateway,
    redis::{self, Redis},
};
use futures_util::future::join_all;
use haulgate::policy::{Counted, PolicyFiles};
use std::num::NonZeroU32;

const VEHICLES: &str = "/system/master-data/v1/vehicles";
const QUOTA: usize = 20;
const GATEWAYS: usize = 3;

/// The planner may call twenty times a day.
fn policies(shadow: bool) -> PolicyFiles {
    let files = PolicyFiles::embedded();
    let text = files.get("consumers.toml").expect("consumers").to_owned();
    let few = format!(
        "[tiers.few]\nconsumer.burst = {{ requests = 1000, seconds = 1 }}\n\
         consumer.sustained = {{ requests = {QUOTA}, seconds = 86400, shadow = {shadow} }}\noperation = {{}}\n"
    );
    let (before, planner) = text.split_once("[consumers.planner]").expect("the planner is one");
    let planner = planner.replacen("tier = \"system\"", "tier = \"few\"", 1);
    files.with("consumers.toml", &format!("{few}{before}[consumers.planner]{planner}"))
}

async fn gateway(redis: &Redis, shadow: bool) -> Gateway {
    Gateway::start_with(Database::sqlite(), policies(shadow), |settings| {
        settings.quotas.counted = Counted::Redis;
        settings.quotas.redis_url = redis.url().into();
        settings.quotas.gateways = NonZeroU32::new(GATEWAYS as u32).expect("positive");
        settings.quotas.answer_within_ms = 2_000;
        settings.quotas.ask_again_after_ms = 0;
    })
    .await
}

async fn gateways(redis: &Redis) -> Vec<Gateway> {
    join_all((0..GATEWAYS).map(|_| gateway(redis, false))).await
}

/// So many calls at each gateway, at once; how many were let in. Nobody hears anything but yes and "too many".
async fn admitted(gateways: &[Gateway], calls: usize) -> usize {
    let all =
        gateways.iter().flat_map(|gateway| (0..calls).map(async |_| gateway.planner().get(VEHICLES).await.status));
    let heard = join_all(all).await;
    assert!(heard.iter().all(|status| matches!(status, 200 | 429)), "{heard:?}");
    heard.iter().filter(|status| **status == 200).count()
}

fn redis(story: &str) -> Option<Redis> {
    Redis::start().inspect_err(|why| redis::skip(story, why)).ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_on_one_redis_admit_the_quota_and_not_one_more() {
    let Some(redis) = redis("three_gateways_on_one_redis") else { return };
    let gateways = gateways(&redis).await;
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA);
    let answered = gateways[2].planner().get(VEHICLES).await;
    answered.problem("quota_exceeded");
    assert_eq!(answered.header("ratelimit-policy"), "\"burst\";q=1000;w=1,\"sustained\";q=20;w=86400");
    assert!(answered.header("retry-after").parse::<u64>().expect("seconds") <= 86_400 / QUOTA as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_redis_each_gateway_admits_its_share_and_nobody_hears_an_error() {
    let Some(mut redis) = redis("without_redis_each_gateway_admits_its_share") else { return };
    let gateways = gateways(&redis).await;
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA);
    redis.stop();
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA.div_ceil(GATEWAYS) * GATEWAYS);
    redis.start_again().expect("it starts again");
    let after = admitted(&gateways, QUOTA).await;
    assert!(after <= QUOTA, "{after}: it came back without what it knew, which is one burst more and no second one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_that_was_never_there_stops_no_start() {
    let Some(mut redis) = redis("redis_that_was_never_there") else { return };
    redis.stop();
    let gateways = gateways(&redis).await;
    assert_eq!(admitted(&gateways, QUOTA).await, QUOTA.div_ceil(GATEWAYS) * GATEWAYS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quota_on_trial_is_counted_and_refuses_nobody() {
    let Some(redis) = redis("a_quota_on_trial") else { return };
    let gateway = [gateway(&redis, true).await];
    assert_eq!(admitted(&gateway, 2 * QUOTA).await, 2 * QUOTA);
    let answered = gateway[0].planner().get(VEHICLES).await;
    assert_eq!(answered.header("ratelimit-policy"), "\"burst\";q=1000;w=1");
}
