//! What the database may refuse in a batch: keys done before, versions that have moved on, leases that have passed.
//! Refusals are noted; nothing is decided here.

use super::{
    batch::{Outcome, ROWS_IN_A_STATEMENT, Writing, unreadable},
    draft::{Seen, Written},
    error::{CommitError, StoreError},
    ledger::Waiting,
    once::{self, OnceKey, OnceRecord},
    prepared::Once,
    statement::{Bind, Row, Statement},
    table::Table,
    tasks,
};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

impl Writing<'_> {
    pub async fn check(&mut self) -> Outcome<()> {
        self.once().await?;
        self.versions().await?;
        self.buried().await?;
        self.ruled().await
    }

    /// Keys first: a key that was done before needs no rollback. One that has expired may be used again.
    async fn once(&mut self) -> Outcome<()> {
        let with_key = self.batch.iter().enumerate();
        let with_key = with_key.filter_map(|(place, it)| Some((place, it, it.change.once.as_ref()?)));
        let mut keyed: Vec<(usize, &Waiting, &Once)> = with_key.collect();
        keyed.sort_by(|(_, _, one), (_, _, other)| one.record.key.cmp(&other.record.key));
        for some in keyed.chunks(ROWS_IN_A_STATEMENT) {
            let mut statement = self.statement("INSERT INTO once (");
            statement.push(once::COLUMNS).push(", recorded_at) ");
            statement.given(some, |(_, waiting, once)| once_row(once, waiting.change.origin.now));
            statement.push(
                " ON CONFLICT (consumer, operation, once_key) DO UPDATE SET fingerprint = excluded.fingerprint, \
                 status = excluded.status, headers = excluded.headers, body = excluded.body, \
                 recorded_at = excluded.recorded_at, expires_at = excluded.expires_at \
                 WHERE once.expires_at <= excluded.recorded_at RETURNING consumer, operation, once_key",
            );
            let written = self.run(statement).await?;
            if written.len() < some.len() {
                self.seen(&written, some).await?;
            }
        }
        Ok(())
    }

    /// Finds the first answers of keys that were done before.
    async fn seen(&mut self, written: &[Row], keyed: &[(usize, &Waiting, &Once)]) -> Outcome<()> {
        let written = written.iter().map(|row| Ok((row.text(0)?, row.text(1)?, row.text(2)?)));
        let written: HashSet<_> = written.collect::<Result<_, StoreError>>().map_err(unreadable)?;
        for (place, _, once) in keyed {
            let OnceKey { consumer, operation, key } = once.record.key.clone();
            if !written.contains(&(consumer, operation, key)) {
                let first = self.first_answer(&once.record.key).await?;
                self.refusals.refuse(*place, verdict(first, &once.record));
            }
        }
        Ok(())
    }

    async fn first_answer(&mut self, key: &OnceKey) -> Outcome<Option<OnceRecord>> {
        let mut statement = self.statement("SELECT ");
        statement.push(once::COLUMNS).push(" FROM once WHERE consumer = ").bind(&*key.consumer);
        statement.push(" AND operation = ").bind(&*key.operation).push(" AND once_key = ").bind(&*key.key);
        let rows = self.run(statement).await?;
        rows.first().map(once::record).transpose().map_err(unreadable)
    }

    /// What decisions rest on, and what they lead to: a row that is not found or written as expected has moved on.
    async fn versions(&mut self) -> Outcome<()> {
        let mut asked = self.keeps();
        for table in Table::ALL {
            asked.extend(self.entities(*table));
        }
        let (statements, expected): (Vec<_>, Vec<_>) = asked.into_iter().unzip();
        let answers = self.run_all(statements).await?;
        for (expected, rows) in expected.iter().zip(&answers) {
            if rows.len() < expected.rows.len() {
                self.refuse_what_moved_on(expected, rows)?;
            }
        }
        Ok(())
    }

    /// Locked by an update that changes nothing, if it has not moved on.
    fn keeps(&self) -> Vec<(Statement, Expected)> {
        let mut by_table = BTreeMap::<Table, BTreeMap<&Seen, Vec<usize>>>::new();
        for (place, waiting) in self.accepted() {
            for seen in &waiting.change.keeps {
                by_table.entry(seen.table).or_default().entry(seen).or_default().push(place);
            }
        }
        let mut asked = Vec::new();
        for (table, keeps) in by_table {
            let keeps: Vec<(&Seen, Vec<usize>)> = keeps.into_iter().collect();
            asked.extend(keeps.chunks(ROWS_IN_A_STATEMENT).map(|some| self.keep(table, some)));
        }
        asked
    }

    fn keep(&self, table: Table, some: &[(&Seen, Vec<usize>)]) -> (Statement, Expected) {
        let mut statement = self.statement("UPDATE ");
        statement.push(table.name()).push(" SET updated = updated WHERE (id, version) IN (");
        statement.rows(some, |(seen, _)| vec![(&seen.id).into(), seen.version.into()]);
        statement.push(") RETURNING id, version");
        let row = |(seen, places): &(&Seen, Vec<usize>)| (seen.id.clone(), seen.version, places.clone());
        (statement, Expected { table, rows: some.iter().map(row).collect() })
    }

    /// The version check is in the database, so that any number of gateways may write to it.
    fn entities(&self, table: Table) -> Vec<(Statement, Expected)> {
        let rows = self.accepted().into_iter().flat_map(|(place, waiting)| {
            let of_table = waiting.change.writes.iter().filter(move |written| written.table == table);
            of_table.map(move |written| (place, waiting.change.origin.now, written))
        });
        let mut rows: Vec<(usize, Timestamp, &Written)> = rows.collect();
        rows.sort_by(|(_, _, one), (_, _, other)| one.id.cmp(&other.id));
        rows.chunks(ROWS_IN_A_STATEMENT).map(|some| self.write_entities(table, some)).collect()
    }

    fn write_entities(&self, table: Table, some: &[(usize, Timestamp, &Written)]) -> (Statement, Expected) {
        let mut statement = self.statement("INSERT INTO ");
        statement
            .push(table.name())
            .push(" (id, version, region, party, status, belongs_to, carried_by, due, created, updated, state) ");
        statement.given(some, |(_, now, written)| entity_row(written, *now));
        statement.push(
            " ON CONFLICT (id) DO UPDATE SET version = excluded.version, updated = excluded.updated, \
             state = excluded.state",
        );
        for name in differing(some) {
            statement.push(", ").push(name).push(" = excluded.").push(name);
        }
        statement.push(" WHERE ").push(table.name()).push(".version = excluded.version - 1 RETURNING id, version");
        let row =
            |(place, _, written): &(usize, Timestamp, &Written)| (written.id.clone(), written.version, vec![*place]);
        (statement, Expected { table, rows: some.iter().map(row).collect() })
    }

    fn refuse_what_moved_on(&mut self, expected: &Expected, rows: &[Row]) -> Outcome<()> {
        let stand = rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect::<Result<HashSet<_>, StoreError>>();
        let stand = stand.map_err(unreadable)?;
        let stands = |id: &Arc<str>, version: i64| stand.contains(&(id.to_string(), version));
        for (id, _, places) in expected.rows.iter().filter(|(id, version, _)| !stands(id, *version)) {
            tracing::debug!(table = expected.table.name(), id = &**id, "a decision rested on what has moved on");
            places.iter().for_each(|place| self.refusals.refuse(*place, CommitError::Stale));
        }
        Ok(())
    }

    /// Dead letters are rare; each is a statement of its own.
    async fn buried(&mut self) -> Outcome<()> {
        for (place, waiting) in self.accepted() {
            for burial in &waiting.change.buried {
                let statement = tasks::bury(self.dialect(), waiting.change.origin.now, burial);
                if self.run(statement).await?.is_empty() {
                    self.refusals.refuse(place, CommitError::Stale);
                }
            }
        }
        Ok(())
    }

    /// By hand, and as rare.
    async fn ruled(&mut self) -> Outcome<()> {
        for (place, waiting) in self.accepted() {
            for ruling in &waiting.change.ruled {
                let statement = tasks::rule(self.dialect(), ruling);
                if self.run(statement).await?.is_empty() {
                    self.refusals.refuse(place, CommitError::Stale);
                }
            }
        }
        Ok(())
    }
}

