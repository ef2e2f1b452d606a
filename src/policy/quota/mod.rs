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
use crate::error::Error;
use axum::http::HeaderMap;
use local::Local;
use std::num::NonZeroU32;
use window::{Counter, Standing};

/// The counters.
pub struct Quotas {
    local: Local,
    #[cfg(feature = "redis")]
    shared: Option<shared::Shared>,
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
            gateways: settings.gateways,
        })
    }

    /// Counts a request and says how it stands: the headers to answer with, or the refusal.
    pub async fn count(&self, consumer: &Consumer, governed: &Governed) -> Result<HeaderMap, Error> {
        let counters = counters(consumer, governed);
        let standings = self.stand(&counters).await;
        let headers = fields::fields(&counters, &standings);
        let exceeded = counters.iter().zip(&standings).filter(|(_, standing)| standing.exceeded);
        let (shadow, over): (Vec<_>, Vec<_>) = exceeded.partition(|(counter, _)| counter.window.limit.is_shadow());
        for (Counter { window, key }, _) in shadow {
            tracing::info!(window = window.name, key, "a quota on trial would have refused");
            metrics::counter!("haulgate_quota_shadow_total", "window" => window.name.clone()).increment(1);
        }
        if over.is_empty() { Ok(headers) } else { Err(fields::exceeded(&over, headers)) }
    }

    /// Forgets the consumers that have been quiet, so that the counters stay bounded.
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

/// The windows a call is counted in: the consumer's for all its calls, and those for its calls of this operation.
fn counters<'a>(consumer: &'a Consumer, governed: &'a Governed) -> Vec<Counter<'a>> {
    let of_operation = consumer.operation_windows.iter().chain(&governed.windows);
    let of_operation =
        of_operation.map(|window| Counter { window, key: format!("{} {}", consumer.id, governed.operation.key) });
    let of_consumer = consumer.windows.iter().map(|window| Counter { window, key: consumer.id.clone() });
    of_consumer.chain(of_operation).collect()
}
