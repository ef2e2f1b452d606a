//! A pen writes one batch after the other, each in one transaction, into its own lane of the event log. One bad change
//! is set aside and the rest is written again without it; what becomes of each is told to whoever waits.

use super::{
    batch::{self, Refusals},
    cache::{Cache, Cached},
    change::Committed,
    connection::Transaction,
    db::{Db, Purpose},
    error::{CommitError, StoreError, Trouble},
    lane::Lane,
    ledger::Waiting,
    news::{News, Touched},
};
use crate::{clock::Clock, ids};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What every pen works with.
#[derive(Clone)]
pub(super) struct Desk {
    pub db: Arc<Db>,
    pub cache: Arc<Cache>,
    pub news: Arc<News>,
    pub clock: Clock,
}

impl Desk {
    /// SQLite has one writer; PostgreSQL gains from a second batch while the first waits for the disk.
    pub fn pens(&self, wanted: usize) -> usize {
        match *self.db {
            Db::Sqlite { .. } => 1,
            Db::Postgres { .. } => wanted.max(1),
        }
    }
}

pub(super) struct Pen {
    desk: Desk,
    /// Who holds the lane.
    owner: String,
    lane: Option<Lane>,
}

/// Why an attempt to write a batch came to nothing.
enum Failure {
    /// Nothing was written.
    Before(StoreErrorOrTrouble),
    /// The commit was sent and no answer came.
    Unknown(String),
}

/// How an attempt ended that the database answered.
enum Attempt {
    /// Durable, but for those.
    Written(Refusals),
    /// Nothing was written because of those.
    SetAside(Refusals),
}

type StoreErrorOrTrouble = (Trouble, String);

const TRIES: u32 = 4;

impl Pen {
    pub fn new(desk: Desk) -> Self {
        Self { desk, owner: ids::fresh_token(), lane: None }
    }

    /// Writes the batch and answers everyone in it.
    pub async fn write(&mut self, mut batch: Vec<Waiting>, within: Duration) {
        let (since, mut tries) = (Instant::now(), 1);
        while !batch.is_empty() {
            if let Err(StoreError::Stopped(why)) = self.desk.db.halted() {
                return answer_all(batch, &CommitError::Stopped(why));
            }
            match self.attempt_within(&batch, within).await {
                Ok(Attempt::Written(refusals)) => {
                    metrics::histogram!("haulgate_ledger_commit_seconds").record(since.elapsed().as_secs_f64());
                    metrics::histogram!("haulgate_ledger_batch_changes").record(batch.len() as f64);
                    self.forget(&batch, &refusals).await;
                    return self.tell(refuse(batch, refusals)).await;
                }
                Ok(Attempt::SetAside(refusals)) => {
                    metrics::counter!("haulgate_ledger_batches_written_again").increment(1);
                    self.forget(&batch, &refusals).await;
                    batch = refuse(batch, refusals);
                }
                Err(Failure::Before((Trouble::Away | Trouble::Again, _))) if tries < TRIES => tries += 1,
                Err(Failure::Before((Trouble::Data, _))) if batch.len() > 1 => {
                    return Box::pin(self.write_one_by_one(batch, within)).await;
                }
                Err(failure) => return self.give_up(batch, failure).await,
            }
        }
    }

    /// Whoever is told that others were faster decides again, and must not read what was before.
    async fn forget(&self, batch: &[Waiting], refusals: &Refusals) {
        for place in refusals.stale() {
            let change = &batch[place].change;
            for row in &change.writes {
                self.desk.cache.outdate(row.table, &row.id, i64::MAX).await;
            }
            for seen in &change.keeps {
                self.desk.cache.outdate(seen.table, &seen.id, i64::MAX).await;
            }
        }
    }

    /// Something in the batch is not to the database's liking, and it does not say whose.
    async fn write_one_by_one(&mut self, batch: Vec<Waiting>, within: Duration) {
        for waiting in batch {
            self.write(vec![waiting], within).await;
        }
    }

    /// SQLite's own busy timeout bounds its waiting, and its worker cannot be interrupted; a silent network can last.
    async fn attempt_within(&mut self, batch: &[Waiting], within: Duration) -> Result<Attempt, Failure> {
        if matches!(*self.desk.db, Db::Sqlite { .. }) {
            return self.attempt(batch).await;
        }
        let silent = || Failure::Unknown("the database did not answer in time".to_owned());
        tokio::time::timeout(within, self.attempt(batch)).await.unwrap_or_else(|_| Err(silent()))
    }

