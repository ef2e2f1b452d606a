//! A change made ready to be written, in the caller's own task, so that the one writer only writes.
//! Refuses here what no database could hold.

use super::{
    change::Change,
    draft::{Burial, EventKind, Ruling, Seen, Written},
    error::CommitError,
    once::{OnceKey, OnceRecord},
    origin::Origin,
    table::Table,
    task,
};
use crate::domain::id::{EventId, TaskId};
use jiff::Timestamp;
use std::sync::Arc;

pub(super) struct Prepared {
    pub origin: Origin,
    pub writes: Vec<Written>,
    pub keeps: Vec<Seen>,
    pub events: Vec<Event>,
    pub tasks: Vec<Asked>,
    pub finished: Vec<TaskId>,
    pub buried: Vec<Burial>,
    pub ruled: Vec<Ruling>,
    pub once: Option<Once>,
}

/// An event ready to be chained.
pub(super) struct Event {
    pub id: EventId,
    pub kind: EventKind,
    pub name: String,
    pub subject: String,
    pub subject_version: i64,
    pub occurred_at: Timestamp,
    pub data: Arc<str>,
}

/// A task ready to be written.
pub(super) struct Asked {
    pub id: TaskId,
    pub key: String,
    pub kind: &'static str,
    pub blocking: bool,
    pub due: Timestamp,
    pub effect: Arc<str>,
    pub subject: String,
}

/// A once-record ready to be written.
pub(super) struct Once {
    pub record: OnceRecord,
    pub headers: Arc<str>,
}

/// What a change needs for itself while it is written. Two changes that share one go one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Claim {
    Entity(Table, Arc<str>),
    Once(OnceKey),
}

impl Prepared {
    pub fn new(mut change: Change) -> Result<Self, CommitError> {
        change.account();
        let Change { origin, writes, mut keeps, events, tasks, finished, buried, ruled, once } = change;
        keeps.retain(|seen| !writes.iter().any(|written| written.table == seen.table && written.id == seen.id));
        keeps.sort();
        keeps.dedup();
        let version_of = |subject: &str| version_of(subject, &writes, &keeps);
        let events = events.into_iter().map(|draft| Event {
            subject_version: version_of(&draft.subject),
            id: draft.id,
            kind: draft.kind,
            name: draft.name,
            subject: draft.subject,
            occurred_at: draft.occurred_at,
            data: draft.data.to_string().into(),
        });
        let tasks = tasks.into_iter().map(|draft| Asked {
            key: draft.effect.key(),
            kind: draft.effect.kind(),
            blocking: task::is_blocking(&draft.effect),
            subject: task::subject(&draft.effect),
            effect: text(&draft.effect).into(),
            id: draft.id,
            due: draft.due,
        });
        let events = events.collect();
        let once = once.map(|record| Once { headers: text(&record.answer.headers).into(), record });
        let prepared = Self { origin, events, tasks: tasks.collect(), writes, keeps, finished, buried, ruled, once };
        prepared.refuse_nul()?;
        Ok(prepared)
    }

    /// Rows it writes, roughly.
    pub fn weight(&self) -> usize {
        1 + self.writes.len() + self.keeps.len() + self.events.len() + self.tasks.len()
    }

    /// What it needs for itself: what it writes, and its key.
    pub fn claims(&self) -> impl Iterator<Item = Claim> {
        let entities = self.writes.iter().map(|written| Claim::Entity(written.table, written.id.clone()));
        entities.chain(self.once.iter().map(|once| Claim::Once(once.record.key.clone())))
    }

    /// What nobody may write meanwhile.
    pub fn relies_on(&self) -> impl Iterator<Item = Claim> {
        self.keeps.iter().map(|seen| Claim::Entity(seen.table, seen.id.clone()))
    }

    /// PostgreSQL cannot hold a NUL and SQLite can: refused on both, also where JSON hides it in an escape.
    fn refuse_nul(&self) -> Result<(), CommitError> {
        let plain = self.plain_texts().find(|text| text.contains('\0'));
        let json = self.json_texts().find(|text| has_escaped_nul(text));
        match plain.or(json) {
            None => Ok(()),
            Some(_) => Err(CommitError::Unwritable("text with a NUL character".to_owned())),
        }
    }

    fn plain_texts(&self) -> impl Iterator<Item = &str> {
        let Origin { correlation_id, traceparent, actor, consumer, operation, contract, region, verdict, .. } =
            &self.origin;
        let origin = [correlation_id, traceparent, actor, consumer, operation, &contract.name, &contract.version];
        let writes = self.writes.iter().flat_map(|written| {
            let columns = &written.columns;
            let found_by = [&columns.region, &columns.party, &columns.belongs_to, &columns.carried_by];
            found_by.into_iter().flatten().map(String::as_str).chain([&*written.id, columns.status.as_str()])
        });
        let events = self.events.iter().flat_map(|event| [event.subject.as_str(), event.name.as_str()]);
        let tasks = self.tasks.iter().flat_map(|task| [task.key.as_str(), task.subject.as_str()]);
        let once = self.once.iter().flat_map(|once| {
            let OnceKey { consumer, operation, key } = &once.record.key;
            [consumer.as_str(), operation, key, &once.record.fingerprint]
        });
        let origin = origin.into_iter().map(String::as_str).chain(region.iter().map(|region| region.as_str()));
        let origin = origin.chain(verdict.iter().map(|verdict| verdict.policy.as_str()));
        origin.chain(writes).chain(events).chain(tasks).chain(once)
    }

    fn json_texts(&self) -> impl Iterator<Item = &str> {
        let writes = self.writes.iter().map(|written| &*written.text);
        let events = self.events.iter().map(|event| &*event.data);
        let tasks = self.tasks.iter().map(|task| &*task.effect);
        writes.chain(events).chain(tasks).chain(self.once.iter().map(|once| &*once.headers))
    }
}

/// The subject's version after the change, or as the change saw it.
fn version_of(subject: &str, writes: &[Written], keeps: &[Seen]) -> i64 {
    let written = writes.iter().find(|written| &*written.id == subject).map(|written| written.version);
    written.or_else(|| keeps.iter().find(|seen| &*seen.id == subject).map(|seen| seen.version)).unwrap_or(0)
}

fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it has no maps with keys other than text")
}

/// `\u0000`, unless the backslash itself is escaped.
fn has_escaped_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let backslashes = json[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        backslashes % 2 == 0
    })
}

#[cfg(test)]
mod tests {
    use super::has_escaped_nul;

    #[test]
    fn a_nul_is_found_behind_its_escape_and_a_mere_backslash_is_not() {
        let json = |text: &str| serde_json::to_string(text).expect("text");
        assert!(has_escaped_nul(&json("a\0b")));
        assert!(has_escaped_nul(&json("a\\\0b")));
        assert!(!has_escaped_nul(&json("a\\u0000b")));
        assert!(!has_escaped_nul(&json("plain")));
    }
}
