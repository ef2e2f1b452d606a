//! The relay: takes tasks from the ledger and brings them about in other systems, in order per key, as often as it
//! takes; what fails for good becomes a dead letter. Never answers a request.
//!
//! To add an effect: a variant in `domain/effect.rs`, a file here that delivers it, an arm in `effects.rs`.

use serde::Deserialize;

/// The `[relay]` section of the settings.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaySettings {
    /// Tasks worked on at once.
    pub workers: usize,
    /// Seconds a task is leased for; a relay that dies gives its tasks back after that.
    pub lease_seconds: u64,
    /// Milliseconds between two looks at the ledger when nothing wakes the relay earlier.
    pub poll_ms: u64,
    /// How often a task is tried before it becomes a dead letter.
    pub attempts: u32,
    /// The first pause between two tries, in milliseconds; it doubles, with full jitter.
    pub backoff_ms: u64,
    /// The longest pause, in seconds.
    pub backoff_at_most_seconds: u64,
}
