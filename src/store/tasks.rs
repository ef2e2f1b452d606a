//! Tasks in the ledger: claimed with a lease, in order per key and in parallel across keys, marked by the hundred.
//! The claim's locking clause is the one difference between the databases.

use super::{
    db::{Db, Purpose},
    draft::{Burial, Ruling},
    error::StoreError,
    marks::Marks,
    query::{Bound, bound},
    statement::{Dialect, Statement},
    task::{Backlog, COLUMNS, Task, TaskStatus, stored, task},
};
use crate::{clock::Clock, domain::id::TaskId};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc};

/// The ledger's tasks. Cheap to clone.
#[derive(Clone)]
pub struct Tasks {
    pub(super) db: Arc<Db>,
    pub(super) clock: Clock,
    pub(super) marks: Marks,
}

/// What a claim leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Except {
    pub kinds: Vec<&'static str>,
    pub subjects: Vec<String>,
}

impl Except {
    fn narrow(&self, statement: &mut Statement) {
        if !self.kinds.is_empty() {
            statement.push(" AND kind NOT IN ").list(self.kinds.iter().copied());
        }
        if !self.subjects.is_empty() {
            statement.push(" AND subject NOT IN ").list(&self.subjects);
        }
    }
}

/// Nothing of a key may be claimed while an earlier one of it is unfinished.
const IS_NEXT_OF_KEY: &str = " AND NOT EXISTS (SELECT 1 FROM task AS earlier WHERE earlier.task_key = task.task_key \
    AND (earlier.sequence, earlier.id) < (task.sequence, task.id) \
    AND (earlier.status IN ('waiting', 'leased') OR (earlier.status = 'dead' AND earlier.blocking)))";

impl Tasks {
    /// Claims what is due at `now`, oldest first, for `owner` until `lease_until`.
    pub async fn claim(
        &self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        self.claim_except(owner, now, lease_until, limit, &Except::default()).await
    }

    /// The same, leaving out what the claimer has no room for now.
    pub async fn claim_except(
        &self,
        owner: &str,
        now: Timestamp,
        lease_until: Timestamp,
        limit: u32,
        except: &Except,
    ) -> Result<Vec<Task>, StoreError> {
        if limit == 0 || !self.is_any_due(now, except).await? {
            return Ok(Vec::new());
        }
        let mut statement = self.text("WITH next AS (SELECT id FROM task");
        statement.push(" WHERE status IN ('waiting', 'leased') AND due <= ").bind(now);
        except.narrow(&mut statement);
        statement.push(IS_NEXT_OF_KEY);
        statement.push(" ORDER BY due, sequence LIMIT ").bind(i64::from(limit));
        if statement.dialect() == Dialect::Postgres {
            statement.push(" FOR UPDATE SKIP LOCKED");
        }
        statement.push(") UPDATE task SET status = 'leased', attempts = attempts + 1, lease_owner = ").bind(owner);
        statement.push(", due = ").bind(lease_until).push(", updated = ").bind(now);
        statement.push(" WHERE id IN (SELECT id FROM next) RETURNING ").push(COLUMNS);
        let rows = self.db.write(statement).await?;
        let mut claimed = rows.iter().map(task).collect::<Result<Vec<_>, _>>()?;
        claimed.sort_by_key(|task| (task.created, task.sequence));
        Ok(claimed)
    }

    /// Asked before claiming, so that a relay with nothing to do never takes the write lock.
    async fn is_any_due(&self, now: Timestamp, except: &Except) -> Result<bool, StoreError> {
        let mut statement = self.text("SELECT id FROM task WHERE status IN ('waiting', 'leased') AND due <= ");
        statement.bind(now);
        except.narrow(&mut statement);
        statement.push(" ORDER BY due LIMIT 1");
        Ok(!self.db.read(Purpose::Tasks, statement).await?.is_empty())
    }

    /// Marks tasks done. What was delivered is delivered, even if the lease has run out meanwhile. Marks that arrive
    /// together share a statement.
    pub async fn done(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        self.marks.done(ids.to_vec()).await
    }

    /// Back to waiting until `due`. False if the lease has passed to someone else.
    pub async fn retry(&self, task: &Task, due: Timestamp, why: &str) -> Result<bool, StoreError> {
        self.put_back(task, due, "failed", why).await
    }

    /// The same, with another word than `failed` in the story. False if the lease has passed to someone else.
    pub async fn put_back(&self, task: &Task, due: Timestamp, what: &str, why: &str) -> Result<bool, StoreError> {
        self.close(task, TaskStatus::Waiting, due, what, why).await
    }

    /// Keeps the lease until then. False if it has passed to someone else.
    pub async fn renew(&self, task: &Task, lease_until: Timestamp) -> Result<bool, StoreError> {
        let mut statement = self.text("UPDATE task SET due = ");
        statement.bind(lease_until).push(" WHERE id = ").bind(task.id.as_str());
        statement.push(" AND status = 'leased' AND attempts = ").bind(task.attempts).push(" RETURNING id");
        Ok(!self.db.write(statement).await?.is_empty())
    }

