//! What the relay can be told. Never read from anywhere here.

use serde::Deserialize;
use std::time::Duration;

/// The `[relay]` section of the settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaySettings {
    /// Tasks worked on at once.
    pub workers: usize,
    /// Seconds a task is leased for; a relay that dies gives its tasks back after that.
    pub lease_seconds: u64,
    /// Seconds one delivery may take, with all of its calls.
    pub deliver_within_seconds: u64,
    /// Milliseconds between two looks at the ledger when nothing wakes the relay earlier.
    pub poll_ms: u64,
    /// How often a task may fail before it becomes a dead letter. A system that is away is no failure.
    pub attempts: u32,
    /// Hours after which a task becomes a dead letter even if the other system was only away.
    pub give_up_after_hours: u64,
    /// The first pause between two tries, in milliseconds; it doubles, with full jitter.
    pub backoff_ms: u64,
    /// The longest pause, in seconds.
    pub backoff_at_most_seconds: u64,
    /// Seconds between two questions to telematics about where the vehicles under way are; 0 never asks, because
    /// trackers report here themselves.
    pub positions_every_seconds: u64,
    /// Seconds between two checks of the targets of `policies/sla.toml`; 0 checks none.
    pub targets_every_seconds: u64,
    /// Seconds between two measurements of the leaders' figures for `/metrics`; 0 measures none.
    pub figures_every_seconds: u64,
}

impl RelaySettings {
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.max(1))
    }

    pub fn deliver_within(&self) -> Duration {
        Duration::from_secs(self.deliver_within_seconds.max(1))
    }

    pub fn give_up_after(&self) -> Duration {
        Duration::from_secs(self.give_up_after_hours.max(1) * 3600)
    }
}
