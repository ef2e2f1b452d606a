//! The house a story of trouble is told in: the systems of record in this process, the gateway in one of its own, and
//! the settings that bring them together. Decides nothing about when trouble comes.

use super::{
    instance::{Instance, Settled},
    journal::Journal,
};
use crate::databases::Database;
use haulgate::{
    app::App,
    cli::{install_crypto, serve},
    clock::Clock,
    config::Settings,
    policy::{Law, PolicyFiles},
    router,
    sandbox::{Sandbox, SandboxOptions},
    system::{By, settings::Solver},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::sync::watch;

pub struct House {
    pub sandbox: Sandbox,
    /// The sandbox's clock: it stands at the story's beginning, and is moved once the load is over.
    pub clock: Clock,
    pub journal: Journal,
    /// Where the gateway is reached; another address after every start.
    pub address: watch::Sender<String>,
    config: String,
    directory: TempDir,
    _database: Database,
}

impl House {
    pub async fn open(database: Database) -> Self {
        install_crypto();
        let directory = tempfile::tempdir().expect("a folder");
        let clock = Clock::held_at(Clock::System.now());
        let options = SandboxOptions {
            clock: clock.clone(),
            // A stand-in plans without taking the cores from what is under trial.
            solver: Solver::Vroom,
            timeout_ms: 20_000,
            ..SandboxOptions::in_directory(directory.path().join("sandbox"))
        };
        let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
        let config = config(&database.url, &sandbox);
        let (address, journal) = (watch::channel(String::new()).0, Journal::default());
        let house = Self { sandbox, clock, journal, address, config, directory, _database: database };
        std::fs::write(house.config_file(), &house.config).expect("the settings are written");
        house
    }

    /// Starts the gateway and tells its clients where it is.
    pub async fn start(&self) -> Instance {
        let instance = Instance::start(&self.config_file()).await;
        self.address.send_replace(instance.address.clone());
        instance
    }

    /// Asks the gateway to stop, which it does by itself, in good order and in time.
    pub async fn stop(&self, instance: Instance) {
        let Settled { status, took, said } = instance.stop().await;
        assert!(status.success(), "it ended with {status}: {said:#?}");
        let patience = self.settings().server.drain_seconds;
        assert!(took.as_secs() <= patience, "it took {took:?} to stop, and has {patience} s: {said:#?}");
    }

    /// The same gateway in this process, on the clock that can be moved: to look into the books and to finish what the
    /// other has begun.
    pub async fn within(&self) -> App {
        match serve::open(self.settings(), self.clock.clone(), By::Api).await {
            Ok(app) => app,
            Err(failure) => panic!("it does not open: {}", failure.message),
        }
    }

    /// A token for a consumer with all of its scopes.
    pub fn token(&self, consumer: &str, subject: &str, more: &Value) -> String {
        let scope = scopes(consumer);
        let mut claims = json!({"aud": "haulgate", "client_id": consumer, "sub": subject, "scope": scope});
        for (name, value) in more.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        self.sandbox.issuer.token(&claims)
    }

    fn settings(&self) -> Settings {
        Settings::read(Some(&self.config), std::iter::empty()).expect("the settings are valid")
    }

    fn config_file(&self) -> PathBuf {
        self.directory.path().join("haulgate.toml")
    }
}

/// Every scope an operation of the consumer's contracts asks for.
fn scopes(consumer: &str) -> String {
    let law = Law::join(router::registry(), &PolicyFiles::embedded());
    law.unwrap_or_else(|mistakes| panic!("{mistakes}")).scopes_of(consumer)
}

/// Ports are whatever is free, leases short: what a killed relay had in hand is taken up again within the story.
fn config(database: &str, sandbox: &Sandbox) -> String {
    let systems = &sandbox.settings;
    let (erp, telematics, proofs) = (&systems.erp, &systems.telematics, &systems.proofs);
    let (warehouse, customers, webhooks) = (&systems.warehouse, &systems.customers, &systems.webhooks);
    let text = json!({
        "server": {"listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0", "drain_seconds": 20},
        "database": {"url": database, "readers": 4, "task_connections": 2},
        "auth": {"issuers": [{
            "issuer": sandbox.issuer.url(), "audience": "haulgate", "jwks_url": sandbox.issuer.jwks_url(),
        }]},
        "systems": {
            "erp": {
                "url": erp.url, "database": erp.database, "key": erp.key.expose_secret(), "company": erp.company,
                "warehouse": erp.warehouse,
            },
            "planner": {"solver": "vroom", "url": systems.planner.url},
            "telematics": {
                "url": telematics.url, "key": telematics.key.expose_secret(), "ingest_url": telematics.ingest_url,
            },
            "proofs": {"directory": proofs.directory, "link_secret": proofs.link_secret.expose_secret()},
            "warehouse": {"url": warehouse.url, "key": warehouse.key.expose_secret()},
            "customers": {
                "url": customers.url, "key": customers.key.expose_secret(), "smtp": customers.smtp.expose_secret(),
                "sender": customers.sender,
            },
            "webhooks": {"allow_loopback": true, "secret": webhooks.secret.expose_secret()},
        },
        "relay": {"lease_seconds": 2, "attempts": 1000, "poll_ms": 50},
        "log": {"filter": "warn,haulgate::cli=info", "format": "json"},
    });
    toml::to_string(&text).expect("settings are plain data")
}
