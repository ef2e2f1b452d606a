//! Where the systems of record are, how to be let in, and how much of us each may hold up.
//! Read from the configuration; an unknown key is a mistake.

use secrecy::SecretString;
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SystemSettings {
    pub erp: ErpSettings,
    pub planner: PlannerSettings,
    pub telematics: TelematicsSettings,
    pub proofs: ProofSettings,
    pub warehouse: WarehouseSettings,
    pub customers: CustomerSettings,
    pub webhooks: WebhookSettings,
}

/// How long one attempt may take, how many calls may be under way, how much may come back.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    pub timeout_ms: u64,
    pub calls_at_once: usize,
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout_ms: 5_000, calls_at_once: 32, answer_bytes: 4 << 20 }
    }
}

/// Tryton's REST API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErpSettings {
    pub url: String,
    pub database: String,
    /// The key of a validated user application.
    pub key: SecretString,
    /// Without the company Tryton silently forgets credit limits, so it is always sent.
    pub company: i64,
    /// The storage location goods are counted in.
    pub warehouse: i64,
    #[serde(default)]
    pub limits: Limits,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannerSettings {
    pub solver: Solver,
    /// VROOM's address; not needed by the embedded solver.
    #[serde(default)]
    pub url: Option<String>,
    /// How fast a vehicle gets on, as the crow flies, where no matrix is given.
    #[serde(default = "usual_speed")]
    pub metres_per_second: f64,
    /// How long the embedded solver may think when the problem does not say.
    #[serde(default = "usual_thinking")]
    pub thinking_seconds: u32,
    #[serde(default = "planner_limits")]
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Solver {
    Embedded,
    Vroom,
}

fn usual_speed() -> f64 {
    10.0
}

fn usual_thinking() -> u32 {
    5
}

fn planner_limits() -> Limits {
    Limits { timeout_ms: 60_000, calls_at_once: 2, answer_bytes: 32 << 20 }
}

/// Traccar.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelematicsSettings {
    pub url: String,
    pub key: SecretString,
    /// Where positions are pushed to (OsmAnd protocol); Traccar listens for them on a port of its own.
    pub ingest_url: String,
    #[serde(default)]
    pub limits: Limits,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofSettings {
    pub directory: PathBuf,
    /// Where the archives that `policies/regions.toml` names lie; one that is not named here lies under `directory`.
    #[serde(default)]
    pub archives: BTreeMap<String, PathBuf>,
    /// Signs the short-lived links. At least 32 characters, the same on every node.
    pub link_secret: SecretString,
    #[serde(default = "largest_artifact")]
    pub largest_bytes: usize,
    #[serde(default = "proof_limits")]
    pub limits: Limits,
}

fn largest_artifact() -> usize {
    16 << 20
}

fn proof_limits() -> Limits {
    Limits { timeout_ms: 30_000, calls_at_once: 16, ..Limits::default() }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarehouseSettings {
    pub url: String,
    pub key: SecretString,
    #[serde(default)]
    pub limits: Limits,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerSettings {
    /// Where preferences are asked for.
    pub url: String,
    pub key: SecretString,
    /// Such as `smtps://user:password@mail.example.org`.
    pub smtp: SecretString,
    pub sender: String,
    #[serde(default)]
    pub limits: Limits,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Only for the sandbox and tests: destinations on this machine, without TLS.
    #[serde(default)]
    pub allow_loopback: bool,
    /// Signs notifications to customers' own addresses; partners' webhooks have secrets of their own.
    pub secret: SecretString,
    #[serde(default = "webhook_limits")]
    pub limits: Limits,
}

fn webhook_limits() -> Limits {
    Limits { timeout_ms: 15_000, calls_at_once: 8, answer_bytes: 64 << 10 }
}
