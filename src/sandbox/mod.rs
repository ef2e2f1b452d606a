//! Stand-ins for the systems of record, on loopback, speaking the real wire formats: for tests and the demo.
//! They keep their state in memory, count the effects they were asked for, and fail on demand. Never used in production.

pub mod control;
pub mod customers;
pub mod erp;
pub mod faults;
pub mod inbox;
pub mod issuer;
pub mod receiver;
pub mod telematics;
pub mod vroom;
pub mod warehouse;

mod serve;

use crate::{
    clock::Clock,
    spawn::Background,
    system::settings::{
        CustomerSettings, ErpSettings, Limits, PlannerSettings, ProofSettings, Solver, SystemSettings,
        TelematicsSettings, WarehouseSettings, WebhookSettings,
    },
};
use faults::{Faults, Target};
use std::{collections::BTreeMap, io, path::PathBuf};

/// The key every stand-in asks for.
const KEY: &str = "sandbox-key";
const WEBHOOK_SECRET: &str = "whsec_c2FuZGJveC1zZWNyZXQtc2FuZGJveC1zZWNyZXQ=";

pub struct SandboxOptions {
    /// Keeps the proof artifacts and the issuer's key.
    pub directory: PathBuf,
    pub clock: Clock,
    pub solver: Solver,
    /// One attempt's time in each connector.
    pub timeout_ms: u64,
    /// Where faults are switched over HTTP; 0 takes any free port.
    pub control_port: u16,
}

impl SandboxOptions {
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        let (clock, solver) = (Clock::System, Solver::Embedded);
        Self { directory: directory.into(), clock, solver, timeout_ms: 5_000, control_port: 0 }
    }
}

/// Every stand-in, running. Ends when dropped.
pub struct Sandbox {
    /// What `Connectors::open` needs to find them.
    pub settings: SystemSettings,
    pub erp: erp::ErpHandle,
    pub warehouse: warehouse::WarehouseHandle,
    pub telematics: telematics::TelematicsHandle,
    pub customers: customers::CustomersHandle,
    pub inbox: inbox::Inbox,
    pub receiver: receiver::Receiver,
    pub issuer: issuer::Issuer,
    pub faults: Faults,
    pub control_url: String,
    background: Background,
}

impl Sandbox {
    pub async fn start(options: SandboxOptions) -> io::Result<Self> {
        let (background, faults) = (Background::default(), Faults::default());
        let erp = erp::ErpHandle::new(faults.clone());
        let warehouse = warehouse::WarehouseHandle::default();
        let telematics = telematics::TelematicsHandle::default();
        let customers = customers::CustomersHandle::default();
        let serve = |target, routes| serve::with_faults(&background, routes, &faults, target);
        let erp_url = serve(Target::Erp, erp.routes()).await?;
        let planner_url = serve(Target::Planner, vroom::routes()).await?;
        let telematics_url = serve(Target::Telematics, telematics.routes()).await?;
        let ingest_url = serve(Target::Telematics, telematics.ingest_routes()).await?;
        let warehouse_url = serve(Target::Warehouse, warehouse.routes()).await?;
        let customers_url = serve(Target::Customers, customers.routes()).await?;
        let inbox = inbox::Inbox::start(&background, &faults).await?;
        let receiver = receiver::Receiver::start(&background, &faults, options.clock.clone()).await?;
        let issuer = issuer::Issuer::start(&background, &faults, &options).await?;
        let control = control::routes(faults.clone(), erp.clone(), warehouse.clone());
        let control_url = serve::on_port(&background, control, options.control_port).await?;
        let limits = Limits { timeout_ms: options.timeout_ms, ..Limits::default() };
        let settings = SystemSettings {
            erp: erp_settings(erp_url, &limits),
            planner: planner_settings(&options, planner_url),
            telematics: TelematicsSettings { url: telematics_url, key: KEY.into(), ingest_url, limits: limits.clone() },
            proofs: proof_settings(&options, &limits),
            warehouse: WarehouseSettings { url: warehouse_url, key: KEY.into(), limits: limits.clone() },
            customers: customer_settings(customers_url, &inbox, &limits),
            webhooks: WebhookSettings { allow_loopback: true, secret: WEBHOOK_SECRET.into(), limits },
        };
        receiver.trust(WEBHOOK_SECRET);
        Ok(Self {
            settings,
            erp,
            warehouse,
            telematics,
            customers,
            inbox,
            receiver,
            issuer,
            faults,
            control_url,
            background,
        })
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.background.stop();
    }
}

fn erp_settings(url: String, limits: &Limits) -> ErpSettings {
    let (database, warehouse) = (erp::DATABASE.to_owned(), erp::WAREHOUSE);
    ErpSettings { url, database, key: KEY.into(), company: erp::COMPANY, warehouse, limits: limits.clone() }
}

fn planner_settings(options: &SandboxOptions, url: String) -> PlannerSettings {
    PlannerSettings {
        solver: options.solver,
        url: Some(url),
        metres_per_second: 10.0,
        thinking_seconds: 2,
        limits: Limits { timeout_ms: 60_000, calls_at_once: 2, answer_bytes: 32 << 20 },
    }
}

fn proof_settings(options: &SandboxOptions, limits: &Limits) -> ProofSettings {
    ProofSettings {
        directory: options.directory.join("proofs"),
        archives: BTreeMap::new(),
        link_secret: "sandbox-link-secret-sandbox-link-secret".into(),
        largest_bytes: 16 << 20,
        limits: limits.clone(),
    }
}

fn customer_settings(url: String, inbox: &inbox::Inbox, limits: &Limits) -> CustomerSettings {
    CustomerSettings {
        url,
        key: KEY.into(),
        smtp: format!("smtp://{}", inbox.address()).into(),
        sender: "Haulgate <deliveries@haulgate.example>".to_owned(),
        limits: limits.clone(),
    }
}
