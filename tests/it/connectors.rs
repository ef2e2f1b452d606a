//! The connectors against the sandbox, over the real wire formats.

mod erp;
mod faults;
mod fleet;
mod outside;

use haulgate::{
    domain::{
        customer::Preferences,
        id::{ItemId, PartyId},
        order::{Constraints, OrderContent, OrderKind, OrderLine},
        place::{Address, Position},
        quantity::Money,
        time::Window,
    },
    sandbox::{Sandbox, SandboxOptions},
    system::{Connectors, Errand, SystemSettings, Trouble, TroubleKind},
};
use std::{ops::Deref, time::Duration};

/// A sandbox of one's own, and the connectors to it.
struct World {
    sandbox: Sandbox,
    connectors: Connectors,
    _directory: tempfile::TempDir,
}

impl Deref for World {
    type Target = Sandbox;
    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl World {
    async fn open() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut SystemSettings)) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let mut sandbox = Sandbox::start(SandboxOptions::in_directory(directory.path())).await.expect("a sandbox");
        change(&mut sandbox.settings);
        let connectors =
            Connectors::open(&sandbox.settings, haulgate::system::By::Api.at(haulgate::clock::Clock::System))
                .expect("sound settings");
        Self { sandbox, connectors, _directory: directory }
    }

    /// Connectors that know nothing of what happened before, as after a restart.
    fn reopen(&mut self) {
        let opened =
            Connectors::open(&self.sandbox.settings, haulgate::system::By::Api.at(haulgate::clock::Clock::System));
        self.connectors = opened.expect("sound settings");
    }

    /// A sale of ten boxes at 20.00 each, with credit and stock for it.
    fn sale(&self, number: &str) -> OrderContent {
        let order = order(number);
        self.erp.add_party(&order.party, "Bakery Sol", Some(100_000), 0);
        self.erp.add_product(&item(), 100.0);
        self.erp.add_sale(number, &order.party, &[(item(), 10)], order.value.minor);
        order
    }
}

fn errand() -> Errand {
    errand_within(10_000)
}

fn errand_within(milliseconds: u64) -> Errand {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    Errand::within(Duration::from_millis(milliseconds), "cor-1", traceparent)
}

fn item() -> ItemId {
    ItemId::from("itm_box")
}

fn window(from: &str, until: &str) -> Window {
    let at = |time: &str| format!("2026-11-24T{time}:00Z").parse().expect("an instant");
    Window { from: at(from), until: at(until) }
}

fn position(latitude: f64, longitude: f64) -> Position {
    Position { latitude, longitude }
}

fn order(number: &str) -> OrderContent {
    OrderContent {
        number: number.to_owned(),
        party: PartyId::from("pty_sol"),
        region: "reg_eu".into(),
        kind: OrderKind::Delivery,
        lines: vec![OrderLine {
            line: 1,
            item: item(),
            description: "Boxes".to_owned(),
            quantity: 10,
            weight_grams: 5_000,
            drop: 1,
        }],
        address: Address {
            name: "Bakery Sol".to_owned(),
            street: "Calle Mayor 1".to_owned(),
            postal_code: "28001".to_owned(),
            city: "Madrid".to_owned(),
            country: "ES".to_owned(),
            position: position(40.41, -3.70),
        },
        window: window("08:00", "12:00"),
        constraints: Constraints::default(),
        value: Money { minor: 20_000, currency: "EUR".to_owned() },
    }
}

fn is_refused(trouble: &Trouble, with: &str) -> bool {
    matches!(&trouble.kind, TroubleKind::Refused { code, .. } if *code == with)
}

#[tokio::test]
async fn every_mistake_in_the_settings_is_listed_at_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut settings =
        Sandbox::start(SandboxOptions::in_directory(directory.path())).await.expect("a sandbox").settings.clone();
    settings.erp.url = "nonsense".to_owned();
    settings.warehouse.url = "ftp://example.org".to_owned();
    settings.proofs.link_secret = "short".into();
    let mistakes = Connectors::open(&settings, haulgate::system::By::Api.at(haulgate::clock::Clock::System))
        .err()
        .expect("mistakes");
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
}

#[tokio::test]
async fn preferences_picks_and_the_state_of_each_connector_are_answered() {
    let world = World::open().await;
    let (party, unknown) = (PartyId::from("pty_sol"), PartyId::from("pty_none"));
    let preferences = Preferences { neighbour: Some("No. 3".to_owned()), ..Preferences::default() };
    world.customers.prefer(&party, preferences.clone());
    world.warehouse.picked("SO-1", &[(1, 9)]);
    let customers = &world.connectors.customers;
    assert_eq!(customers.get_preferences(&errand(), &party).await.expect("answered"), Some(preferences));
    assert_eq!(customers.get_preferences(&errand(), &unknown).await.expect("answered"), None);
    let picked = world.connectors.warehouse.get_pick_status(&errand(), "SO-1").await.expect("answered");
    assert_eq!(picked.lines[0].picked, 9);
    let names: Vec<_> = world.connectors.states().into_iter().map(|state| state.name).collect();
    assert_eq!(names, ["erp", "planner", "proofs", "warehouse", "telematics", "customers", "mail"]);
}
