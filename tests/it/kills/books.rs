//! What has to be true once the trouble is over: what was acknowledged is there and is answered again byte for byte,
//! every task arrived under its own id, every effect happened once, nothing was changed by half.

use super::{
    client::{Caller, text},
    house::House,
    journal::{Answer, Asked, Expected},
};
use futures_util::{StreamExt, stream};
use haulgate::{
    app::App,
    domain::{
        order::{Order, OrderState, ShipmentOutcome},
        route::{Route, RouteState},
        shipment::{Shipment, ShipmentState},
        stop::{Stop, StopState},
    },
    store::{Entity, EventRow, Loaded, Task, TaskStatus},
};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const AT_ONCE: usize = 8;
/// A failed webhook is tried again after hours; whoever holds the clock need not wait for them.
const HOURS: usize = 24;

/// Every acknowledged answer is given again, byte for byte, by whichever process is asked.
pub async fn answers_stand(house: &House) {
    let caller = Caller::new(house, String::new(), 0);
    let said = house.journal.answers();
    let asking = said.iter().map(|(asked, first)| stands(&caller, asked, first));
    stream::iter(asking).buffer_unordered(AT_ONCE).collect::<()>().await;
}

async fn stands(caller: &Caller<'_>, asked: &Asked, first: &Answer) {
    let mut again = asked.clone();
    // An artifact is kept under its hash: whether it is there can be asked without sending it.
    if asked.key.is_none() && asked.method == Method::PUT {
        (again.method, again.body) = (Method::HEAD, Vec::new());
    }
    let now = caller.until_answered(&again).await;
    match (&asked.key, asked.method == Method::POST) {
        (Some(_), _) => assert_eq!(text(&now), text(first), "{} {}", asked.method, asked.path),
        (None, true) => {
            let synced: Value = serde_json::from_slice(&now.body).expect("an outcome each");
            let items = synced["items"].as_array().expect("an outcome each");
            assert!(items.iter().all(|item| item["outcome"] == "duplicate"), "acknowledged and forgotten: {synced}");
        }
        (None, false) => assert_eq!(now.status, 204, "acknowledged and gone: {}", asked.path),
    }
}

/// Delivers what is left, until nothing is; there are no dead letters.
pub async fn work_off(house: &House, app: &App) {
    let tasks = app.store.tasks();
    for _ in 0..HOURS {
        house.clock.advance(SignedDuration::from_hours(1));
        app.relay().work_off().await;
        if tasks.backlog(&[]).await.expect("a read").is_empty() {
            return;
        }
    }
    for status in [TaskStatus::Dead, TaskStatus::Waiting, TaskStatus::Leased] {
        let left = tasks.list(status, None, &[], None, 3).await.expect("a read");
        assert!(left.is_empty(), "not delivered: {left:#?}");
    }
}

/// The chains hold, from the first row to the last, whichever process wrote them.
pub async fn chains_hold(app: &App) {
    for lane in app.store.lanes_ever().await.expect("a read") {
        let check = app.store.verify_lane(lane, 0).await.expect("a read");
        assert_eq!(check.broken, None, "lane {lane}");
    }
}

/// Each delivery is where its driver left it, in the stop, the shipment, the order and the route alike.
pub async fn nothing_is_half_done(house: &House, app: &App) {
    for expected in house.journal.expectations() {
        let (order, shipment, stop) = of(app, &expected).await;
        let route = there::<Route>(app, &expected.route).await;
        let ended = (order.state.state, shipment.state.state, stop.state.state);
        let outcome = order.outcomes.get(&shipment.id).copied().flatten();
        if expected.delivered {
            let delivered = (OrderState::Invoiced, ShipmentState::Delivered, StopState::Completed);
            assert_eq!((ended, outcome), (delivered, Some(ShipmentOutcome::Delivered)), "{expected:?}");
            assert!(shipment.posted && order.invoice.number.is_some(), "{shipment:?}");
        } else {
            assert_eq!((ended.1, ended.2), (ShipmentState::Attempted, StopState::Failed), "{expected:?}");
        }
        assert_eq!(route.state.state, RouteState::Completed, "{expected:?}");
        assert_eq!(stop.reports.len(), 2, "each report once: {stop:?}");
        let versions = [
            (expected.order.as_str(), order.version),
            (&expected.shipment, shipment.version),
            (&expected.stop, stop.version),
        ];
        for (subject, version) in versions {
            versions_are_whole(app, subject, version).await;
        }
    }
}

