//! What a change is made of: entities, events and tasks as they shall be written. Holds no SQL.

use super::{
    table::{Columns, Entity, Stood, Table},
    task::Task,
};
use crate::{
    domain::{
        effect::Effect,
        id::{EventId, TaskId},
    },
    ids,
};
use jiff::Timestamp;
use serde_json::Value;
use std::{any::Any, sync::Arc};

/// An entity to be written, as text and as the value the cache keeps.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub table: Table,
    pub id: Arc<str>,
    pub version: i64,
    pub columns: Columns,
    /// The names of the columns that differ from what they were.
    pub differing: Vec<&'static str>,
    pub text: Arc<str>,
    pub value: Arc<dyn Any + Send + Sync>,
}

impl Written {
    /// The entity's next version.
    pub fn after<E: Entity>(stood: &Stood, state: E) -> Self {
        let text = serde_json::to_string(&state).expect("an entity's maps have keys that are text");
        let columns = state.columns();
        Self {
            table: E::TABLE,
            id: state.id().into(),
            version: stood.version + 1,
            differing: columns.differing(stood.columns.as_ref()),
            columns,
            text: text.into(),
            value: Arc::new(state),
        }
    }
}

impl Written {
    /// The later of two states of one entity takes the place of the earlier, which is never seen.
    pub fn give_way(&mut self, later: Self) {
        let (version, mut differing) = (self.version, std::mem::take(&mut self.differing));
        differing.extend(&later.differing);
        *self = Self { version, differing, ..later };
    }
}

/// An entity that must not have moved on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub table: Table,
    pub id: Arc<str>,
    pub version: i64,
}

/// Whom an event is for: the world, or those who ask who did what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    Milestone,
    Audit,
}

impl EventKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Milestone => "milestone",
            Self::Audit => "audit",
        }
    }
}

/// An event to be written.
#[derive(Clone, Debug)]
pub(super) struct EventDraft {
    pub id: EventId,
    pub kind: EventKind,
    pub name: String,
    pub subject: String,
    pub occurred_at: Timestamp,
    pub data: Value,
}

impl EventDraft {
    pub fn new(kind: EventKind, name: &str, subject: String, occurred_at: Timestamp, data: Value) -> Self {
        let id = EventId::from_token(&ids::fresh_token());
        Self { id, kind, name: name.to_owned(), subject, occurred_at, data }
    }
}

/// A task to be written.
#[derive(Clone, Debug)]
pub(super) struct TaskDraft {
    pub id: TaskId,
    pub effect: Effect,
    pub due: Timestamp,
}

/// A task that becomes a dead letter, as it was claimed.
#[derive(Clone, Debug)]
pub(super) struct Burial {
    pub id: TaskId,
    pub attempts: i64,
    pub story: String,
}

/// A dead letter that a person has decided on, as it will be: on its way again, or given up.
#[derive(Clone, Debug)]
pub(super) struct Ruling(pub Task);
