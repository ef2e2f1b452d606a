//! A gateway to tell stories with: the production router with every layer, the sandbox behind it, a clock that is
//! held, and the people who call. Every answer is held against its contract; one that departs fails the story.

use crate::{
    databases::Database,
    people::{Answered, Person},
};
use axum::{Router, body::Body, http::Request};
use haulgate::{
    app::{App, Start},
    cli::install_crypto,
    clock::Clock,
    config::Settings,
    policy::{KeySource, PolicyFiles},
    sandbox::{Sandbox, SandboxOptions},
    spawn::Background,
    store::{Store, StoreSettings},
    system::{By, Connectors, keys::key_source},
};
use http_body_util::BodyExt;
use jiff::Timestamp;
use serde_json::json;
use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};
use tempfile::TempDir;
use tower::ServiceExt;

/// When every story begins: a Monday, eight o'clock in the morning.
pub const MORNING: &str = "2026-11-23T08:00:00Z";

pub struct Gateway {
    pub app: App,
    pub clock: Clock,
    pub sandbox: Sandbox,
    service: Router,
    keys: AtomicU64,
    _directory: TempDir,
    _database: Database,
}

impl Gateway {
    /// A gateway over this database, with everything behind it in place.
    pub async fn start(database: Database) -> Self {
        Self::start_with(database, PolicyFiles::embedded(), |_| {}).await
    }

    /// One with other policies or settings.
    pub async fn start_with(database: Database, policies: PolicyFiles, set: impl FnOnce(&mut Settings)) -> Self {
        Self::start_keyed(database, policies, key_source(), set).await
    }

    /// One whose issuers' keys come from elsewhere.
    pub async fn start_keyed(
        database: Database,
        policies: PolicyFiles,
        keys: KeySource,
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        install_crypto();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let clock = Clock::held_at(MORNING.parse::<Timestamp>().expect("an instant"));
        let sandbox = sandbox(directory.path(), &clock).await;
        let store = Store::open(&database.settings(), clock.clone()).await.expect("the database opens");
        store.migrate().await.expect("the database migrates");
        let settings = settings(database.settings(), &sandbox, set);
        let connectors = Connectors::open(&settings.systems, By::Api.at(clock.clone())).expect("the connectors open");
        let background = Background::default();
        let start = Start { settings, clock: clock.clone(), store, connectors, policies, keys, background };
        let app = App::start(start).await.unwrap_or_else(|error| panic!("{error}"));
        let service = app.service();
        Self { app, clock, sandbox, service, keys: AtomicU64::default(), _directory: directory, _database: database }
    }

    pub fn erp(&self) -> Person<'_> {
        self.person("erp", "system:erp", &json!({}))
    }

    pub fn planner(&self) -> Person<'_> {
        self.person("planner", "system:planner", &json!({}))
    }

    pub fn dispatch(&self) -> Person<'_> {
        self.person("dispatch", "dana", &json!({}))
    }

    pub fn control_room(&self) -> Person<'_> {
        self.person("control-room", "carl", &json!({}))
    }

    /// A driver with the app in hand, such as `drv_ana`.
    pub fn driver(&self, driver: &str) -> Person<'_> {
        self.person("driver-app", driver, &json!({ "driver": driver }))
    }

    /// A partner's portal: `acme` or `globex`.
    pub fn partner(&self, name: &str) -> Person<'_> {
        self.person(&format!("partner-{name}"), "portal", &json!({}))
    }

    /// Whoever calls as this consumer; extra claims go into the token, and a scope among them replaces all others.
    pub fn person(&self, consumer: &str, subject: &str, claims: &serde_json::Value) -> Person<'_> {
        let mut all = json!({
            "aud": "haulgate", "client_id": consumer, "sub": subject, "scope": self.app.law().scopes_of(consumer),
        });
        for (name, value) in claims.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        Person::new(self, self.sandbox.issuer.token(&all))
    }

    /// A key nobody has used.
    pub fn fresh_key(&self) -> String {
        format!("story-key-{:08}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// Has the relay work off whatever is due; answers how many deliveries it took.
    pub async fn work_off(&self) -> usize {
        self.app.relay().work_off().await
    }

    /// Knocks at the door.
    pub async fn knock(&self, request: Request<Body>) -> Answered {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let response = self.service.clone().oneshot(request).await.expect("the router does not fail");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("the answer ends").to_bytes();
        let answered = Answered { status: parts.status.as_u16(), headers: parts.headers, body };
        crate::contracts::hold(&self.app, &method, &path, &answered);
        crate::audits::hold(&self.app, &method, &path, &answered).await;
        answered
    }

    /// Knocks, and gives the answer while it is still being said: for streams.
    pub async fn listen(&self, request: Request<Body>) -> axum::response::Response {
        self.service.clone().oneshot(request).await.expect("the router does not fail")
    }
}

async fn sandbox(directory: &Path, clock: &Clock) -> Sandbox {
    let options = SandboxOptions { clock: clock.clone(), ..SandboxOptions::in_directory(directory.join("sandbox")) };
    Sandbox::start(options).await.expect("the sandbox starts")
}

fn settings(database: StoreSettings, sandbox: &Sandbox, set: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::read(None, std::iter::empty()).expect("the defaults are valid");
    settings.database = database;
    settings.systems = sandbox.settings.clone();
    settings.auth.issuers[0].issuer = sandbox.issuer.url().to_owned();
    settings.auth.issuers[0].jwks_url = sandbox.issuer.jwks_url();
    set(&mut settings);
    settings
}
