//! The desk: what an effect has at hand to be brought about. Never decides anything itself.

use super::{failed::Failed, settings::RelaySettings, upkeep::Chore};
use crate::{
    clock::Clock,
    domain::{effect::Effect, exception::Taxonomy, proof::ProofPolicy},
    store::{Change, CommitError, Committed, ContractStamp, Entity, Loaded, Origin, Store, Task},
    system::{Connectors, Errand},
};
use async_trait::async_trait;
use std::{future::Future, sync::Arc};

/// The use cases above the relay that it works off: it calls them through this, so that it need not know them.
#[async_trait]
pub trait Above: Send + Sync {
    /// Works off a task whose work is a use case. Afterwards the relay marks it done.
    async fn work(&self, effect: &Effect, origin: Origin, errand: Errand) -> Result<(), Failed>;
    /// Looks after something, for as long as the errand allows.
    async fn look_after(&self, chore: Chore, origin: Origin, errand: Errand) -> Result<(), Failed>;
    /// The rules in force now.
    fn rules(&self) -> Rulebook;
}

/// The rules an effect's outcome is decided by.
#[derive(Clone, Debug)]
pub struct Rulebook {
    pub taxonomy: Taxonomy,
    pub proof: ProofPolicy,
}

/// Everything an effect needs.
#[derive(Clone)]
pub struct Desk {
    pub store: Store,
    pub connectors: Connectors,
    pub clock: Clock,
    pub settings: RelaySettings,
    /// How callers reach the API: for links, and the source of events.
    pub public_url: String,
    pub above: Arc<dyn Above>,
}

/// How a delivery ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// The task is still to be marked done.
    Done,
    /// The change that says what followed has marked it.
    Finished,
}

/// How often a change is decided again when others keep changing the same things.
const DECISIONS: usize = 6;

impl Desk {
    /// What travels with a task's calls: its own id is the key under which the other side does it once.
    pub fn errand(&self, task: &Task) -> Errand {
        let time = self.settings.deliver_within();
        Errand::within(time, task.correlation_id.clone(), task.traceparent.clone()).keyed(task.id.to_string())
    }

    /// An empty change in the name of the task.
    pub fn change(&self, task: &Task) -> Change {
        Change::new(self.origin(task))
    }

    /// Where rows come from that are written for a task: its caller's consumer, trace and correlation go on.
    pub fn origin(&self, task: &Task) -> Origin {
        Origin {
            correlation_id: task.correlation_id.clone(),
            traceparent: task.traceparent.clone(),
            actor: "haulgate/relay".to_owned(),
            consumer: task.consumer.clone(),
            operation: task.kind.clone(),
            contract: ContractStamp::default(),
            now: self.clock.now(),
            region: task.region.clone(),
            verdict: None,
        }
    }

    /// What the books say now. Past the cache: a task is often claimed before this process has heard of the commit
    /// that asked for it.
    pub async fn load<E: Entity>(&self, id: &str) -> Result<Loaded<E>, Failed> {
        let missing = || Failed::refused("not_in_the_books", format!("there is no {} {id}", E::TABLE.name()));
        self.store.load_fresh::<E>(id).await?.ok_or_else(missing)
    }

    /// Decides until the change is committed; again where someone was faster.
    pub async fn decide<F>(&self, decision: impl Fn() -> F) -> Result<Committed, Failed>
    where
        F: Future<Output = Result<Change, Failed>>,
    {
        for _ in 0..DECISIONS {
            match self.store.commit(decision().await?).await {
                Err(CommitError::Stale) => {}
                outcome => return Ok(outcome?),
            }
        }
        Err(Failed::Ledger("others kept changing the same things".to_owned()))
    }
}
