//! Quotas: how often a consumer may call, in several windows at once (GCRA). Counted by each gateway for itself, or by
//! all of them together. The strictest window wins.

mod fields;
mod local;
mod settings;
#[cfg(feature = "redis")]
mod shared;
mod window;

pub use settings::{Counted, QuotaSettings};
pub use window::{Limit, Quota, QuotaFile, Window, windows};

use super::{bind::Governed, consumer::Consumer};
use crate::{error::Error, ids::sha256};
use axum::http::HeaderMap;
use local::Local;
#[cfg(feature = "redis")]
use std::num::NonZeroU32;
use window::{Counter, Standing};

/// The counters.
pub struct Quotas {
    local: Local,
    #[cfg(feature = "redis")]
    shared: Option<shared::Shared>,
    #[cfg(feature = "redis")]
    gateways: NonZeroU32,
}

impl Quotas {
    /// Opens the counters the settings name. Asks nobody yet.
    pub fn open(settings: &QuotaSettings) -> Result<Self, String> {
        let together = settings.counted == Counted::Redis;
        if together && !cfg!(feature = "redis") {
            return Err("quotas.counted: this binary was built without Redis".to_owned());
        }
        Ok(Self {
            local: Local::default(),
            #[cfg(feature = "redis")]
            shared: together.then(|| shared::Shared::open(settings)).transpose()?,
            #[cfg(feature = "redis")]
            gateways: settings.gateways,
        })
    }

    /// Counts a request of this person in the consumer's name, and says how it stands: the headers to answer with, or the
    /// refusal.
    pub async fn count(&self, consumer: &Consumer, person: &str, governed: &Governed) -> Result<HeaderMap, Error> {
        let counters = counters(consumer, person, governed);
        let standings = self.stand(&counters).await;
        let headers = fields::fields(&counters, &standings);
        let exceeded = counters.iter().zip(&standings).filter(|(_, standing)| standing.exceeded);
        let (shadow, over): (Vec<_>, Vec<_>) = exceeded.partition(|(counter, _)| counter.window.limit.is_shadow());
        for (Counter { window, .. }, _) in shadow {
            tracing::info!(window = window.name, consumer = consumer.id, "a quota on trial would have refused");
            metrics::counter!("haulgate_quota_shadow_total", "window" => window.name.clone()).increment(1);
        }
        if over.is_empty() { Ok(headers) } else { Err(fields::exceeded(&over, headers)) }
    }

    /// Forgets whoever has been quiet, so that the counters stay bounded.
    pub fn tidy(&self) {
        self.local.tidy();
    }

    #[cfg(feature = "redis")]
    async fn stand(&self, counters: &[Counter<'_>]) -> Vec<Standing> {
        let Some(shared) = &self.shared else { return self.local.count(counters) };
        match shared.count(counters).await {
            Some(standings) => standings,
            None => self.local.count_share(counters, self.gateways),
        }
    }

    #[cfg(not(feature = "redis"))]
    async fn stand(&self, counters: &[Counter<'_>]) -> Vec<Standing> {
        self.local.count(counters)
    }
}

/// The windows a call is counted in: the consumer's for all its calls, those for its calls of this operation, and those for
/// this person's calls. A key names a person by a hash: it is short, and tells nobody who that is.
fn counters<'a>(consumer: &'a Consumer, person: &str, governed: &'a Governed) -> Vec<Counter<'a>> {
    let count = |windows: &'a [Window], key: &dyn Fn() -> String| -> Vec<Counter<'a>> {
        windows.iter().map(|window| Counter { window, key: key() }).collect()
    };
    let of_operation = || format!("{} {}", consumer.id, governed.operation.key);
    [
        count(&consumer.windows, &|| consumer.id.clone()),
        count(&consumer.operation_windows, &of_operation),
        count(&governed.windows, &of_operation),
        count(&consumer.person_windows, &|| format!("{} {}", consumer.id, sha256(person.as_bytes()))),
    ]
    .concat()
}
