//! The read cache: entities as they were last committed or read. Bounded, and believed for seconds only.
//!
//! It never shows an entity older than a commit this process has answered: a commit puts its rows in before it answers,
//! and a reader who was overtaken by a commit on the way does not put in what it read. Of some tables it also knows for the
//! same seconds what is not there.

use super::table::{Entity, Loaded, Shared, Table};
use moka::{future::Cache as Rows, ops::compute::Op};
use std::{
    any::Any,
    hash::{BuildHasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(super) struct Cache {
    tables: Vec<Rows<Arc<str>, Cached>>,
    /// Counts the commits that touched each of many groups of entities.
    commits: Vec<AtomicU64>,
    hasher: RandomState,
}

#[derive(Clone, Debug)]
pub(super) struct Cached {
    pub version: i64,
    pub value: Arc<dyn Any + Send + Sync>,
}

/// Stands for a row that was looked for and is not there.
struct Absent;

impl Cached {
    /// That there is no such row. Any version that is committed comes after it.
    pub fn absent() -> Self {
        Self { version: 0, value: Arc::new(Absent) }
    }

    pub fn is_absent(&self) -> bool {
        self.value.is::<Absent>()
    }

    pub fn holding<E: Entity>(version: i64, state: E) -> Self {
        Self { version, value: Arc::new(state) }
    }

    pub fn shared<E: Entity>(self) -> Option<Shared<E>> {
        Arc::downcast(self.value).ok().map(|state| Shared { version: self.version, state })
    }

    pub fn loaded<E: Entity>(&self) -> Option<Loaded<E>> {
        self.value.downcast_ref::<E>().map(|state| Loaded { version: self.version, state: state.clone() })
    }
}

/// What a reader holds while it reads past the cache.
#[derive(Clone, Copy)]
pub(super) struct Reading(u64);

const GROUPS: usize = 4096;

impl Cache {
    pub fn new(capacity: u64, lasting: Duration) -> Self {
        let rows = |_: &Table| Rows::builder().max_capacity(capacity).time_to_live(lasting).build();
        Self {
            tables: Table::ALL.iter().map(rows).collect(),
            commits: (0..GROUPS).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    pub async fn get(&self, table: Table, id: &str) -> Option<Cached> {
        self.tables[table as usize].get(id).await
    }

    /// Begin of a read past the cache.
    pub fn begin_reading(&self, table: Table, id: &str) -> Reading {
        Reading(self.group(table, id).load(Ordering::Acquire))
    }

    /// Keeps what was read, unless a commit has come in between.
    pub async fn fill(&self, reading: Reading, table: Table, id: &str, read: Cached) {
        if self.group(table, id).load(Ordering::Acquire) == reading.0 {
            self.put(table, id, read).await;
        }
    }

    /// Puts in what was committed here.
    pub async fn replace(&self, table: Table, id: &str, committed: Cached) {
        self.group(table, id).fetch_add(1, Ordering::AcqRel);
        self.put(table, id, committed).await;
    }

    /// Another process has committed this version.
    pub async fn outdate(&self, table: Table, id: &str, version: i64) {
        self.group(table, id).fetch_add(1, Ordering::AcqRel);
        let entry = self.tables[table as usize].entry(id.into());
        entry
            .and_compute_with(async |old| match old {
                Some(old) if old.value().version < version => Op::Remove,
                _ => Op::Nop,
            })
            .await;
    }

    /// Believes nothing any more, when it is not known what has happened.
    pub fn clear(&self) {
        for group in &self.commits {
            group.fetch_add(1, Ordering::AcqRel);
        }
        for table in &self.tables {
            table.invalidate_all();
        }
    }

    async fn put(&self, table: Table, id: &str, new: Cached) {
        let entry = self.tables[table as usize].entry(id.into());
        entry
            .and_compute_with(async |old| match old {
                Some(old) if old.value().version >= new.version => Op::Nop,
                _ => Op::Put(new),
            })
            .await;
    }

    fn group(&self, table: Table, id: &str) -> &AtomicU64 {
        &self.commits[self.hasher.hash_one((table, id)) as usize % GROUPS]
    }
}
