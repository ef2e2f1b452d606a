//! Counting together with other gateways, in Redis: one atomic script, one round trip, the time from Redis itself.
//!
//! While Redis is away each gateway admits its share and asks again now and then: never open, never shut. How much may
//! be admitted at most then stands in `docs/decisions/0008-shared-quotas.md`, and is held by `tests/it/quotas.rs`.

use super::{
    settings::QuotaSettings,
    window::{Counter, Standing},
};
use redis::{
    Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::ExposeSecret;
use std::{sync::Mutex, time::Duration};
use tokio::time::Instant;

/// The way to the shared counters.
pub struct Shared {
    connection: ConnectionManager,
    script: Script,
    ask_again_after: Duration,
    /// Until when Redis is not asked, because it did not answer.
    away_until: Mutex<Option<Instant>>,
}

impl Shared {
    /// Connects when the first request comes, so that a Redis that is away stops no start.
    pub fn open(settings: &QuotaSettings) -> Result<Self, String> {
        let mistake = |error: RedisError| format!("quotas.redis_url: {error}");
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(settings.answer_within()))
            .set_response_timeout(Some(settings.answer_within()));
        let client = Client::open(settings.redis_url.expose_secret()).map_err(mistake)?;
        Ok(Self {
            connection: ConnectionManager::new_lazy_with_config(client, config).map_err(mistake)?,
            script: Script::new(include_str!("gcra.lua")),
            ask_again_after: settings.ask_again_after(),
            away_until: Mutex::new(None),
        })
    }

    /// Counts a request in each window; nothing where Redis does not answer.
    pub async fn count(&self, counters: &[Counter<'_>]) -> Option<Vec<Standing>> {
        if !self.may_ask() {
            return None;
        }
        match self.ask(counters).await {
            Ok(standings) => {
                self.set_away(None);
                Some(standings)
            }
            Err(error) => {
                self.set_away(Some(Instant::now() + self.ask_again_after));
                tracing::warn!(%error, "the shared quotas do not answer; this gateway admits its share");
                metrics::counter!("haulgate_quota_share_total").increment(1);
                None
            }
        }
    }

    async fn ask(&self, counters: &[Counter<'_>]) -> Result<Vec<Standing>, RedisError> {
        let mut asked = self.script.prepare_invoke();
        for Counter { window, key } in counters {
            let consumer = key.split(' ').next().unwrap_or_default();
            // What is in braces decides where a cluster keeps a key: a consumer's stay together.
            asked.key(format!("haulgate:quota:{{{consumer}}}:{}:{key}", window.name));
            let limit = window.limit;
            asked.arg(limit.every().as_micros() as u64).arg(limit.requests.get()).arg(u8::from(limit.is_shadow()));
        }
        let answer: Vec<u64> = asked.invoke_async(&mut self.connection.clone()).await?;
        Ok(counters.iter().zip(answer.chunks_exact(2)).map(standing).collect())
    }

    /// Whether Redis is there as far as we know. Of those who come when it is time to ask again, one does.
    fn may_ask(&self) -> bool {
        let (mut away, now) = (self.away_until.lock().expect("no holder of this lock panics"), Instant::now());
        match *away {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                *away = Some(now + self.ask_again_after);
                true
            }
        }
    }

    fn set_away(&self, until: Option<Instant>) {
        *self.away_until.lock().expect("no holder of this lock panics") = until;
    }
}

fn standing((counter, answer): (&Counter<'_>, &[u64])) -> Standing {
    let (remaining, wait) = (u32::try_from(answer[0]).unwrap_or(u32::MAX), answer[1]);
    let seconds = if wait > 0 { wait.div_ceil(1_000_000) } else { counter.window.limit.whole_in(remaining) };
    Standing { remaining, seconds, exceeded: wait > 0 }
}
