//! Dead letters: effects on other systems that failed for good, with their whole story, for a person to decide on.

use crate::{
    app::App,
    domain::{
        id::TaskId,
        refused::Refused,
        text::{Actor, Code},
    },
    error::Error,
    policy::{Call, Kind, Viewer},
    process::{Case, Settled, decide},
    store::{Answer, Chapter, Cursor, Store, Task, TaskStatus},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// An effect on another system, and what became of it so far.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "task": "tsk_019aa2b7", "kind": "post_delivery", "status": "dead", "subject": "shp_5f1c.1", "attempts": 12,
    "region": "north", "created_at": "2026-11-23T08:00:00Z", "updated_at": "2026-11-23T08:20:00Z",
    "due_at": "2026-11-23T08:20:00Z", "correlation_id": "019aa2b7c1f0", "blocks_later_ones": true,
    "effect": {"kind": "post_delivery", "order": "ord_5f1c", "shipment": "shp_5f1c.1", "stop": "stp_5f1c.1.1"},
    "story": [{"at": "2026-11-23T08:00:05Z", "attempt": 1, "by": "relay", "what": "failed", "why": "erp: away"}]
})))]
pub struct TaskStory {
    pub task: TaskId,
    #[schema(value_type = Code)]
    pub kind: String,
    #[schema(value_type = Code)]
    pub status: String,
    /// The order, shipment, route or webhook it is about.
    #[schema(max_length = 200)]
    pub subject: String,
    pub attempts: u64,
    #[schema(max_length = 96)]
    pub region: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub due_at: Timestamp,
    #[schema(max_length = 128)]
    pub correlation_id: String,
    /// Whether later effects on the same order wait for it.
    pub blocks_later_ones: bool,
    #[schema(value_type = Object)]
    pub effect: Value,
    #[schema(max_items = 20)]
    pub story: Vec<TaskChapter>,
}

/// One thing that happened to an effect.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TaskChapter {
    pub at: Timestamp,
    pub attempt: u64,
    /// A relay, or the person who replayed or discarded it.
    #[schema(value_type = Actor)]
    pub by: String,
    /// `failed`, `dead`, `replayed` or `discarded`.
    #[schema(value_type = Code)]
    pub what: String,
    #[schema(max_length = 600)]
    pub why: String,
}

/// Dead letters, oldest first.
pub async fn dead_letters(
    app: &App,
    viewer: &Viewer,
    kind: Option<&str>,
    after: Option<Cursor>,
    limit: u32,
) -> Result<(Vec<TaskStory>, Option<Cursor>), Error> {
    let after = after.map(|cursor| TaskId::from(cursor.id));
    let tasks =
        app.store.tasks().list(TaskStatus::Dead, kind, &viewer.bounds(Kind::Effect), after.as_ref(), limit + 1).await?;
    let more = tasks.len() > limit as usize;
    let page = &tasks[..tasks.len().min(limit as usize)];
    let next = page.last().filter(|_| more).map(|last| Cursor { created: last.created, id: last.id.to_string() });
    Ok((page.iter().map(story).collect(), next))
}

/// One dead letter with its story.
pub async fn dead_letter(app: &App, viewer: &Viewer, id: &TaskId) -> Result<TaskStory, Error> {
    found(&app.store, viewer, id).await.map(|task| story(&task))
}

/// What a person may decide of a dead letter.
#[derive(Clone, Copy, Debug)]
pub enum Ruling<'a> {
    /// It goes on its way again, under the same id, so that nothing is done twice.
    Replay,
    /// It is given up, for a reason.
    Discard { reason: &'a str },
}

/// Rules on a dead letter that the caller may see.
pub async fn rule(
    app: &App,
    call: &Call,
    id: &TaskId,
    ruling: Ruling<'_>,
    word: impl Fn(&TaskStory) -> Answer,
) -> Result<Settled<TaskStory>, Error> {
    rule_in(&app.store, &Case::of(call), &Viewer::of(call), id, ruling, word).await
}

/// The same in a ledger; the row that says who ruled is in the same commit.
pub async fn rule_in(
    store: &Store,
    case: &Case,
    viewer: &Viewer,
    id: &TaskId,
    ruling: Ruling<'_>,
    word: impl Fn(&TaskStory) -> Answer,
) -> Result<Settled<TaskStory>, Error> {
    decide(store, case, word, || async move {
        let task = found(store, viewer, id).await?;
        if task.status != TaskStatus::Dead {
            return Err(not_dead(&task).into());
        }
        let mut change = task.region.as_ref().map_or_else(|| case.change(), |region| case.change_in(region));
        let (what, facts) = match ruling {
            Ruling::Replay => ("replay_dead_letter", json!({ "task": id })),
            Ruling::Discard { reason } => ("discard_dead_letter", json!({ "task": id, "reason": reason })),
        };
        let after = match ruling {
            Ruling::Replay => change.replay(&task),
            Ruling::Discard { reason } => change.discard(&task, reason),
        };
        change.audit(what, task.subject.as_str(), facts);
        Ok((change, story(&after)))
    })
    .await
}

/// The story of a task in a reader's words.
pub fn story(task: &Task) -> TaskStory {
    let chapter = |one: &Chapter| TaskChapter {
        at: one.at,
        attempt: one.attempt.unsigned_abs(),
        by: one.by.clone(),
        what: one.what.clone(),
        why: one.why.clone(),
    };
    TaskStory {
        task: task.id.clone(),
        kind: task.kind.clone(),
        status: task.status.name().to_owned(),
        subject: task.subject.clone(),
        attempts: task.attempts.unsigned_abs(),
        region: task.region.as_ref().map(ToString::to_string),
        created_at: task.created,
        updated_at: task.updated,
        due_at: task.due,
        correlation_id: task.correlation_id.clone(),
        blocks_later_ones: !matches!(task.kind.as_str(), "notify_customer" | "deliver_webhook"),
        effect: serde_json::to_value(&task.effect).unwrap_or_default(),
        story: task.story.iter().map(chapter).collect(),
    }
}

async fn found(store: &Store, viewer: &Viewer, id: &TaskId) -> Result<Task, Error> {
    let task = store.tasks().get(id).await?;
    task.filter(|task| viewer.sees(task)).ok_or(Error::NotFound("dead letter"))
}

fn not_dead(task: &Task) -> Refused {
    let state = task.status.name();
    Refused::new("not_a_dead_letter", format!("task {} is {state}; only a dead letter is decided on", task.id))
}