/// One version is one change: all its events carry the name of the same request, and none is ahead of the state.
async fn versions_are_whole(app: &App, subject: &str, version: i64) {
    let events = app.store.events_of(subject, None, 1_000).await.expect("a read");
    let mut writers = BTreeMap::<i64, BTreeSet<String>>::new();
    for EventRow { subject_version, correlation_id, lane, .. } in events.into_iter().filter(|it| it.subject_version > 0)
    {
        assert!(subject_version <= version, "{subject} has an event of version {subject_version}, but is at {version}");
        writers.entry(subject_version).or_default().insert(format!("{correlation_id} on lane {lane}"));
    }
    let torn = writers.iter().find(|(_, writers)| writers.len() > 1);
    assert!(torn.is_none(), "{subject}: one version, several changes: {torn:?}");
}

async fn of(app: &App, expected: &Expected) -> (Loaded<Order>, Loaded<Shipment>, Loaded<Stop>) {
    (there(app, &expected.order).await, there(app, &expected.shipment).await, there(app, &expected.stop).await)
}

async fn there<E: Entity>(app: &App, id: &str) -> Loaded<E> {
    app.store.load_fresh::<E>(id).await.expect("a read").unwrap_or_else(|| panic!("acknowledged and gone: {id}"))
}

/// The ERP, which does everything as often as it is told to, was told once.
pub fn the_erp_was_told_once(house: &House) {
    let expected = house.journal.expectations();
    let delivered: BTreeSet<_> = expected.iter().filter(|one| one.delivered).map(|one| one.stop.clone()).collect();
    let posted: Vec<_> = house.sandbox.erp.deliveries().into_iter().map(|one| one.reference).collect();
    let once: BTreeSet<_> = posted.iter().cloned().collect();
    assert_eq!((posted.len(), &once), (delivered.len(), &delivered), "posted twice, or not at all");
    let invoiced: Vec<_> = house.sandbox.erp.invoices().into_iter().map(|one| one.order).collect();
    assert_eq!(invoiced.len(), invoiced.iter().collect::<BTreeSet<_>>().len(), "invoiced twice");
    let effects = house.sandbox.erp.effects();
    let (all, done) = (expected.len() as u64, delivered.len() as u64);
    let counted = (effects.confirmed, effects.deliveries, effects.invoices, effects.attachments, effects.cancelled);
    assert_eq!(counted, (all, done, done, done, 0), "confirmed, delivered, invoiced, attached, cancelled");
}

/// Every notification arrived under its task's id, and whatever came under one id came with the same body.
pub async fn every_task_arrived_under_its_id(house: &House, app: &App) {
    let mut bodies = BTreeMap::<String, Value>::new();
    let mut tasks = BTreeMap::<String, String>::new();
    for message in house.sandbox.receiver.received() {
        let task = message.idempotency_key.unwrap_or_default().trim_matches('"').to_owned();
        let first = bodies.entry(message.id.clone()).or_insert_with(|| message.body.clone());
        assert_eq!(*first, message.body, "one id, two messages");
        let event = tasks.entry(task).or_insert_with(|| message.id.clone());
        assert_eq!(*event, message.id, "one task, two messages");
    }
    let done = done(app, "deliver_webhook").await;
    let arrived: BTreeSet<_> = tasks.keys().cloned().collect();
    assert_eq!(arrived, done.iter().map(|task| task.id.to_string()).collect(), "tasks, and what arrived of them");
    assert_eq!(house.sandbox.receiver.refused(), 0);
}

async fn done(app: &App, kind: &str) -> Vec<Task> {
    let (tasks, mut all) = (app.store.tasks(), Vec::<Task>::new());
    loop {
        let after = all.last().map(|task| task.id.clone());
        let more = tasks.list(TaskStatus::Done, Some(kind), &[], after.as_ref(), 500).await.expect("a read");
        if more.is_empty() {
            return all;
        }
        all.extend(more);
    }
}

/// The partner wants to be told of what was delivered and invoiced.
pub async fn subscribe(house: &House) {
    let partner = Caller::new(house, house.token("partner-acme", "portal", &json!({})), 0);
    let wanted = json!({
        "url": house.sandbox.receiver.url("acme"), "milestones": ["delivery.completed", "invoice.released"],
    });
    let made = partner.post("/experience/partner/v1/webhooks", "the-webhook", &wanted).await;
    house.sandbox.receiver.trust(made["secret"].as_str().expect("it is told once"));
}