    /// A dead letter, until a person decides. False if the lease has passed to someone else.
    pub async fn bury(&self, task: &Task, why: &str) -> Result<bool, StoreError> {
        self.close(task, TaskStatus::Dead, task.due, "dead", why).await
    }

    /// Ends a lease, unless someone claimed or moved the task since it was read.
    async fn close(
        &self,
        task: &Task,
        to: TaskStatus,
        due: Timestamp,
        what: &str,
        why: &str,
    ) -> Result<bool, StoreError> {
        let by = task.lease_owner.as_deref().unwrap_or("relay");
        let story = task.story_with(self.clock.now(), by, what, why);
        let mut statement = self.text("UPDATE task SET lease_owner = NULL, status = ");
        statement.bind(to.name()).push(", due = ").bind(due).push(", story = ").bind(story);
        statement.push(", updated = ").bind(self.clock.now()).push(" WHERE id = ").bind(task.id.as_str());
        statement.push(" AND status = 'leased' AND attempts = ").bind(task.attempts);
        statement.push(" RETURNING id");
        Ok(!self.db.write(statement).await?.is_empty())
    }

    pub async fn get(&self, id: &TaskId) -> Result<Option<Task>, StoreError> {
        let mut statement = self.select();
        statement.push("id = ").bind(id.as_str());
        Ok(self.tasks(statement).await?.pop())
    }

    /// Tasks of a status, oldest first, after a task's id.
    pub async fn list(
        &self,
        status: TaskStatus,
        kind: Option<&str>,
        bounds: &[Bound],
        after: Option<&TaskId>,
        limit: u32,
    ) -> Result<Vec<Task>, StoreError> {
        let mut statement = self.select();
        statement.push("status = ").bind(status.name());
        bound(&mut statement, bounds);
        if let Some(kind) = kind {
            statement.push(" AND kind = ").bind(kind);
        }
        if let Some(after) = after {
            statement.push(" AND (created, id) > (SELECT created, id FROM task WHERE id = ").bind(after.as_str());
            statement.push(")");
        }
        statement.push(" ORDER BY created, id LIMIT ").bind(i64::from(limit));
        self.tasks(statement).await
    }

    /// Every task of these keys, oldest first.
    pub async fn of_keys(&self, keys: &[String], limit: u32) -> Result<Vec<Task>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self.select();
        statement.push("task_key IN ").list(keys).push(" ORDER BY created, id LIMIT ").bind(i64::from(limit));
        self.tasks(statement).await
    }

    /// What is open, per kind.
    pub async fn backlog(&self, bounds: &[Bound]) -> Result<Vec<Backlog>, StoreError> {
        let mut statement = self.text("SELECT kind, status, COUNT(*), MIN(created) FROM task");
        statement.push(" WHERE status IN ('waiting', 'leased', 'dead')");
        bound(&mut statement, bounds);
        statement.push(" GROUP BY kind, status ORDER BY kind, status");
        let mut kinds = BTreeMap::<String, Backlog>::new();
        for row in self.db.read(Purpose::Tasks, statement).await? {
            let (kind, status, count) = (row.text(0)?, row.text(1)?, row.int(2)?.unsigned_abs());
            let none = Backlog { kind: kind.clone(), waiting: 0, leased: 0, dead: 0, oldest: None };
            let backlog = kinds.entry(kind).or_insert(none);
            match TaskStatus::named(&status) {
                Some(TaskStatus::Waiting) => (backlog.waiting, backlog.oldest) = (count, row.maybe_instant(3)?),
                Some(TaskStatus::Leased) => backlog.leased = count,
                _ => backlog.dead = count,
            }
        }
        Ok(kinds.into_values().collect())
    }

    async fn tasks(&self, statement: Statement) -> Result<Vec<Task>, StoreError> {
        self.db.read(Purpose::Tasks, statement).await?.iter().map(task).collect()
    }

    fn select(&self) -> Statement {
        self.text(&format!("SELECT {COLUMNS} FROM task WHERE "))
    }

    fn text(&self, sql: &str) -> Statement {
        Statement::text(self.db.dialect(), sql)
    }
}

/// Makes a leased task a dead letter, unless its lease has passed to someone else.
pub(super) fn bury(dialect: Dialect, now: Timestamp, burial: &Burial) -> Statement {
    let mut statement = Statement::text(dialect, "UPDATE task SET status = 'dead', lease_owner = NULL, updated = ");
    statement.bind(now).push(", story = ").bind(&*burial.story);
    statement.push(" WHERE id = ").bind(burial.id.as_str());
    statement.push(" AND status = 'leased' AND attempts = ").bind(burial.attempts).push(" RETURNING id");
    statement
}

/// Does with a dead letter what a person has decided, unless somebody has moved it since it was read.
pub(super) fn rule(dialect: Dialect, Ruling(task): &Ruling) -> Statement {
    let mut statement = Statement::text(dialect, "UPDATE task SET lease_owner = NULL, status = ");
    statement.bind(task.status.name()).push(", updated = ").bind(task.updated);
    statement.push(", due = ").bind(task.due).push(", story = ").bind(stored(&task.story));
    statement.push(" WHERE id = ").bind(task.id.as_str());
    statement.push(" AND status = 'dead' AND attempts = ").bind(task.attempts).push(" RETURNING id");
    statement
}
