//! Entities by their ids: through the cache, or past it in one question for all that is missing.

use super::{
    Store,
    cache::Cached,
    error::StoreError,
    query::{self, LARGEST_PAGE},
    rows::{Found, Key},
    table::{Entity, Loaded, Shared},
};
use std::collections::HashMap;

/// Which entities, of whatever kinds: for those who know beforehand all that a decision takes, and ask once.
#[derive(Clone, Debug, Default)]
pub struct Wanted(Vec<Sought>);

/// An entity that is looked for, and how its row is read.
#[derive(Clone, Debug)]
struct Sought {
    key: Key,
    read: fn(&Found) -> Result<Cached, StoreError>,
}

/// What is there of the entities that were wanted.
#[derive(Debug)]
pub struct Together(HashMap<Key, Cached>);

impl Wanted {
    pub fn and<E: Entity>(mut self, id: &str) -> Self {
        self.0.push(Sought::of::<E>(id));
        self
    }
}

impl Sought {
    fn of<E: Entity>(id: &str) -> Self {
        let read = |found: &Found| {
            let Loaded { version, state } = query::parse::<E>(found.version, &found.state)?;
            Ok(Cached::holding(version, state))
        };
        Self { key: Key { table: E::TABLE, id: id.into() }, read }
    }
}

impl Together {
    /// The entity, if it was wanted and is there.
    pub fn of<E: Entity>(&self, id: &str) -> Option<Loaded<E>> {
        self.0.get(&Key { table: E::TABLE, id: id.into() })?.loaded()
    }
}

impl Store {
    /// An entity as it stands, at most seconds old, and never older than a commit of this process.
    pub async fn load<E: Entity>(&self, id: &str) -> Result<Option<Loaded<E>>, StoreError> {
        Ok(self.through_cache::<E>(id).await?.loaded())
    }

    /// An entity as `load` gives it, without a copy: for reads that only look.
    pub async fn look<E: Entity>(&self, id: &str) -> Result<Option<Shared<E>>, StoreError> {
        Ok(self.through_cache::<E>(id).await?.shared())
    }

    /// An entity as the database holds it now: for deciding again after `Stale`.
    pub async fn load_fresh<E: Entity>(&self, id: &str) -> Result<Option<Loaded<E>>, StoreError> {
        let found = self.past_cache(&[Sought::of::<E>(id)]).await?;
        Ok(found.first().and_then(Cached::loaded))
    }

    /// Those of these entities that exist, in the order of `ids`.
    pub async fn load_all<E: Entity>(&self, ids: &[String]) -> Result<Vec<Loaded<E>>, StoreError> {
        let sought: Vec<Sought> = ids.iter().map(|id| Sought::of::<E>(id)).collect();
        let found = self.seek(&sought, false).await?;
        Ok(found.iter().filter_map(Cached::loaded).collect())
    }

    /// Those of these entities that exist; `fresh` as the database holds them now, otherwise as `load` gives them.
    pub async fn load_together(&self, Wanted(sought): Wanted, fresh: bool) -> Result<Together, StoreError> {
        let found = self.seek(&sought, fresh).await?;
        Ok(Together(sought.into_iter().map(|one| one.key).zip(found).collect()))
    }

    async fn through_cache<E: Entity>(&self, id: &str) -> Result<Cached, StoreError> {
        if let Some(cached) = self.inner.cache.get(E::TABLE, id).await {
            return Ok(cached);
        }
        let found = self.past_cache(&[Sought::of::<E>(id)]).await?;
        Ok(found.into_iter().next().unwrap_or_else(Cached::absent))
    }

    /// Each as it is known or else as it is read, in their order; one that is not there is `absent`.
    async fn seek(&self, sought: &[Sought], fresh: bool) -> Result<Vec<Cached>, StoreError> {
        let (mut known, mut missing) = (HashMap::new(), Vec::new());
        for (place, one) in sought.iter().enumerate() {
            let cached = if fresh { None } else { self.inner.cache.get(one.key.table, &one.key.id).await };
            match cached {
                Some(cached) => drop(known.insert(place, cached)),
                None => missing.push((place, one.clone())),
            }
        }
        for some in missing.chunks(LARGEST_PAGE as usize) {
            let (places, some): (Vec<usize>, Vec<Sought>) = some.iter().cloned().unzip();
            known.extend(places.into_iter().zip(self.past_cache(&some).await?));
        }
        Ok((0..sought.len()).map(|place| known.remove(&place).unwrap_or_else(Cached::absent)).collect())
    }

    /// Each as it is read, in their order. What is read is remembered, unless a commit has overtaken it.
    async fn past_cache(&self, sought: &[Sought]) -> Result<Vec<Cached>, StoreError> {
        let cache = &self.inner.cache;
        let readings: Vec<_> = sought.iter().map(|one| cache.begin_reading(one.key.table, &one.key.id)).collect();
        let rows = self.inner.rows.ask(sought.iter().map(|one| one.key.clone()).collect()).await?;
        let mut found = Vec::with_capacity(sought.len());
        for ((Sought { key, read }, row), reading) in sought.iter().zip(rows).zip(readings) {
            let cached = row?.as_ref().map_or_else(|| Ok(Cached::absent()), read)?;
            if !cached.is_absent() || key.table.is_absence_known() {
                cache.fill(reading, key.table, &key.id, cached.clone()).await;
            }
            found.push(cached);
        }
        Ok(found)
    }
}
