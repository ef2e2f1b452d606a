//! The ledger: every write, once, together; on SQLite or PostgreSQL. Holds all SQL there is. Knows nothing of HTTP and
//! decides nothing: a use case hands in a `Change`, the ledger makes it durable or says why not.
//!
//! In reading order: what is kept (`table`, `entities`), what a decision hands in (`change`, `once`, `task`), how it is
//! written (`prepared`, `ledger`, `pen`, `batch`, `checked`, `appended`, `lane`, `link`), how it is read (`load`,
//! `cache`, `gather`, `rows`, `query`, `event`, `audit`, `chain`, `tasks`), and the ground below (`seal`, `db`,
//! `connection`, `statement`, `migrate`, `checkpoint`, `durable`, `news`).

mod announced;
mod appended;
mod audit;
mod batch;
mod cache;
mod chain;
mod change;
mod checked;
mod checkpoint;
mod connection;
mod db;
mod dossier;
mod draft;
mod durable;
mod entities;
mod error;
mod event;
mod figures;
mod follow;
mod gather;
mod lane;
mod ledger;
mod link;
mod load;
mod marks;
mod migrate;
mod news;
mod once;
mod origin;
mod pen;
mod prepared;
mod query;
mod rows;
mod seal;
mod settings;
mod statement;
mod table;
mod task;
mod tasks;
mod usage;
mod webhook_secret;

pub use audit::AuditFilter;
pub use chain::{Broken, LaneCheck};
pub use change::{Change, Committed};
pub use dossier::LoadedDossier;
pub use draft::EventKind;
pub use error::{CommitError, StoreError};
pub use event::{EventMark, EventRow};
pub use figures::{MOST_SAMPLES, Sample, Span};
pub use load::{Together, Wanted};
pub use news::Touched;
pub use once::{Answer, OnceKey, OnceRecord};
pub use origin::{ContractStamp, Decision, Origin, Verdict};
pub use query::{Bound, Column, Cursor, LARGEST_PAGE, Query, Slice};
pub use settings::{Grouping, StoreSettings};
pub use table::{Columns, Entity, Loaded, Shared, Stood, Table};
pub use task::{Backlog, Chapter, Task, TaskStatus};
pub use tasks::{Except, Tasks};
pub use usage::UsageRow;

use crate::{clock::Clock, spawn::Background};
use cache::Cache;
use db::{CLOSE_WITHIN, Db, Purpose};
use gather::Gather;
use ledger::Ledger;
use marks::Marks;
use news::News;
use prepared::Prepared;
use rows::Key;
use seal::Seal;
use statement::Statement;
use std::sync::Arc;
use tokio::sync::broadcast;

/// The ledger. Cheap to clone; the last one to go stops its writer.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Arc<Db>,
    cache: Arc<Cache>,
    news: Arc<News>,
    ledger: Ledger,
    rows: Gather<Vec<Key>>,
    onces: Gather<OnceKey>,
    marks: Marks,
    seal: Seal,
    clock: Clock,
    background: Background,
    /// The settings that make commits durable, as they were found at start.
    durable_by: Vec<(&'static str, &'static str)>,
}

impl Store {
    /// Opens the database and starts the writer. Refuses a database that would lose what it acknowledged.
    pub async fn open(settings: &StoreSettings, clock: Clock) -> Result<Self, StoreError> {
        let seal = Seal::of(&settings.sealing_keys)?;
        let db = Arc::new(Db::open(settings)?);
        let durable_by = db.assert_durable().await?;
        let background = Background::default();
        let cache = Arc::new(Cache::new(settings.cached_entities, settings.cache_for));
        let news = News::start(&db, &cache, &background);
        checkpoint::start(&db, settings, &background);
        let marks = Marks::start(db.clone(), clock.clone(), &background);
        let desk = pen::Desk { db: db.clone(), cache: cache.clone(), news: news.clone(), clock: clock.clone() };
        let ledger = Ledger::start(desk, settings, &background);
        let rows = Gather::start(&db, settings, &background);
        let onces = Gather::start(&db, settings, &background);
        let inner = Inner { db, cache, news, ledger, rows, onces, marks, seal, clock, background, durable_by };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Brings the database to this version's shape.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.inner.db.migrate().await
    }

