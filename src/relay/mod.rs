//! The relay: takes tasks from the ledger and brings them about in other systems, in order per key, as often as it
//! takes; what fails for good becomes a dead letter. Looks after what nobody asks for (`upkeep`). Never answers a request.
//!
//! To add an effect: a variant in `domain/effect.rs`, a file in `effects/` that delivers it, an arm in
//! `effects/mod.rs`, its lane in `bench.rs`.

mod backoff;
mod bench;
mod claim;
mod desk;
mod effects;
mod failed;
mod settings;
mod tend;
mod upkeep;
mod work;

pub use desk::{Above, Delivered, Desk, Rulebook};
pub use failed::Failed;
pub use settings::RelaySettings;
pub use upkeep::Chore;

use crate::{
    ids,
    store::{Store, Touched},
};
use bench::Bench;
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// News of commits.
type Heard = broadcast::Receiver<Arc<Vec<Touched>>>;

/// Works off the ledger's tasks. Cheap to clone.
#[derive(Clone)]
pub struct Relay {
    desk: Arc<Desk>,
    bench: Arc<Bench>,
    /// Under which name it holds leases.
    name: Arc<str>,
    /// Commits that another ledger handle of this process tells of, sooner than the database does.
    also: Arc<Mutex<Option<Heard>>>,
}

impl Relay {
    pub fn new(desk: Desk) -> Self {
        let name = format!("relay-{}", &ids::fresh_token()[16..]).into();
        Self { desk: Arc::new(desk), bench: Arc::default(), name, also: Arc::default() }
    }

    /// Wakes it by this handle's commits, too: those of the API beside it, which it would else hear of by way of the
    /// database.
    pub fn woken_by(self, store: &Store) -> Self {
        let heard = store.committed();
        *self.also.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(heard);
        self
    }
}