/// The rows a statement was to find or write: each with its version, and who is refused if it has another.
struct Expected {
    table: Table,
    rows: Vec<(Arc<str>, i64, Vec<usize>)>,
}

/// The columns that differ in any row that was there before: an index is written for every column that is set, whether or
/// not it is set to what it was.
fn differing<'r>(rows: &'r [(usize, Timestamp, &Written)]) -> BTreeSet<&'r str> {
    let replaced = rows.iter().filter(|(_, _, written)| written.version > 1);
    replaced.flat_map(|(_, _, written)| written.differing.iter().copied()).collect()
}

/// The same request again gets the first answer; another request under the key is a mistake. A record that is gone
/// expired this very moment: the same change once more will pass.
fn verdict(first: Option<OnceRecord>, again: &OnceRecord) -> CommitError {
    match first {
        Some(first) if first.fingerprint == again.fingerprint => CommitError::Seen(first.answer),
        Some(_) => CommitError::KeyReused,
        None => CommitError::Unavailable("the key's record has just expired".to_owned()),
    }
}

fn once_row(once: &Once, now: Timestamp) -> Vec<Bind> {
    let OnceRecord { key, fingerprint, answer, expires_at } = &once.record;
    vec![
        (&key.consumer).into(),
        (&key.operation).into(),
        (&key.key).into(),
        fingerprint.into(),
        i64::from(answer.status).into(),
        (&once.headers).into(),
        answer.body.as_slice().into(),
        (*expires_at).into(),
        now.into(),
    ]
}

fn entity_row(written: &Written, now: Timestamp) -> Vec<Bind> {
    let columns = &written.columns;
    vec![
        (&written.id).into(),
        written.version.into(),
        columns.region.clone().into(),
        columns.party.clone().into(),
        (&columns.status).into(),
        columns.belongs_to.clone().into(),
        columns.carried_by.clone().into(),
        columns.due.into(),
        now.into(),
        now.into(),
        (&written.text).into(),
    ]
}
