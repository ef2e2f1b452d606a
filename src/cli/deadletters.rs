//! `haulgate deadletters`: the effects that failed for good, with their stories; replayed or given up by a person.

use super::{Failure, runtime};
use crate::{
    clock::Clock,
    config::Settings,
    domain::id::TaskId,
    error::Error,
    ids,
    policy::Viewer,
    process::{
        Case,
        dead_letters::{Ruling, rule_in},
    },
    reply::empty,
    store::{ContractStamp, Origin, Store, StoreError, Task, TaskStatus, Tasks},
    system::Errand,
};
use clap::Subcommand;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List them, oldest first.
    List {
        /// Only this kind, such as post_delivery.
        #[arg(long)]
        kind: Option<String>,
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    /// Show one with its whole story.
    Show { id: String },
    /// Send one on its way again, under the same id; or all, or all of a kind.
    Replay {
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        #[arg(long, conflicts_with = "id")]
        all: bool,
        #[arg(long, requires = "all")]
        kind: Option<String>,
        /// Who decides, for the story.
        #[arg(long, env = "USER", default_value = "operator")]
        by: String,
    },
    /// Give one up. What it should have brought about will not be.
    Discard {
        id: String,
        /// Why that is right, for the story.
        #[arg(long)]
        why: String,
        #[arg(long, env = "USER", default_value = "operator")]
        by: String,
    },
}

const PAGE: u32 = 200;
/// How long one ruling may take.
const PATIENCE: Duration = Duration::from_secs(30);

impl DeadLetters {
    pub fn run(&self, settings: Settings) -> Result<(), Failure> {
        runtime("deadletters", 1)?.block_on(async {
            let store = Store::open(&settings.database, Clock::System).await.map_err(Failure::new)?;
            let outcome = self.act(&store).await;
            store.close().await;
            outcome.map_err(Failure::new)?.map_err(Failure::new)
        })
    }

    async fn act(&self, store: &Store) -> Result<Result<(), String>, Error> {
        let tasks = store.tasks();
        Ok(match self {
            Self::List { kind, limit } => list(&tasks, kind.as_deref(), *limit).await?,
            Self::Show { id } => show(&tasks, id).await?,
            Self::Replay { id: Some(id), by, .. } => {
                let replayed = rule(store, by, &TaskId::from(id.as_str()), Ruling::Replay).await?;
                said(replayed, id, "is on its way again")
            }
            Self::Replay { id: None, kind, by, .. } => replay_all(store, kind.as_deref(), by).await?,
            Self::Discard { id, why, by } => {
                let discarded = rule(store, by, &TaskId::from(id.as_str()), Ruling::Discard { reason: why }).await?;
                said(discarded, id, "is given up")
            }
        })
    }
}

/// Rules on a dead letter in an operator's name; false if it is none.
async fn rule(store: &Store, by: &str, id: &TaskId, ruling: Ruling<'_>) -> Result<bool, Error> {
    let operation = match ruling {
        Ruling::Replay => "replay_dead_letter",
        Ruling::Discard { .. } => "discard_dead_letter",
    };
    let case = operators(by, operation);
    match rule_in(store, &case, &Viewer::haulgate(), id, ruling, |_| empty(200)).await {
        Ok(_) => Ok(true),
        Err(Error::Refused(_) | Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A case at this machine's own terminal: no contract was in force, and whoever sits there has the database anyway.
fn operators(by: &str, operation: &str) -> Case {
    let errand = Errand::within(PATIENCE, ids::fresh_token(), "");
    let origin = Origin {
        correlation_id: errand.correlation_id.clone(),
        traceparent: errand.child_traceparent(),
        actor: format!("terminal/{by}"),
        consumer: "terminal".to_owned(),
        operation: operation.to_owned(),
        contract: ContractStamp::default(),
        now: Clock::System.now(),
        region: None,
        verdict: None,
    };
    Case { origin, errand, once: None }
}

fn said(done: bool, id: &str, what: &str) -> Result<(), String> {
    if !done {
        return Err(format!("{id} is not a dead letter"));
    }
    println!("{id} {what}.");
    Ok(())
}

async fn list(tasks: &Tasks, kind: Option<&str>, limit: u32) -> Result<Result<(), String>, StoreError> {
    let letters = tasks.list(TaskStatus::Dead, kind, &[], None, limit).await?;
    for Task { id, kind, subject, attempts, story, .. } in &letters {
        let last = story.last().map_or_else(String::new, |chapter| format!("{} {}", chapter.at, chapter.why));
        println!("{id}  {kind:<16} {subject}  {attempts} attempts  {last}");
    }
    println!("{} dead letters.", letters.len());
    Ok(Ok(()))
}

async fn show(tasks: &Tasks, id: &str) -> Result<Result<(), String>, StoreError> {
    let Some(task) = tasks.get(&TaskId::from(id)).await? else { return Ok(Err(format!("there is no task {id}"))) };
    println!("{}  {}  {}", task.id, task.kind, task.status.name());
    println!("subject      {}\nkey          {}", task.subject, task.key);
    println!("created      {}\nattempts     {}", task.created, task.attempts);
    println!("correlation  {}\ntrace        {}", task.correlation_id, task.traceparent);
    println!("asked by     {}", task.actor);
    println!("effect       {}", serde_json::to_string(&task.effect).unwrap_or_default());
    for chapter in &task.story {
        println!(
            "  {}  attempt {:<3} {:<9} by {}: {}",
            chapter.at, chapter.attempt, chapter.what, chapter.by, chapter.why
        );
    }
    Ok(Ok(()))
}

/// What has been replayed is no dead letter any more, so that this goes on where it was broken off.
async fn replay_all(store: &Store, kind: Option<&str>, by: &str) -> Result<Result<(), String>, Error> {
    let (tasks, mut replayed, mut after) = (store.tasks(), 0u64, None);
    loop {
        let letters = tasks.list(TaskStatus::Dead, kind, &[], after.as_ref(), PAGE).await?;
        for letter in &letters {
            replayed += u64::from(rule(store, by, &letter.id, Ruling::Replay).await?);
        }
        match letters.last() {
            Some(last) => after = Some(last.id.clone()),
            None => break,
        }
    }
    println!("{replayed} dead letters are on their way again.");
    Ok(Ok(()))
}
