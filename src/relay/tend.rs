//! What the relay does beside delivering: measures its backlog and forgets what has expired.

use super::Relay;
use crate::spawn::Background;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{MissedTickBehavior, interval};

const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// In measurements: keys are forgotten once a minute.
const FORGET_EVERY: u64 = 12;
/// A deletion must not hold up the commits beside it.
const FORGOTTEN_AT_ONCE: u32 = 500;

impl Relay {
    pub(super) async fn tend(&self, background: &Background) {
        let mut ticks = interval(MEASURE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut known = BTreeMap::new();
        for round in 0u64.. {
            tokio::select! {
                () = background.stopping() => return,
                _ = ticks.tick() => {}
            }
            self.measure(&mut known).await;
            if round % FORGET_EVERY == 0 {
                self.forget().await;
            }
        }
    }

    /// The backlog by kind. A kind that has none any more is measured as nothing, not left as it was.
    async fn measure(&self, known: &mut BTreeMap<String, ()>) {
        let Ok(backlog) = self.desk.store.tasks().backlog(&[]).await else { return };
        let now = self.desk.clock.now();
        let mut gone = std::mem::take(known);
        for one in backlog {
            let lag = one.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64().max(0.0));
            gauges(&one.kind, [one.waiting, one.leased, one.dead], lag);
            gone.remove(&one.kind);
            known.insert(one.kind, ());
        }
        gone.keys().for_each(|kind| gauges(kind, [0, 0, 0], 0.0));
    }

    /// Forgets the answers to keys that have expired.
    pub async fn forget(&self) {
        loop {
            match self.desk.store.forget_expired_once(self.desk.clock.now(), FORGOTTEN_AT_ONCE).await {
                Ok(forgotten) if forgotten >= u64::from(FORGOTTEN_AT_ONCE) => {}
                Ok(_) => return,
                Err(error) => return tracing::info!(%error, "expired keys are forgotten later"),
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
fn gauges(kind: &str, counts: [u64; 3], lag: f64) {
    for (status, count) in ["waiting", "leased", "dead"].into_iter().zip(counts) {
        metrics::gauge!("haulgate_relay_backlog", "kind" => kind.to_owned(), "status" => status).set(count as f64);
    }
    metrics::gauge!("haulgate_relay_lag_seconds", "kind" => kind.to_owned()).set(lag);
}
