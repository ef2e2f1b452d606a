//! One batch as a handful of multi-row statements in one transaction. Rows are sorted by table and key, so that two
//! gateways never wait for each other in a circle.

use super::{
    change::{Seen, Written},
    db::Transaction,
    error::{CommitError, StoreError, Trouble},
    lane::Lane,
    ledger::Waiting,
    marks,
    once::{self, OnceKey, OnceRecord},
    prepared::Once,
    statement::{Bind, Dialect, Row, Statement},
    table::Table,
    tasks,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, HashSet};

/// The changes of a batch that cannot be written, by their place in it.
#[derive(Default)]
pub(super) struct Refusals(BTreeMap<usize, CommitError>);

impl Refusals {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// A key seen before has left no row behind; a stale version is found among rows already written.
    pub fn need_rollback(&self) -> bool {
        self.0.values().any(|error| matches!(error, CommitError::Stale))
    }

    pub fn take(&mut self, place: usize) -> Option<CommitError> {
        self.0.remove(&place)
    }

    fn refuse(&mut self, place: usize, error: CommitError) {
        self.0.entry(place).or_insert(error);
    }

    fn accepts(&self, place: usize) -> bool {
        !self.0.contains_key(&place)
    }
}

type Outcome<T> = Result<T, (Trouble, String)>;

/// So many rows fit into one statement: SQLite takes 32,766 values, and an event has 21.
const ROWS_IN_A_STATEMENT: usize = 1000;

/// Writes the batch, except for the changes it refuses. The lane moves on with the events.
pub(super) async fn write(transaction: &mut Transaction, batch: &[Waiting], lane: &mut Lane) -> Outcome<Refusals> {
    let mut writing = Writing { transaction, batch, refusals: Refusals::default() };
    writing.once().await?;
    writing.keeps().await?;
    for table in Table::ALL {
        writing.entities(*table).await?;
    }
    writing.buried().await?;
    if !writing.refusals.need_rollback() {
        writing.finished().await?;
        writing.events(lane).await?;
        writing.tasks().await?;
    }
    Ok(writing.refusals)
}

struct Writing<'a> {
    transaction: &'a mut Transaction,
    batch: &'a [Waiting],
    refusals: Refusals,
}

