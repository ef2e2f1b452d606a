//! Tasks: effects on other systems on their way, and their story so far. Holds no SQL.

use super::{error::StoreError, statement::Row};
use crate::domain::{
    effect::Effect,
    id::{RegionId, TaskId},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A task, with everything its deliverer needs to act in the name of the change that asked for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub id: TaskId,
    /// Tasks of one key are done one after the other.
    pub key: String,
    pub kind: String,
    pub status: TaskStatus,
    pub effect: Effect,
    /// When it may be claimed next: its own time, or the end of its lease.
    pub due: Timestamp,
    /// How often it was claimed. Whoever holds an earlier claim can no longer retry or bury it.
    pub attempts: i64,
    pub lease_owner: Option<String>,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub story: Vec<Chapter>,
    /// The order, shipment or route it is about.
    pub subject: String,
    pub correlation_id: String,
    pub traceparent: String,
    pub actor: String,
    pub consumer: String,
    pub region: Option<RegionId>,
    pub(super) sequence: i64,
}

/// waiting ⇄ leased → done | dead → waiting (replayed) | discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    Waiting,
    Leased,
    Done,
    Dead,
    Discarded,
}

impl TaskStatus {
    pub const ALL: &[TaskStatus] = &[Self::Waiting, Self::Leased, Self::Done, Self::Dead, Self::Discarded];

    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Discarded => "discarded",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.name() == name)
    }
}

/// One thing that happened to a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    pub at: Timestamp,
    /// The attempt it belongs to.
    pub attempt: i64,
    /// Who: a relay, or the person who replayed or discarded it.
    pub by: String,
    /// `failed`, `away`, `returned`, `dead`, `replayed` or `discarded`.
    pub what: String,
    pub why: String,
}

/// How many tasks of a kind are open, and since when the oldest has been waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    pub kind: String,
    pub waiting: u64,
    pub leased: u64,
    pub dead: u64,
    pub oldest: Option<Timestamp>,
}

/// The first chapters tell how it began, the last ones how it ends; what is between is cut, and absences before
/// anything else, because failures are counted.
const FIRST_CHAPTERS: usize = 3;
const MOST_CHAPTERS: usize = 20;
const LONGEST_REASON: usize = 600;

impl Task {
    /// The story with one more chapter, as it is stored.
    pub(super) fn story_with(&self, at: Timestamp, by: &str, what: &str, why: &str) -> String {
        stored(&self.story_and(at, by, what, why))
    }

    /// The story with one more chapter.
    pub(super) fn story_and(&self, at: Timestamp, by: &str, what: &str, why: &str) -> Vec<Chapter> {
        let mut story = self.story.clone();
        if story.len() >= MOST_CHAPTERS {
            let between = &story[FIRST_CHAPTERS..];
            let least = between.iter().position(|chapter| chapter.what == "away").unwrap_or(0);
            story.remove(FIRST_CHAPTERS + least);
        }
        let why = why.chars().filter(|letter| *letter != '\0').take(LONGEST_REASON).collect();
        story.push(Chapter { at, attempt: self.attempts, by: by.to_owned(), what: what.to_owned(), why });
        story
    }
}

/// A story as it is stored.
pub(super) fn stored(story: &[Chapter]) -> String {
    serde_json::to_string(story).expect("a story is plain text")
}

/// What an effect is about, for those who trace an order.
pub(super) fn subject(effect: &Effect) -> String {
    match effect {
        Effect::RecheckOrder { order }
        | Effect::ConfirmRelease { order }
        | Effect::CancelInErp { order, .. }
        | Effect::HoldInvoice { order, .. }
        | Effect::ReleaseInvoice { order } => order.to_string(),
        Effect::PostDelivery { shipment, .. } | Effect::NotifyCustomer { shipment, .. } => shipment.to_string(),
        Effect::DeliverWebhook { webhook, .. } => webhook.to_string(),
        Effect::SettleRoute { route } | Effect::ProjectEtas { route } => route.to_string(),
        Effect::ReleaseLines { batch, .. } => batch.clone(),
    }
}

/// Whether a dead letter of this kind keeps the later ones of its key waiting. Telling someone too late or not at all
/// harms no book; posting the second delivery before the first does.
pub(super) fn is_blocking(effect: &Effect) -> bool {
    !matches!(effect, Effect::NotifyCustomer { .. } | Effect::DeliverWebhook { .. })
}

pub(super) const COLUMNS: &str = "id, task_key, kind, status, effect, due, attempts, lease_owner, created, updated, \
    story, subject, correlation_id, traceparent, actor, consumer, region, sequence";

pub(super) fn task(row: &Row) -> Result<Task, StoreError> {
    let unreadable = |error: serde_json::Error| StoreError::Unreadable(format!("task: {error}"));
    let status = row.text(3)?;
    Ok(Task {
        id: row.text(0)?.into(),
        key: row.text(1)?,
        kind: row.text(2)?,
        status: TaskStatus::named(&status).ok_or(StoreError::Unreadable(status))?,
        effect: serde_json::from_str(&row.text(4)?).map_err(unreadable)?,
        due: row.instant(5)?,
        attempts: row.int(6)?,
        lease_owner: row.maybe_text(7)?,
        created: row.instant(8)?,
        updated: row.instant(9)?,
        story: serde_json::from_str(&row.text(10)?).map_err(unreadable)?,
        subject: row.text(11)?,
        correlation_id: row.text(12)?,
        traceparent: row.text(13)?,
        actor: row.text(14)?,
        consumer: row.text(15)?,
        region: row.maybe_text(16)?.map(RegionId::from),
        sequence: row.int(17)?,
    })
}