    async fn attempt(&mut self, batch: &[Waiting]) -> Result<Attempt, Failure> {
        let mut lane = self.lane().await?;
        let mut transaction = self.desk.db.begin(Purpose::Serving).await.map_err(before)?;
        let outcome = batch::write(&mut transaction, batch, &mut lane).await;
        let refusals = match outcome {
            Ok(refusals) if refusals.need_rollback() || refusals.len() == batch.len() => {
                transaction.rollback().await.map_err(before)?;
                return Ok(Attempt::SetAside(refusals));
            }
            Ok(refusals) => refusals,
            Err(error) => {
                // The first error is the one that says something.
                let _ = transaction.rollback().await;
                return Err(Failure::Before(error));
            }
        };
        self.commit(transaction).await?;
        self.lane = Some(lane);
        Ok(Attempt::Written(refusals))
    }

    async fn lane(&mut self) -> Result<Lane, Failure> {
        if self.lane.is_none() {
            let claimed = Lane::claim(&self.desk.db, &self.owner, self.desk.clock.now()).await;
            self.lane = Some(claimed.map_err(|error| {
                Failure::Before(match error {
                    StoreError::Unavailable(why) => (Trouble::Away, why),
                    StoreError::Stopped(why) => (Trouble::Disk, why),
                    other => (Trouble::Busy, other.to_string()),
                })
            })?);
        }
        Ok(self.lane.clone().expect("it was just claimed"))
    }

    /// An answer to a commit is one, also when it is a no. Without an answer nobody knows.
    async fn commit(&self, transaction: Transaction) -> Result<(), Failure> {
        let Err(error) = transaction.commit().await else { return Ok(()) };
        let trouble = Trouble::of(&error);
        match (&*self.desk.db, trouble) {
            (Db::Sqlite { .. }, Trouble::Busy | Trouble::Full) => Err(Failure::Before((trouble, error.to_string()))),
            (Db::Sqlite { .. }, _) => Err(Failure::Before((Trouble::Disk, error.to_string()))),
            (Db::Postgres { .. }, Trouble::Away | Trouble::Disk) => Err(Failure::Unknown(error.to_string())),
            (Db::Postgres { .. }, _) => Err(Failure::Before((trouble, error.to_string()))),
        }
    }

    /// The cache first, then the answers: who was answered never reads what was before.
    async fn tell(&self, written: Vec<Waiting>) {
        let mut touched = Vec::new();
        for Waiting { change, .. } in &written {
            for row in &change.writes {
                let cached = Cached { version: row.version, value: row.value.clone() };
                self.desk.cache.replace(row.table, &row.id, cached).await;
                touched.push(Touched { table: row.table, id: row.id.to_string(), version: row.version });
            }
        }
        if !written.is_empty() {
            self.desk.news.committed(touched);
        }
        for waiting in written {
            let versions = waiting.change.writes.iter().map(|row| (row.table, row.id.to_string(), row.version));
            let committed = Committed { versions: versions.collect(), at: waiting.change.origin.now };
            waiting.answer(Ok(committed));
        }
    }

    async fn give_up(&mut self, batch: Vec<Waiting>, failure: Failure) {
        let error = match failure {
            Failure::Unknown(why) => {
                tracing::warn!(why, changes = batch.len(), "the outcome of a commit is not known");
                // The commit may still come through: its lane must not be continued, nothing read before believed.
                self.lane = None;
                self.desk.cache.clear();
                CommitError::Unavailable(why)
            }
            Failure::Before((Trouble::Disk, why)) if matches!(*self.desk.db, Db::Sqlite { .. }) => {
                self.desk.db.halt(&why);
                CommitError::Stopped(why)
            }
            Failure::Before((Trouble::Data, why)) => {
                tracing::error!(why, "a change could not be written");
                // Its lane may have been taken over or tampered with; a new one is always right.
                self.lane = None;
                CommitError::Unwritable("the database refused it".to_owned())
            }
            Failure::Before((_, why)) => CommitError::Unavailable(why),
        };
        answer_all(batch, &error);
    }

    /// Gives the lane back, for the next process to continue.
    pub async fn put_down(self) {
        if let Some(lane) = self.lane
            && let Err(error) = lane.release(&self.desk.db, self.desk.clock.now()).await
        {
            tracing::info!(%error, "a lane stays taken; the next process opens another");
        }
    }
}

fn before(error: sqlx::Error) -> Failure {
    Failure::Before((Trouble::of(&error), error.to_string()))
}

/// Answers the refused, and keeps the others.
fn refuse(batch: Vec<Waiting>, mut refusals: Refusals) -> Vec<Waiting> {
    let mut others = Vec::with_capacity(batch.len());
    for (place, waiting) in batch.into_iter().enumerate() {
        match refusals.take(place) {
            Some(error) => waiting.answer(Err(error)),
            None => others.push(waiting),
        }
    }
    others
}

fn answer_all(batch: Vec<Waiting>, error: &CommitError) {
    for waiting in batch {
        waiting.answer(Err(error.clone()));
    }
}