    /// Whether the ledger can be read and written right now.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.inner.db.halted()?;
        let statement = Statement::text(self.inner.db.dialect(), "SELECT COUNT(*) FROM lane");
        self.inner.db.read(Purpose::Serving, statement).await.map(|_| ())
    }

    /// The settings that make commits durable, by name. A database without them is not opened.
    pub fn durable_by(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.inner.durable_by.iter().copied()
    }

    /// Writes what is waiting, then closes. Changes that come later are answered with `Stopped`.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSE_WITHIN, self.inner.background.drain()).await.is_err() {
            tracing::warn!("the ledger's background work did not end in time");
        }
        self.inner.db.close().await;
    }

    /// Answers once the change is durable, or why it is not.
    pub async fn commit(&self, mut change: Change) -> Result<Committed, CommitError> {
        if let Some(record) = &mut change.once {
            record.seal(&self.inner.seal);
        }
        match self.inner.ledger.commit(Prepared::new(change)?).await {
            Err(CommitError::Seen(first)) => Err(CommitError::Seen(first.opened(&self.inner.seal)?)),
            outcome => outcome,
        }
    }

    /// The ledger's tasks.
    pub fn tasks(&self) -> Tasks {
        Tasks { db: self.inner.db.clone(), clock: self.inner.clock.clone(), marks: self.inner.marks.clone() }
    }

    /// Hears of every commit from now on, here and in other processes; also of those that only brought tasks.
    pub fn committed(&self) -> broadcast::Receiver<Arc<Vec<Touched>>> {
        self.inner.news.subscribe()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.background.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::batch::{BatchLine, LineOutcome};

    fn line(number: u64) -> Change {
        let origin = Origin {
            correlation_id: "full".to_owned(),
            traceparent: String::new(),
            actor: "clerk".to_owned(),
            consumer: "erp".to_owned(),
            operation: "release_orders".to_owned(),
            contract: ContractStamp::default(),
            now: jiff::Timestamp::UNIX_EPOCH,
            region: None,
            verdict: None,
        };
        let content = Some(serde_json::json!("x".repeat(2000)));
        let id = format!("bat_1:{number:08}");
        let mut change = Change::new(origin);
        let (digest, outcome) = (String::new(), LineOutcome::Waiting);
        change.create(BatchLine { id, batch: "bat_1".into(), line: number, number: None, digest, content, outcome });
        change
    }

    async fn room(store: &Store, pages: u32) {
        let statement = Statement::text(store.inner.db.dialect(), format!("PRAGMA max_page_count = {pages}"));
        store.inner.db.write(statement).await.expect("a setting");
    }

    #[tokio::test]
    async fn a_full_disk_refuses_writes_until_there_is_room_again_and_reads_go_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = StoreSettings::at(format!("sqlite:{}", folder.path().join("ledger.db").display()));
        let store = Store::open(&settings, Clock::held_at(jiff::Timestamp::UNIX_EPOCH)).await.expect("opens");
        store.migrate().await.expect("migrated");
        room(&store, 150).await;
        let mut number = 1;
        let refused = loop {
            match store.commit(line(number)).await {
                Ok(_) => number += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, CommitError::Unavailable(_)), "{refused:?}");
        let written = store.count::<BatchLine>(&Query::default()).await.expect("reads go on");
        assert_eq!(written, number - 1, "nothing of what was refused is there, and all that was not");

        room(&store, 1_000_000).await;
        store.commit(line(number)).await.expect("there is room again");
    }

    #[tokio::test]
    async fn after_a_failing_disk_the_ledger_writes_no_more_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = StoreSettings::at(format!("sqlite:{}", folder.path().join("ledger.db").display()));
        let store = Store::open(&settings, Clock::held_at(jiff::Timestamp::UNIX_EPOCH)).await.expect("opens");
        store.migrate().await.expect("migrated");
        store.commit(line(1)).await.expect("written");
        store.inner.db.halt("disk I/O error");
        let refused = store.commit(line(2)).await;
        assert!(matches!(refused, Err(CommitError::Stopped(_))), "{refused:?}");
        assert!(matches!(store.ready().await, Err(StoreError::Stopped(_))));
        assert_eq!(store.count::<BatchLine>(&Query::default()).await.expect("reads go on"), 1);
    }
}