impl<'a> Writing<'a> {
    /// Keys first: a key that was done before needs no rollback. One that has expired may be used again.
    async fn once(&mut self) -> Outcome<()> {
        let with_key = self.batch.iter().enumerate();
        let with_key = with_key.filter_map(|(place, it)| Some((place, it, it.change.once.as_ref()?)));
        let mut keyed: Vec<(usize, &Waiting, &Once)> = with_key.collect();
        keyed.sort_by(|(_, _, one), (_, _, other)| one.record.key.cmp(&other.record.key));
        for some in keyed.chunks(ROWS_IN_A_STATEMENT) {
            let mut statement = self.statement(
                "INSERT INTO once (consumer, operation, once_key, fingerprint, status, headers, body, recorded_at, \
                 expires_at) ",
            );
            statement.rows(some, |(_, waiting, once)| once_row(once, waiting.change.origin.now));
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

    /// What decisions rest on: locked by an update that changes nothing, if it has not moved on.
    async fn keeps(&mut self) -> Outcome<()> {
        let mut by_table = BTreeMap::<Table, BTreeMap<&Seen, Vec<usize>>>::new();
        for (place, waiting) in self.accepted() {
            for seen in &waiting.change.keeps {
                by_table.entry(seen.table).or_default().entry(seen).or_default().push(place);
            }
        }
        for (table, keeps) in by_table {
            let keeps: Vec<(&Seen, Vec<usize>)> = keeps.into_iter().collect();
            for some in keeps.chunks(ROWS_IN_A_STATEMENT) {
                let mut statement = self.statement("UPDATE ");
                statement.push(table.name()).push(" SET updated = updated WHERE (id, version) IN (");
                statement.rows(some, |(seen, _)| vec![(&seen.id).into(), seen.version.into()]);
                statement.push(") RETURNING id");
                let kept = self.ids_of(statement).await?;
                for (seen, places) in some.iter().filter(|(seen, _)| !kept.contains(&*seen.id)) {
                    debug_assert_eq!(seen.table, table);
                    places.iter().for_each(|place| self.refusals.refuse(*place, CommitError::Stale));
                }
            }
        }
        Ok(())
    }

    /// The version check is in the database, so that any number of gateways may write to it.
    async fn entities(&mut self, table: Table) -> Outcome<()> {
        let rows = self.accepted().into_iter().flat_map(|(place, waiting)| {
            let of_table = waiting.change.writes.iter().filter(move |written| written.table == table);
            of_table.map(move |written| (place, waiting.change.origin.now, written))
        });
        let mut rows: Vec<(usize, Timestamp, &Written)> = rows.collect();
        rows.sort_by(|(_, _, one), (_, _, other)| one.id.cmp(&other.id));
        for some in rows.chunks(ROWS_IN_A_STATEMENT) {
            let mut statement = self.statement("INSERT INTO ");
            statement
                .push(table.name())
                .push(" (id, version, region, party, status, belongs_to, carried_by, due, created, updated, state) ");
            statement.rows(some, |(_, now, written)| entity_row(written, *now));
            statement.push(
                " ON CONFLICT (id) DO UPDATE SET version = excluded.version, region = excluded.region, \
                 party = excluded.party, status = excluded.status, belongs_to = excluded.belongs_to, \
                 carried_by = excluded.carried_by, due = excluded.due, updated = excluded.updated, \
                 state = excluded.state WHERE ",
            );
            statement.push(table.name()).push(".version = excluded.version - 1 RETURNING id");
            let written = self.ids_of(statement).await?;
            if written.len() < some.len() {
                let stale = some.iter().filter(|(_, _, row)| !written.contains(&*row.id));
                stale.for_each(|(place, _, _)| self.refusals.refuse(*place, CommitError::Stale));
            }
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

    async fn finished(&mut self) -> Outcome<()> {
        let finished = self
            .accepted()
            .into_iter()
            .flat_map(|(_, waiting)| waiting.change.finished.iter().map(|id| (id.as_str(), waiting.change.origin.now)));
        let mut finished: Vec<(&str, Timestamp)> = finished.collect();
        finished.sort_unstable();
        finished.dedup_by_key(|(id, _)| *id);
        for some in finished.chunks(ROWS_IN_A_STATEMENT) {
            let ids: Vec<&str> = some.iter().map(|(id, _)| *id).collect();
            self.run(marks::finish(self.dialect(), some[0].1, &ids)).await?;
        }
        Ok(())
    }

    async fn events(&mut self, lane: &mut Lane) -> Outcome<()> {
        let mut rows = Vec::new();
        for (_, waiting) in self.accepted() {
            for event in &waiting.change.events {
                let previous = lane.hash.clone();
                lane.append(event, &waiting.change.origin);
                rows.push((event, &waiting.change.origin, lane.position, previous, lane.hash.clone()));
            }
        }
        let number = lane.number;
        for some in rows.chunks(ROWS_IN_A_STATEMENT) {
            let mut statement = self.statement("INSERT INTO event (");
            statement.push(super::event::COLUMNS).push(") ");
            statement.rows(some, |(event, origin, position, previous, hash)| {
                vec![
                    event.id.as_str().into(),
                    number.into(),
                    (*position).into(),
                    previous.into(),
                    hash.into(),
                    (&event.subject).into(),
                    event.subject_version.into(),
                    (&event.name).into(),
                    event.kind.name().into(),
                    event.occurred_at.into(),
                    origin.now.into(),
                    (&origin.correlation_id).into(),
                    (&origin.traceparent).into(),
                    (&origin.actor).into(),
                    (&origin.consumer).into(),
                    (&origin.operation).into(),
                    (&origin.contract.name).into(),
                    (&origin.contract.version).into(),
                    (&origin.contract.hash).into(),
                    origin.region.as_ref().map(ToString::to_string).into(),
                    (&event.data).into(),
                ]
            });
            self.run(statement).await?;
        }
        Ok(())
    }

    /// A task comes after every earlier one of its key that can be seen, and those of one batch in the batch's order.
    /// Gateways' clocks differ, so a time would not do.
    async fn tasks(&mut self) -> Outcome<()> {
        let asked = self
            .accepted()
            .into_iter()
            .flat_map(|(_, waiting)| waiting.change.tasks.iter().map(|task| (task, &waiting.change.origin)));
        let numbered: Vec<_> = (1_i64..).zip(asked).collect();
        for some in numbered.chunks(ROWS_IN_A_STATEMENT) {
            let mut statement = self.statement(
                "INSERT INTO task (id, task_key, sequence, kind, status, blocking, due, attempts, created, updated, \
                 effect, story, subject, correlation_id, traceparent, actor, consumer, region) \
                 SELECT column1, column2, \
                 column3 + COALESCE((SELECT MAX(other.sequence) FROM task AS other WHERE other.task_key = column2), 0), \
                 column4, 'waiting', column5, column6, 0, column7, column7, column8, '[]', column9, column10, column11, \
                 column12, column13, column14 FROM (",
            );
            statement.rows(some, |(number, (task, origin))| {
                vec![
                    task.id.as_str().into(),
                    (&task.key).into(),
                    (*number).into(),
                    task.kind.into(),
                    task.blocking.into(),
                    task.due.into(),
                    origin.now.into(),
                    (&task.effect).into(),
                    (&task.subject).into(),
                    (&origin.correlation_id).into(),
                    (&origin.traceparent).into(),
                    (&origin.actor).into(),
                    (&origin.consumer).into(),
                    origin.region.as_ref().map(ToString::to_string).into(),
                ]
            });
            statement.push(") AS asked");
            self.run(statement).await?;
        }
        Ok(())
    }

    fn accepted(&self) -> Vec<(usize, &'a Waiting)> {
        self.batch.iter().enumerate().filter(|(place, _)| self.refusals.accepts(*place)).collect()
    }

    fn dialect(&self) -> Dialect {
        match self.transaction {
            Transaction::Sqlite(_) => Dialect::Sqlite,
            Transaction::Postgres(_) => Dialect::Postgres,
        }
    }

    fn statement(&self, text: &str) -> Statement {
        Statement::text(self.dialect(), text)
    }

    async fn ids_of(&mut self, statement: Statement) -> Outcome<HashSet<String>> {
        let rows = self.run(statement).await?;
        rows.iter().map(|row| row.text(0)).collect::<Result<_, _>>().map_err(unreadable)
    }

    async fn run(&mut self, statement: Statement) -> Outcome<Vec<Row>> {
        self.transaction.run(statement).await.map_err(|error| (Trouble::of(&error), error.to_string()))
    }
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
        now.into(),
        (*expires_at).into(),
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

fn unreadable(error: StoreError) -> (Trouble, String) {
    (Trouble::Data, error.to_string())
}
