//! A change: everything one decision writes, handed to the ledger whole. Holds no SQL and touches no database.

use super::{
    draft::{Burial, EventDraft, EventKind, Ruling, Seen, TaskDraft, Written},
    once::OnceRecord,
    origin::Origin,
    table::{Entity, Loaded, Stood, Table},
    task::{Task, TaskStatus},
};
use crate::{
    domain::{
        effect::Effect,
        id::{EventId, TaskId},
        milestone::Milestone,
    },
    ids,
};
use jiff::Timestamp;
use serde_json::Value;

/// What a decision reads, writes, announces and asks of others; all of it is committed, or nothing.
#[derive(Clone, Debug)]
pub struct Change {
    pub(super) origin: Origin,
    pub(super) writes: Vec<Written>,
    pub(super) keeps: Vec<Seen>,
    pub(super) events: Vec<EventDraft>,
    pub(super) tasks: Vec<TaskDraft>,
    pub(super) finished: Vec<TaskId>,
    pub(super) buried: Vec<Burial>,
    pub(super) ruled: Vec<Ruling>,
    pub(super) once: Option<OnceRecord>,
}

/// What a commit left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Every entity written, with its new version.
    pub versions: Vec<(Table, String, i64)>,
    /// When the change was decided, which is when it counts as recorded.
    pub at: Timestamp,
}

impl Committed {
    /// The version the entity has now, if this change wrote it.
    pub fn version_of(&self, id: &str) -> Option<i64> {
        self.versions.iter().find(|(_, written, _)| written == id).map(|(_, _, version)| *version)
    }
}

impl Change {
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            writes: Vec::new(),
            keeps: Vec::new(),
            events: Vec::new(),
            tasks: Vec::new(),
            finished: Vec::new(),
            buried: Vec::new(),
            ruled: Vec::new(),
            once: None,
        }
    }

    /// Creates an entity; stale if its id exists.
    pub fn create<E: Entity>(&mut self, state: E) -> &mut Self {
        self.replace_at(0, state)
    }

    /// Replaces an entity as it was loaded; stale if it has moved on since.
    pub fn replace<E: Entity>(&mut self, loaded: &Loaded<E>, state: E) -> &mut Self {
        self.replace_at(loaded.stood(), state)
    }

    /// Replaces an entity that stood like this, or at this version, for those who did not keep what they loaded. Written
    /// twice in one change, it is written once, as it was given last.
    pub fn replace_at<E: Entity>(&mut self, stood: impl Into<Stood>, state: E) -> &mut Self {
        let written = Written::after(&stood.into(), state);
        match self.writes.iter_mut().find(|other| other.table == written.table && other.id == written.id) {
            Some(earlier) => earlier.give_way(written),
            None => self.writes.push(written),
        }
        self
    }

    /// Stale if this entity, which the decision rests on, has moved on since.
    pub fn keep<E: Entity>(&mut self, loaded: &Loaded<E>) -> &mut Self {
        self.keeps.push(Seen { table: E::TABLE, id: loaded.id().into(), version: loaded.version });
        self
    }

    /// Tells the world. Announce about what the change writes, so that the subject's feed stays in order.
    pub fn announce(&mut self, milestone: Milestone) -> EventId {
        let Milestone { kind, subject, occurred_at, data } = milestone;
        self.event(EventDraft::new(EventKind::Milestone, kind.name(), subject, occurred_at, data))
    }

    /// Leaves a trace for those who ask later who did what.
    pub fn audit(&mut self, kind: &str, subject: impl Into<String>, data: Value) -> EventId {
        let now = self.origin.now;
        self.event(EventDraft::new(EventKind::Audit, kind, subject.into(), now, data))
    }

    /// Leaves a row of what a caller's change does where nothing else in it tells: no caller writes unseen.
    pub(super) fn account(&mut self) {
        if self.origin.verdict.is_some() && self.events.is_empty() && !self.is_empty() {
            let operation = self.origin.operation.clone();
            let subject = self.writes.first().map_or_else(|| operation.clone(), |written| written.id.to_string());
            self.audit(&operation, subject, Value::Object(Default::default()));
        }
    }

    /// Asks something of another system, as soon as this is committed.
    pub fn effect(&mut self, effect: Effect) -> TaskId {
        let now = self.origin.now;
        self.effect_at(effect, now)
    }

    /// Asks something of another system, not before `due`.
    pub fn effect_at(&mut self, effect: Effect, due: Timestamp) -> TaskId {
        let id = TaskId::from_token(&ids::fresh_token());
        self.tasks.push(TaskDraft { id: id.clone(), effect, due });
        id
    }

    /// Marks a task done in the same commit as what it led to.
    pub fn finish(&mut self, task: &TaskId) -> &mut Self {
        self.finished.push(task.clone());
        self
    }

    /// Makes a task a dead letter in the same commit as what that leads to; stale if its lease has passed to someone else.
    pub fn bury(&mut self, task: &Task, why: &str) -> &mut Self {
        let by = task.lease_owner.as_deref().unwrap_or_default();
        let story = task.story_with(self.origin.now, by, "dead", why);
        self.buried.push(Burial { id: task.id.clone(), attempts: task.attempts, story });
        self
    }

    /// Sends a dead letter on its way again, under the same id; stale if it is none any more. Answers it as it will be.
    pub fn replay(&mut self, task: &Task) -> Task {
        self.rule(task, TaskStatus::Waiting, self.origin.now, ("replayed", ""))
    }

    /// Gives a dead letter up; stale if it is none any more. Answers it as it will be.
    pub fn discard(&mut self, task: &Task, why: &str) -> Task {
        self.rule(task, TaskStatus::Discarded, task.due, ("discarded", why))
    }

    /// Remembers the answer under its key; a key that was used before answers `Seen` or `KeyReused`.
    pub fn once(&mut self, record: OnceRecord) -> &mut Self {
        self.once = Some(record);
        self
    }

    /// Whose the subject is, where this change writes it.
    pub fn party_of(&self, subject: &str) -> Option<&str> {
        self.writes.iter().find(|written| &*written.id == subject)?.columns.party.as_deref()
    }

    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
            && self.events.is_empty()
            && self.tasks.is_empty()
            && self.finished.is_empty()
            && self.buried.is_empty()
            && self.ruled.is_empty()
            && self.once.is_none()
    }

    fn rule(&mut self, task: &Task, status: TaskStatus, due: Timestamp, (what, why): (&str, &str)) -> Task {
        let now = self.origin.now;
        let story = task.story_and(now, &self.origin.actor, what, why);
        let ruled = Task { status, due, story, updated: now, lease_owner: None, ..task.clone() };
        self.ruled.push(Ruling(ruled.clone()));
        ruled
    }

    fn event(&mut self, draft: EventDraft) -> EventId {
        let id = draft.id.clone();
        self.events.push(draft);
        id
    }
}
