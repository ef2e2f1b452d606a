//! One batch as a handful of multi-row statements in one transaction: first what the database may refuse (`checked`),
//! then what only follows from it (`appended`). Rows are sorted by table and key, so that two gateways never wait for
//! each other in a circle.

use super::{
    connection::Transaction,
    error::{CommitError, StoreError, Trouble},
    lane::Lane,
    ledger::Waiting,
    statement::{Dialect, Row, Statement},
};
use std::collections::BTreeMap;

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

    /// The places of those for whom others were faster.
    pub fn stale(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter(|(_, error)| matches!(error, CommitError::Stale)).map(|(place, _)| *place)
    }

    pub fn take(&mut self, place: usize) -> Option<CommitError> {
        self.0.remove(&place)
    }

    pub fn refuse(&mut self, place: usize, error: CommitError) {
        self.0.entry(place).or_insert(error);
    }

    fn accepts(&self, place: usize) -> bool {
        !self.0.contains_key(&place)
    }
}

pub(super) type Outcome<T> = Result<T, (Trouble, String)>;

/// So many rows fit into one statement: SQLite takes 32,766 values, and an event has 24.
pub(super) const ROWS_IN_A_STATEMENT: usize = 1000;

/// Writes the batch, except for the changes it refuses. The lane moves on with the events.
pub(super) async fn write(transaction: &mut Transaction, batch: &[Waiting], lane: &mut Lane) -> Outcome<Refusals> {
    let mut writing = Writing { transaction, batch, refusals: Refusals::default() };
    writing.check().await?;
    if !writing.refusals.need_rollback() {
        writing.append(lane).await?;
    }
    Ok(writing.refusals)
}

/// A batch while it is written.
pub(super) struct Writing<'a> {
    transaction: &'a mut Transaction,
    pub batch: &'a [Waiting],
    pub refusals: Refusals,
}

impl<'a> Writing<'a> {
    /// The changes not refused so far.
    pub fn accepted(&self) -> Vec<(usize, &'a Waiting)> {
        self.batch.iter().enumerate().filter(|(place, _)| self.refusals.accepts(*place)).collect()
    }

    pub fn dialect(&self) -> Dialect {
        self.transaction.dialect()
    }

    pub fn statement(&self, text: &str) -> Statement {
        Statement::text(self.dialect(), text)
    }

    pub async fn run(&mut self, statement: Statement) -> Outcome<Vec<Row>> {
        self.transaction.run(statement).await.map_err(said)
    }

    /// One after the other; the rows of each.
    pub async fn run_all(&mut self, statements: Vec<Statement>) -> Outcome<Vec<Vec<Row>>> {
        self.transaction.run_all(statements).await.map_err(said)
    }
}

fn said(error: sqlx::Error) -> (Trouble, String) {
    (Trouble::of(&error), error.to_string())
}

pub(super) fn unreadable(error: StoreError) -> (Trouble, String) {
    (Trouble::Data, error.to_string())
}
