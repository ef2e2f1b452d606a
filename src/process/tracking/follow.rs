//! Following a shipment: its milestones as they are committed, from any mark on, without gaps or doubles.
//!
//! The event log is the only truth: a commit's news merely says when to read on. So a follower that was away, or that
//! missed news, reads exactly what it has not seen.

use crate::{
    app::App,
    domain::{cloud_event::CloudEvent, id::ShipmentId},
    error::Error,
    policy::Call,
    store::{EventKind, EventMark, EventRow, Store, Touched},
};
use futures_util::{Stream, stream};
use jiff::Timestamp;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, sleep, sleep_until},
};

/// Followers one consumer may have in this process.
const MOST_FOLLOWERS: usize = 200;
const READ_AT_ONCE: u32 = 100;
/// Reads on after that long without news: what another process told us may have been lost.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// Who follows in this process, counted by consumer.
#[derive(Clone, Debug, Default)]
pub struct Followers(Arc<Mutex<HashMap<String, usize>>>);

/// A follower's place, given back when it goes.
#[derive(Debug)]
struct Place {
    followers: Followers,
    consumer: String,
}

impl Followers {
    fn take(&self, consumer: &str) -> Result<Place, Error> {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counted.entry(consumer.to_owned()).or_default();
        if *count >= MOST_FOLLOWERS {
            let detail = format!("At most {MOST_FOLLOWERS} shipments are followed at once; use a webhook instead.");
            return Err(Error::gate("quota_exceeded", detail));
        }
        *count += 1;
        Ok(Place { followers: self.clone(), consumer: consumer.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counted = self.followers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counted.get_mut(&self.consumer) {
            *count -= 1;
            if *count == 0 {
                counted.remove(&self.consumer);
            }
        }
    }
}

/// The shipment's milestones after `mark` (from its beginning without one), each with the mark to go on from. Ends
/// with the caller's token and with the process.
pub async fn follow(
    app: &App,
    call: &Call,
    id: &ShipmentId,
    mark: Option<&str>,
) -> Result<impl Stream<Item = (String, CloudEvent)> + Send + 'static, Error> {
    let viewer = crate::policy::Viewer::of(call);
    // Heard from before the first read: what is committed in between is read twice at most, and told once.
    let news = app.store.committed();
    let shipment = super::shipment(app, &viewer, id).await?;
    let unknown = |_| Error::invalid("malformed_parameter", "Last-Event-ID is the id of an event told before.");
    let mark = mark.map(str::parse::<EventMark>).transpose().map_err(unknown)?;
    let left = call.claims().expires_at.duration_since(call.now());
    let follower = Follower {
        place: app.followers.take(&call.consumer().id)?,
        app: app.clone(),
        subjects: [shipment.id.to_string(), shipment.order.to_string()],
        mark,
        news,
        waiting: VecDeque::new(),
        expires_at: call.claims().expires_at,
        ends: Instant::now() + left.try_into().unwrap_or(Duration::ZERO),
    };
    Ok(stream::unfold(follower, Follower::next))
}

struct Follower {
    place: Place,
    app: App,
    /// The shipment, and the order whose changes can bring it news.
    subjects: [String; 2],
    mark: Option<EventMark>,
    news: Receiver<Arc<Vec<Touched>>>,
    waiting: VecDeque<EventRow>,
    expires_at: Timestamp,
    ends: Instant,
}

impl Follower {
    async fn next(mut self) -> Option<((String, CloudEvent), Self)> {
        loop {
            if let Some(row) = self.waiting.pop_front() {
                return Some(((row.mark().to_string(), row.cloud_event()), self));
            }
            if self.app.clock.now() >= self.expires_at || self.app.background.is_stopping() {
                return None;
            }
            let read = self.read_on().await;
            let failed = read.is_err();
            if let Err(error) = read {
                tracing::info!(%error, consumer = self.place.consumer, "a follower waits for the ledger");
            }
            if self.waiting.is_empty() && !self.wait(failed).await {
                return None;
            }
        }
    }

    /// Reads what was recorded after the mark; more than fits at once is read next time.
    async fn read_on(&mut self) -> Result<(), crate::store::StoreError> {
        let store: &Store = &self.app.store;
        let rows = store.events_of(&self.subjects[0], self.mark, READ_AT_ONCE).await?;
        self.mark = rows.last().map(EventRow::mark).or(self.mark);
        self.waiting.extend(rows.into_iter().filter(|row| row.kind == EventKind::Milestone));
        Ok(())
    }

    /// Waits for news of the shipment. False when there is nothing more to wait for.
    async fn wait(&mut self, failed: bool) -> bool {
        let silence = if failed { Duration::from_secs(1) } else { LONGEST_SILENCE };
        let silent = sleep(silence);
        tokio::pin!(silent);
        loop {
            tokio::select! {
                () = self.app.background.stopping() => return false,
                () = sleep_until(self.ends) => return false,
                () = &mut silent => return true,
                heard = self.news.recv() => match heard {
                    Ok(touched) if !touched.iter().any(|one| self.subjects.contains(&one.id)) => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => return true,
                    Err(RecvError::Closed) => return false,
                },
            }
        }
    }
}
