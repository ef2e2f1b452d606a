//! What is measured: the application as `serve` runs it, without a relay, over a day of orders on the road that is laid
//! into the ledger as the domain decides it; and a bare handler beside it.

use crate::{
    databases::Database,
    wire::{Heard, ask},
};
use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::IntoResponse,
    routing::get,
};
use futures_util::{StreamExt, stream};
use haulgate::{
    app::{App, Start},
    cli::{install_crypto, serve},
    clock::Clock,
    config::Settings,
    domain::{
        decision::Rules,
        id::{ShipmentId, StopId},
        order::{Findings, OrderContent, release},
        place::Position,
        route::{Plan, PlannedLeg, dispatch, publish},
        shipment::Shipment,
        time::Window,
    },
    ids::{fresh_token, order_id, sha256},
    policy::PolicyFiles,
    sandbox::{Sandbox, SandboxOptions},
    spawn::Background,
    store::{Change, ContractStamp, Grouping, Origin, Store, StoreSettings},
    system::{By, Connectors, keys::key_source},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tempfile::TempDir;
use tokio::task::JoinHandle;

const DRIVER: &str = "drv_ana";
/// Stops on a route.
const STOPS: usize = 50;

pub struct World {
    pub address: SocketAddr,
    pub app: App,
    sandbox: Sandbox,
    serving: JoinHandle<()>,
    _directory: TempDir,
}

impl World {
    pub async fn start(database: &Database, group_commit: Grouping, group_reads: Grouping) -> Self {
        Self::start_with(database, group_commit, group_reads, &[], |_| {}).await
    }

    /// One with other settings, in which the quotas of some tiers are as they are written.
    pub async fn start_with(
        database: &Database,
        group_commit: Grouping,
        group_reads: Grouping,
        kept: &[&str],
        set: impl FnOnce(&mut Settings),
    ) -> Self {
        install_crypto();
        let directory = tempfile::tempdir().expect("a folder");
        let sandbox = SandboxOptions::in_directory(directory.path().join("sandbox"));
        let sandbox = Sandbox::start(sandbox).await.expect("the sandbox starts");
        let defaults = StoreSettings::at(&database.url);
        // One transaction a request gets a pool of 16 on PostgreSQL; SQLite has one writer either way.
        let alone = group_commit == Grouping::Off;
        let batches_in_flight = if alone { 16 } else { defaults.batches_in_flight };
        let mut settings = Settings::read(None, std::iter::empty()).expect("the defaults are valid");
        settings.database = StoreSettings { group_commit, group_reads, batches_in_flight, ..defaults };
        settings.systems = sandbox.settings.clone();
        settings.auth.issuers[0].issuer = sandbox.issuer.url().to_owned();
        settings.auth.issuers[0].jwks_url = sandbox.issuer.jwks_url();
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        (settings.server.listen, settings.server.admin_listen) = (any, any);
        set(&mut settings);
        let app = app(settings, kept).await;
        let bound = serve::bind(&app).await.unwrap_or_else(|failure| panic!("{}", failure.message));
        let (address, running) = (bound.0.1, app.clone());
        let serving = Background::default().spawn(async move {
            let served = serve::until_stopped(&running, bound, None).await;
            served.unwrap_or_else(|failure| panic!("{}", failure.message));
        });
        Self { address, app, sandbox, serving, _directory: directory }
    }

    pub async fn stop(self) {
        self.app.background.stop();
        self.serving.await.expect("it ends in good order");
    }

    /// As many confirmations as requests, each of a stop of its own under a key of its own.
    pub async fn confirmations(&self, count: usize) -> Vec<Vec<u8>> {
        let token = self.token("driver-app", DRIVER, "driver", json!({ "driver": DRIVER }));
        let stops: Vec<_> = self.lay(count).await.into_iter().map(|(stop, _)| stop).take(count).collect();
        stops.iter().map(|stop| self.confirmation(stop, &token)).collect()
    }

    fn confirmation(&self, stop: &StopId, token: &str) -> Vec<u8> {
        let (key, at) = (fresh_token(), Timestamp::to_string(&self.app.clock.now()));
        let photo =
            json!({"sha256": sha256(key.as_bytes()), "kind": "photo", "media_type": "image/jpeg", "taken_at": at});
        let body = json!({
            "event": key, "occurred_at": at, "position": {"latitude": 53.55, "longitude": 10.0},
            "handover": {"received_by": "M. Krause", "proofs": [photo]},
        });
        let body = body.to_string();
        let path = format!("/experience/driver/v1/stops/{stop}/confirmation");
        let more = format!(
            "idempotency-key: \"{key}\"\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        );
        [head("POST", &path, token, &more), body.into_bytes()].concat()
    }

    pub async fn one_shipment(&self) -> ShipmentId {
        self.lay(1).await.swap_remove(0).1
    }

    /// A portal's question where the shipment is, with the tag of the answer it has or without.
    pub async fn status_read(&self, shipment: &ShipmentId, conditional: bool) -> Vec<u8> {
        let token = self.portal_token();
        let path = format!("/experience/partner/v2/shipments/{shipment}");
        let plain = head("GET", &path, &token, "");
        if !conditional {
            return plain;
        }
        let tag = ask(self.address, &plain).await.header("etag").expect("it has a version").to_owned();
        head("GET", &path, &token, &format!("if-none-match: {tag}\r\n"))
    }

    pub fn portal_token(&self) -> String {
        self.token("partner-acme", "portal", "partner", json!({}))
    }

    /// A listener of the same kind with a handler that returns these bytes, whoever asks.
    pub async fn bare(&self, answer: &Heard) -> SocketAddr {
        let status = StatusCode::from_u16(answer.status).expect("a status");
        let made_anew = ["content-length", "date"];
        let fields = answer.head.iter().filter(|(name, _)| !made_anew.contains(&name.as_str()));
        let field = |(name, value): &(String, String)| {
            (HeaderName::try_from(name).expect("a name"), HeaderValue::try_from(value).expect("a value"))
        };
        let (fields, body) = (HeaderMap::from_iter(fields.map(field)), Bytes::from(answer.body.clone()));
        let same = async move || (status, fields.clone(), body.clone()).into_response();
        let router = Router::new().route("/experience/partner/v2/shipments/{shipment}", get(same));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(Background::default().spawn(async move { axum::serve(listener, router).await }));
        address
    }

    pub fn token(&self, consumer: &str, subject: &str, scope: &str, more: Value) -> String {
        let mut claims = json!({"aud": "haulgate", "client_id": consumer, "sub": subject, "scope": scope});
        for (name, value) in more.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.sandbox.issuer.token(&claims)
    }

    /// At least so many stops under way, route by route.
    async fn lay(&self, count: usize) -> Vec<(StopId, ShipmentId)> {
        let routes = (0..count.div_ceil(STOPS)).map(|_| self.lay_route());
        stream::iter(routes).buffer_unordered(8).collect::<Vec<_>>().await.concat()
    }

    async fn lay_route(&self) -> Vec<(StopId, ShipmentId)> {
        let law = self.app.law();
        let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
        let (now, name) = (self.app.clock.now(), fresh_token());
        let (mut orders, mut shipments) = (Vec::new(), Vec::new());
        for number in 1..=STOPS {
            let content = content(&format!("{}-{number}", &name[16..]), now);
            let id = order_id(&content.number);
            let released = release(id, content, Findings::default(), rules, now).expect("it is released").state;
            orders.push(released.order);
            shipments.extend(released.shipments);
        }
        let run = publish(None, Vec::new(), shipments.clone(), orders, plan(&name, &shipments, now), now);
        let run = dispatch(run.expect("it is published").state, now).expect("it leaves").state;
        let laid = run.stops.iter().map(|stop| (stop.id.clone(), stop.shipment.clone())).collect();
        let mut change = Change::new(origin(now));
        change.create(run.route);
        for stop in run.stops {
            change.create(stop);
        }
        for shipment in run.shipments {
            change.create(shipment);
        }
        for order in run.orders {
            change.create(order);
        }
        self.app.store.commit(change).await.expect("it is written");
        laid
    }
}

/// Quotas are left as many as nobody can use up, but for the tiers that keep theirs; those of operations are lifted.
fn policies(kept: &[&str]) -> PolicyFiles {
    let files = PolicyFiles::embedded();
    let mut consumers: toml::Table = toml::from_str(files.get("consumers.toml").expect("a file")).expect("a table");
    let tiers = consumers["tiers"].as_table_mut().expect("tiers");
    let tiers = tiers.iter_mut().filter(|(name, _)| !kept.contains(&name.as_str()));
    let quotas = tiers.flat_map(|(_, tier)| tier.as_table_mut().expect("a tier"));
    for (_, limit) in quotas.flat_map(|(_, quota)| quota.as_table_mut().expect("a quota")) {
        limit["requests"] = toml::Value::Integer(10_000_000);
        limit["seconds"] = toml::Value::Integer(1);
    }
    let quotas: toml::Table = toml::from_str(files.get("quotas.toml").expect("a file")).expect("a table");
    let lifted = quotas.keys().map(|name| format!("{name} = {{}}\n")).collect::<String>();
    files.with("consumers.toml", &consumers.to_string()).with("quotas.toml", &lifted)
}

async fn app(settings: Settings, kept: &[&str]) -> App {
    let clock = Clock::System;
    let store = Store::open(&settings.database, clock.clone()).await.expect("the ledger opens");
    store.migrate().await.expect("it migrates");
    let connectors = Connectors::open(&settings.systems, By::Api.at(clock.clone())).expect("the connectors open");
    let (keys, background, policies) = (key_source(), Background::default(), policies(kept));
    App::start(Start { settings, clock, store, connectors, policies, keys, background })
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

fn head(method: &str, path: &str, token: &str, more: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {token}\r\n{more}\r\n").into_bytes()
}

fn content(number: &str, now: Timestamp) -> OrderContent {
    serde_json::from_value(json!({
        "number": number, "party": "pty_acme", "region": "reg_north",
        "lines": [
            {"line": 1, "item": "itm_flour", "description": "Flour", "quantity": 10, "weight_grams": 10_000},
            {"line": 2, "item": "itm_salt", "description": "Salt", "quantity": 4, "weight_grams": 4_000},
        ],
        "address": {"name": "Acme", "street": "Mill Lane 1", "postal_code": "20095", "city": "Hamburg", "country": "DE",
            "position": {"latitude": 53.55, "longitude": 10.0}},
        "window": {"from": now - SignedDuration::from_hours(1), "until": now + SignedDuration::from_hours(8)},
        "value": {"minor": 12_000, "currency": "EUR"},
    }))
    .expect("an order")
}

fn plan(name: &str, shipments: &[Shipment], now: Timestamp) -> Plan {
    let window = Window { from: now - SignedDuration::from_hours(1), until: now + SignedDuration::from_hours(8) };
    let leg = |shipment: &Shipment| PlannedLeg { shipment: shipment.id.clone(), planned: window, service_seconds: 300 };
    Plan {
        id: format!("rte_{name}").into(),
        region: "reg_north".into(),
        day: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        revision: 1,
        vehicle: "veh_1".into(),
        driver: Some(DRIVER.into()),
        carrier: None,
        depot: Position { latitude: 53.54, longitude: 9.99 },
        shift: window,
        legs: shipments.iter().map(leg).collect(),
        distance_metres: 12_000,
    }
}

fn origin(now: Timestamp) -> Origin {
    Origin {
        correlation_id: fresh_token(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        actor: "planner/bench".to_owned(),
        consumer: "planner".to_owned(),
        operation: "publish_route".to_owned(),
        contract: ContractStamp::default(),
        now,
        region: Some("reg_north".into()),
        verdict: None,
    }
}
