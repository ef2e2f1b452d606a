//! Reload: policies change while people work. A set is in force whole or not at all, and nobody who is being served
//! notices.

use crate::gateway::Gateway;
use axum::{body::Body, http::Request};
use haulgate::{
    admin,
    policy::{Mistakes, PolicyFiles, Taken, Watch},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::task::JoinSet;
use tower::ServiceExt;

const VEHICLES: &str = "/system/master-data/v1/vehicles";
const ORDERS: &str = "operations/process-orders.v1.toml";
const MASTER: &str = "operations/system-master-data.v1.toml";

/// A directory with the policies as they are.
fn written(files: &PolicyFiles, to: &Path) {
    let read = |path: &str| path.ends_with(".toml") || path.ends_with(".cedar");
    for (path, text) in files.all().filter(|(path, _)| read(path)) {
        let place = to.join(path);
        fs::create_dir_all(place.parent().expect("it lies in a folder")).expect("a folder");
        fs::write(place, text).expect("it is written");
    }
}

async fn policies_of_readyz(gateway: &Gateway) -> Value {
    let request = Request::get("/readyz").body(Body::empty()).expect("a request");
    let answer = admin::routes(gateway.app.clone()).oneshot(request).await.expect("it answers");
    assert_eq!(answer.status(), 200);
    let body = answer.into_body().collect().await.expect("it ends").to_bytes();
    serde_json::from_slice::<Value>(&body).expect("it is JSON")["policies"].clone()
}

fn rewrite(directory: &Path, file: &str, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(directory.join(file)).expect("it is there");
    fs::write(directory.join(file), change(&text)).expect("it is written");
}

on_both_databases! {

async fn a_changed_file_is_in_force_once_it_stands_still(database) {
    let gateway = Gateway::start(database).await;
    let directory = tempfile::tempdir().expect("a directory");
    written(&PolicyFiles::embedded(), directory.path());
    let mut watch = Watch::over(directory.path().to_owned());
    gateway.planner().get(VEHICLES).await.ok();
    assert!(watch.changed().is_none());

    rewrite(directory.path(), MASTER, |text| text.replace("master-data:read", "vehicles:read"));
    assert!(watch.changed().is_none(), "somebody may still be writing");
    let files = watch.changed().expect("it has changed, and stands still");
    assert_eq!(gateway.app.take_policies(files), Ok(Taken::Changed));
    let former = gateway.person("planner", "x", &json!({"scope": "master-data:read"}));
    former.get(VEHICLES).await.problem("scope_insufficient");
    gateway.planner().get(VEHICLES).await.ok();
    let published = gateway.erp().get("/openapi/system/master-data.v1.json").await.ok();
    assert_eq!(published["paths"][VEHICLES]["get"]["security"], json!([{"bearer": ["vehicles:read"]}]));
    assert!(watch.changed().is_none());
}

async fn a_broken_set_is_refused_with_all_its_mistakes_and_the_last_good_one_stays(database) {
    let gateway = Gateway::start(database).await;
    let directory = tempfile::tempdir().expect("a directory");
    written(&PolicyFiles::embedded(), directory.path());
    let mut watch = Watch::over(directory.path().to_owned());
    let good = policies_of_readyz(&gateway).await;
    assert_eq!(good["refused"], json!(null));

    rewrite(directory.path(), MASTER, |text| text.replace("[list_vehicles]", "[list_wagons]"));
    rewrite(directory.path(), ORDERS, |text| text.replacen("audit", "audti", 1));
    fs::write(directory.path().join("operations/process-order.v1.toml"), "").expect("it is written");
    fs::write(directory.path().join(".sla.toml.swp"), "an editor's own").expect("it is written");
    let Err(Mistakes(mistakes)) = gateway.app.take_policies(watch.read()) else { panic!("it is broken") };
    for expected in ["list_wagons", "list_vehicles (GET", "audti", "audit is missing", "process-order.v1"] {
        assert!(mistakes.iter().any(|mistake| mistake.contains(expected)), "{expected} in {mistakes:#?}");
    }
    let now = policies_of_readyz(&gateway).await;
    assert_eq!((&now["in_force"], &now["since"]), (&good["in_force"], &good["since"]));
    assert_eq!(now["refused"]["mistakes"], json!(mistakes));
    gateway.planner().get(VEHICLES).await.ok();

    written(&PolicyFiles::embedded(), directory.path());
    fs::remove_file(directory.path().join("operations/process-order.v1.toml")).expect("it was there");
    gateway.app.take_policies(watch.read()).expect("it is whole again");
    assert_eq!(policies_of_readyz(&gateway).await["refused"], json!(null));
    fs::remove_dir_all(directory.path().join("operations")).expect("it was there");
    assert!(gateway.app.take_policies(watch.read()).is_err(), "half of a set is none");
}

async fn a_sunset_that_was_announced_moves_no_earlier_while_the_gateway_runs(database) {
    let gateway = Gateway::start(database).await;
    let files = PolicyFiles::embedded();
    let products = files.get("products.toml").expect("the products");
    let moved = |to: &str| files.clone().with("products.toml", &products.replace("2027-06-30T23:59:59Z", to));
    gateway.app.take_policies(Ok(moved("2027-09-30T23:59:59Z"))).expect("later is allowed");
    let Err(Mistakes(mistakes)) = gateway.app.take_policies(Ok(files.clone())) else { panic!("it was promised") };
    assert!(mistakes[0].ends_with("its sunset was announced for 2027-09-30T23:59:59Z; it may only move later"), "{mistakes:?}");
}

async fn a_thousand_reloads_under_load_fail_nobody(database) {
    let gateway = Arc::new(Gateway::start(database).await);
    let (done, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut callers = JoinSet::new();
    for number in 0..16 {
        callers.spawn(call_until(gateway.clone(), number, done.clone(), answered.clone()));
    }
    let (reloaded, began) = (gateway.clone(), Instant::now());
    let refused = tokio::task::spawn_blocking(move || reload_a_thousand_times(&reloaded)).await.expect("it ends");
    let took = began.elapsed();
    done.store(true, Ordering::Relaxed);
    callers.join_all().await;
    let answered = answered.load(Ordering::Relaxed);
    println!("1000 reloads in {took:?}: {refused} refused, {answered} requests answered meanwhile, 0 failed");
    assert_eq!(refused, 100);
    assert!(answered > 1000, "only {answered} requests were answered meanwhile");
}

}

/// Nine in ten sets change something; one in ten is broken in a way of its own. Answers how many were refused.
fn reload_a_thousand_times(gateway: &Gateway) -> u32 {
    let (files, mut refused) = (PolicyFiles::embedded(), 0);
    let orders = files.get(ORDERS).expect("the policies of orders").to_owned();
    for turn in 1..=1000_u32 {
        let changed = match (turn % 10, turn % 30) {
            (0, 0) => orders.replace("[get_order]", "[fetch_order]"),
            (0, 10) => orders.replacen("scope", "scop", 1),
            (0, _) => orders[..orders.len() / 2].to_owned() + "[",
            _ => orders.replacen("deadline_ms = 5000", &format!("deadline_ms = {}", 5000 + turn), 1),
        };
        let taken = gateway.app.take_policies(Ok(files.clone().with(ORDERS, &changed)));
        match taken {
            Ok(taken) => assert_eq!((taken, turn % 10 == 0), (Taken::Changed, false)),
            Err(_) => refused += 1,
        }
    }
    refused
}

/// Reads and writes as fast as it is answered; every answer has to be a good one.
async fn call_until(gateway: Arc<Gateway>, number: u32, done: Arc<AtomicBool>, answered: Arc<AtomicU64>) {
    let (planner, id) = (gateway.planner(), format!("veh_{number}"));
    let vehicle = format!("{VEHICLES}/{id}");
    let mut revision = 0;
    while !done.load(Ordering::Relaxed) {
        revision += 1;
        let record = json!({"id": id, "name": "A van", "region": "reg_north", "capacity_grams": 900_000});
        let body = json!({"revision": revision, "record": record});
        let put = planner.put(&vehicle, &body).await;
        assert!(put.status < 300, "{}", put.text());
        planner.get(&vehicle).await.ok();
        answered.fetch_add(2, Ordering::Relaxed);
    }
}
