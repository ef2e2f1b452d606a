//! What the ledger can be told: where its database is and how much of it to use. Never read from anywhere here.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::Duration;

/// The `[store]` section of the settings. Its defaults are what the benchmarks found good.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreSettings {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: SecretString,
    /// Connections that serve reads.
    pub readers: u32,
    /// Connections the relay keeps for its tasks on PostgreSQL, apart from those of the API.
    pub task_connections: u32,
    /// Batches on their way at once on PostgreSQL. SQLite has one writer.
    pub batches_in_flight: usize,
    /// Changes in one batch at most.
    pub batch_cap: usize,
    /// Changes that may wait; whoever comes later waits at the door.
    pub queue: usize,
    /// Whether changes share a commit.
    pub group_commit: Grouping,
    /// Whether reads of single rows share a statement.
    pub group_reads: Grouping,
    /// Entities the read cache holds at most.
    pub cached_entities: u64,
    /// How long an entity is believed without asking the database again.
    #[serde(with = "seconds")]
    pub cache_for: Duration,
    /// How long a batch may take before its outcome counts as unknown.
    #[serde(with = "seconds")]
    pub commit_within: Duration,
    /// How long a reader waits for a connection.
    #[serde(with = "seconds")]
    pub connect_within: Duration,
    /// What secrets are sealed with, newest first; at least 32 characters each, the same on every node.
    pub sealing_keys: Vec<SecretString>,
}

/// Whether those who come at the same time share a transaction or a statement. `Off` is one for each, for comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    #[default]
    On,
    Off,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            url: SecretString::from("sqlite:haulgate.db"),
            readers: 8,
            task_connections: 4,
            batches_in_flight: 2,
            batch_cap: 64,
            queue: 1024,
            group_commit: Grouping::On,
            group_reads: Grouping::On,
            cached_entities: 20_000,
            cache_for: Duration::from_secs(5),
            commit_within: Duration::from_secs(20),
            connect_within: Duration::from_secs(5),
            sealing_keys: vec![SecretString::from("change-me-change-me-change-me-change-me")],
        }
    }
}

impl StoreSettings {
    /// The defaults, with the database at `url`.
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: SecretString::from(url.into()), ..Self::default() }
    }

    /// The same without a read cache: for those who act on tasks. A task is often claimed before this process has heard
    /// of the commit that asked for it; what it then finds in a cache may say that there is nothing to do.
    pub fn uncached(&self) -> Self {
        Self { cached_entities: 0, ..self.clone() }
    }

    /// Whether the database is a file of this process's own, with one writer.
    pub fn is_embedded(&self) -> bool {
        self.url.expose_secret().starts_with("sqlite:")
    }
}

/// Durations are written as whole seconds in the settings.
mod seconds {
    use serde::{Deserialize, Deserializer};
    use std::time::Duration;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_secs)
    }
}
