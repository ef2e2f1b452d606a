//! A yard for the relay's stories: a ledger, the sandbox, a clock that is held, use cases that do as they are told.

use crate::databases::{Database, morning};
use async_trait::async_trait;
use haulgate::{
    clock::Clock,
    config::Settings,
    domain::{
        decision::{Rules, Run, Visit},
        delivery::{Incoming, receive_report},
        effect::Effect,
        id::{ExceptionId, TaskId},
        order::{self, Findings, Order, OrderContent},
        proof::{ProofKind, ProofRef},
        report::{Handover, Report, Reported},
        route::{self, Plan, PlannedLeg},
        time::Window,
    },
    ids,
    relay::{Above, Chore, Desk, Failed, Relay, RelaySettings, Rulebook},
    sandbox::{Sandbox, SandboxOptions},
    store::{Change, ContractStamp, Origin, Store, Task, TaskStatus},
    system::{By, Connectors, Errand},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::sync::{Arc, LazyLock, Mutex};
use tempfile::TempDir;
use tokio::sync::{Barrier, Notify};

pub static RULES: LazyLock<Rulebook> = LazyLock::new(|| Rulebook {
    taxonomy: toml::from_str(include_str!("../../../policies/exceptions.toml")).expect("the taxonomy"),
    proof: toml::from_str(include_str!("../../../policies/proof.toml")).expect("the proof policy"),
});

pub struct Yard {
    pub store: Store,
    pub clock: Clock,
    pub sandbox: Sandbox,
    pub relay: Relay,
    pub above: Arc<Dispatcher>,
    _folder: TempDir,
    _database: Database,
}

/// A batch whose lines are never over.
pub const HUNG: &str = "bat_hung";

/// Stands in for the use cases above the relay: notes what it was asked, and does what its next instruction says.
#[derive(Default)]
pub struct Dispatcher {
    pub done: Mutex<Vec<Effect>>,
    pub instructions: Mutex<Vec<Instruction>>,
    pub looked_after: Mutex<Vec<Chore>>,
    pub somebody_looked: Notify,
}

#[derive(Clone)]
pub enum Instruction {
    Fail(Failed),
    Panic,
    /// Waits until as many others are at it.
    Meet(Arc<Barrier>),
    Hang,
}

#[async_trait]
impl Above for Dispatcher {
    async fn work(&self, effect: &Effect, _: Origin, _: Errand) -> Result<(), Failed> {
        if matches!(effect, Effect::ReleaseLines { batch, .. } if batch.as_str() == HUNG) {
            std::future::pending::<()>().await;
        }
        let instruction = self.instructions.lock().expect("not poisoned").pop();
        match instruction {
            Some(Instruction::Fail(failed)) => return Err(failed),
            Some(Instruction::Panic) => panic!("the use case has a mistake"),
            Some(Instruction::Meet(barrier)) => {
                barrier.wait().await;
            }
            Some(Instruction::Hang) => std::future::pending().await,
            None => {}
        }
        self.done.lock().expect("not poisoned").push(effect.clone());
        Ok(())
    }

    async fn look_after(&self, chore: Chore, _: Origin, _: Errand) -> Result<(), Failed> {
        self.looked_after.lock().expect("not poisoned").push(chore);
        self.somebody_looked.notify_one();
        Ok(())
    }

    fn rules(&self) -> Rulebook {
        RULES.clone()
    }
}

impl Dispatcher {
    pub fn instruct(&self, times: usize, instruction: &Instruction) {
        self.instructions.lock().expect("not poisoned").extend(std::iter::repeat_n(instruction.clone(), times));
    }

    pub fn done(&self) -> Vec<Effect> {
        self.done.lock().expect("not poisoned").clone()
    }
}

impl Yard {
    pub async fn open(database: Database) -> Self {
        Self::open_with(database, |_| {}).await
    }

    pub async fn open_with(database: Database, set: impl FnOnce(&mut RelaySettings)) -> Self {
        haulgate::cli::install_crypto();
        let (store, clock) = database.store().await;
        let folder = tempfile::tempdir().expect("a folder");
        let options = SandboxOptions { clock: clock.clone(), ..SandboxOptions::in_directory(folder.path()) };
        let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
        let mut settings = Settings::read(None, std::iter::empty()).expect("the defaults").relay;
        set(&mut settings);
        let above = Arc::new(Dispatcher::default());
        let relay = relay(&store, &sandbox, &clock, settings, &above);
        Self { store, clock, sandbox, relay, above, _folder: folder, _database: database }
    }

    /// Another relay at the same ledger, with breakers that have seen nothing yet.
    pub fn another_relay(&self) -> Relay {
        let settings = Settings::read(None, std::iter::empty()).expect("the defaults").relay;
        relay(&self.store, &self.sandbox, &self.clock, settings, &self.above)
    }

    pub fn change(&self) -> Change {
        Change::new(Origin {
            correlation_id: "story".to_owned(),
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
            actor: "clerk".to_owned(),
            consumer: "back-office".to_owned(),
            operation: "tell_a_story".to_owned(),
            contract: ContractStamp::default(),
            now: self.clock.now(),
            region: None,
            verdict: None,
        })
    }

    pub async fn ask(&self, effects: impl IntoIterator<Item = Effect>) -> Vec<TaskId> {
        let mut change = self.change();
        let ids = effects.into_iter().map(|effect| change.effect(effect)).collect();
        self.store.commit(change).await.expect("committed");
        ids
    }

    pub async fn task(&self, id: &TaskId) -> Task {
        self.store.tasks().get(id).await.expect("read").expect("there is such a task")
    }

    pub async fn status(&self, id: &TaskId) -> TaskStatus {
        self.task(id).await.status
    }

    pub async fn only(&self, status: TaskStatus) -> Task {
        let mut all = self.store.tasks().list(status, None, &[], None, 10).await.expect("read");
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    /// A person decides on a dead letter.
    pub async fn rule(&self, id: &TaskId, decide: impl FnOnce(&mut Change, &Task) -> Task) {
        let (mut change, dead) = (self.change(), self.task(id).await);
        decide(&mut change, &dead);
        self.store.commit(change).await.expect("it is a dead letter");
    }

    pub fn wait(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    /// An order that was driven out and handed over, as the use cases leave it: the posting is asked for.
    pub async fn deliver(&self, number: &str, what: Reported) -> Visit {
        let visit = on_the_road(number);
        self.sandbox.erp.add_order(&visit.order.content);
        let mut change = self.change();
        let received = receive_report(visit.clone(), said(&visit, "evt-1", what), rules(), self.clock.now());
        let received = received.expect("taken");
        let Visit { order, shipment, stop } = received.visit.clone();
        change.create(order);
        change.create(shipment);
        change.create(stop);
        self.store.follow(&mut change, received.follows).await.expect("written");
        self.store.commit(change).await.expect("committed");
        received.visit
    }

    /// Another word of the driver about a visit.
    pub async fn report(&self, visit: &Visit, event: &str, what: Reported) {
        let order = self.store.load_fresh::<Order>(visit.order.id.as_str()).await.expect("read").expect("there");
        let shipment = self.store.load_fresh(visit.shipment.id.as_str()).await.expect("read").expect("there");
        let stop = self.store.load_fresh(visit.stop.id.as_str()).await.expect("read").expect("there");
        let now = Visit {
            order: order.state.clone(),
            shipment: Clone::clone(&shipment.state),
            stop: Clone::clone(&stop.state),
        };
        let received = receive_report(now.clone(), said(&now, event, what), rules(), self.clock.now()).expect("taken");
        let mut change = self.change();
        change.replace(&order, received.visit.order);
        change.replace(&shipment, received.visit.shipment);
        change.replace(&stop, received.visit.stop);
        self.store.follow(&mut change, received.follows).await.expect("written");
        self.store.commit(change).await.expect("committed");
    }
}

fn relay(store: &Store, sandbox: &Sandbox, clock: &Clock, settings: RelaySettings, above: &Arc<Dispatcher>) -> Relay {
    let connectors = Connectors::open(&sandbox.settings, By::Relay.at(clock.clone())).expect("the connectors open");
    let (store, clock, above) = (store.clone(), clock.clone(), above.clone());
    let public_url = "https://haulgate.example".to_owned();
    Relay::new(Desk { store, connectors, clock, settings, public_url, above })
}

fn rules() -> Rules<'static> {
    Rules { taxonomy: &RULES.taxonomy, proof: &RULES.proof }
}

pub fn handover(short: u32) -> Reported {
    let differences = if short == 0 { json!([]) } else { json!([{"line": 1, "short": short}]) };
    Reported::HandedOver(
        serde_json::from_value(json!({"differences": differences, "proofs": [photo()]})).expect("a hand-over"),
    )
}

/// The same without the photo it takes: the invoice waits, so that the driver may still say otherwise.
pub fn unproven(short: u32) -> Reported {
    match handover(short) {
        Reported::HandedOver(handover) => Reported::HandedOver(Handover { proofs: Vec::new(), ..handover }),
        other => other,
    }
}

fn photo() -> ProofRef {
    let (kind, media_type) = (ProofKind::Photo, "image/jpeg".to_owned());
    ProofRef { sha256: "a".repeat(64), kind, media_type, taken_at: morning(), position: None }
}

/// By the route's driver at the door, the photo being there already.
fn said(visit: &Visit, event: &str, what: Reported) -> Incoming {
    let at = morning() + SignedDuration::from_mins(event.trim_start_matches("evt-").parse().unwrap_or(0));
    let mut report = Report::received(event, at.min(morning()), what, morning());
    report.position = Some(visit.stop.position);
    let quarantine = ExceptionId::from_token(event);
    let (driver, stored) = (visit.stop.driver.clone(), [photo().sha256].into());
    Incoming { report, by: "drv_ana".into(), driver, stored, quarantine, whole: json!({}) }
}

fn content(number: &str) -> OrderContent {
    serde_json::from_value(json!({
        "number": number, "party": "pty_baker", "region": "reg_north",
        "lines": [{"line": 1, "item": "itm_flour", "description": "Flour", "quantity": 10, "weight_grams": 10_000}],
        "address": {"name": "Baker", "street": "Mill Lane 1", "postal_code": "20095", "city": "Hamburg", "country": "DE",
            "position": {"latitude": 53.55, "longitude": 10.0}},
        "window": {"from": at(-60), "until": at(480)},
        "value": {"minor": 12_000, "currency": "EUR"},
    }))
    .expect("an order")
}

fn at(minutes: i64) -> Timestamp {
    morning() + SignedDuration::from_mins(minutes)
}

fn on_the_road(number: &str) -> Visit {
    let released = order::release(ids::order_id(number), content(number), Findings::default(), rules(), at(-120));
    let released = released.expect("released").state;
    let planned = Window { from: at(-30), until: at(30) };
    let leg = PlannedLeg { shipment: released.shipments[0].id.clone(), planned, service_seconds: 600 };
    let plan = Plan {
        id: format!("rte_{number}").into(),
        region: "reg_north".into(),
        day: jiff::civil::date(2026, 11, 23),
        revision: 1,
        vehicle: "veh_1".into(),
        driver: Some("drv_ana".into()),
        carrier: None,
        depot: released.shipments[0].address.position,
        shift: Window { from: at(-90), until: at(600) },
        legs: vec![leg],
        distance_metres: 12_000,
    };
    let run = route::publish(None, Vec::new(), released.shipments, vec![released.order], plan, at(-90));
    let run = route::dispatch(run.expect("published").state, at(-60)).expect("dispatched").state;
    let Run { mut stops, mut shipments, mut orders, .. } = run;
    Visit { order: orders.remove(0), shipment: shipments.remove(0), stop: stops.remove(0) }
}
