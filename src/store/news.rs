//! News of commits: told to everyone in this process, and on PostgreSQL to the other processes, one notice a batch.
//!
//! Notices go out after the commit and beside it: `NOTIFY` inside a transaction takes a lock over the whole database
//! until the commit is durable, which would queue all gateways up behind each other. A notice that is lost to a crash
//! costs other processes no more than the seconds a cached entity lives.

use super::{
    cache::Cache,
    db::{Db, Purpose},
    statement::Statement,
    table::Table,
};
use crate::{ids, spawn::Background};
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgListener, PgPool};
use std::{sync::Arc, time::Duration};
use tokio::sync::{broadcast, mpsc};

/// An entity that a commit has touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    pub table: Table,
    pub id: String,
    pub version: i64,
}

pub(super) struct News {
    here: broadcast::Sender<Arc<Vec<Touched>>>,
    /// None on SQLite: nobody else is there.
    elsewhere: Option<mpsc::Sender<Arc<Vec<Touched>>>>,
}

/// A notice on the wire: from which process, and what was touched. `None` means more than was counted.
#[derive(Serialize, Deserialize)]
struct Notice {
    node: String,
    touched: Option<Vec<(String, String, i64)>>,
}

const CHANNEL: &str = "haulgate_committed";
const REMEMBERED_BATCHES: usize = 1024;
/// PostgreSQL takes less than 8000 bytes.
const LARGEST_NOTICE: usize = 7800;
const NOTICE_FRAME: usize = 120;

impl News {
    pub fn start(db: &Arc<Db>, cache: &Arc<Cache>, background: &Background) -> Arc<Self> {
        let (here, _) = broadcast::channel(REMEMBERED_BATCHES);
        let Db::Postgres { tasks, .. } = &**db else { return Arc::new(Self { here, elsewhere: None }) };
        let node = ids::fresh_token();
        let (elsewhere, outgoing) = mpsc::channel(REMEMBERED_BATCHES);
        background.spawn(tell(db.clone(), node.clone(), outgoing, background.clone()));
        background.spawn(hear(tasks.clone(), node, cache.clone(), here.clone(), background.clone()));
        Arc::new(Self { here, elsewhere: Some(elsewhere) })
    }

    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Vec<Touched>>> {
        self.here.subscribe()
    }

    /// Tells of a commit. Never waits: a process that has fallen behind is caught up by its cache's seconds.
    pub fn committed(&self, touched: Vec<Touched>) {
        let touched = Arc::new(touched);
        if let Some(elsewhere) = &self.elsewhere {
            let _ = elsewhere.try_send(touched.clone());
        }
        // Nobody listening is fine.
        let _ = self.here.send(touched);
    }
}

async fn tell(db: Arc<Db>, node: String, mut outgoing: mpsc::Receiver<Arc<Vec<Touched>>>, background: Background) {
    loop {
        let first = tokio::select! {
            () = background.stopping() => return,
            batch = outgoing.recv() => batch,
        };
        let Some(first) = first else { return };
        let mut touched: Vec<Touched> = first.to_vec();
        while let Ok(more) = outgoing.try_recv() {
            touched.extend(more.iter().cloned());
        }
        for payload in payloads(&node, &touched) {
            let mut statement = Statement::text(db.dialect(), "SELECT CAST(pg_notify(");
            statement.bind(CHANNEL).push(", ").bind(payload).push(") AS TEXT)");
            if let Err(error) = db.read(Purpose::Tasks, statement).await {
                tracing::info!(%error, "other processes could not be told of a commit");
            }
        }
    }
}

/// As many notices as it takes to stay under the limit; at least one, so that others learn of new tasks.
fn payloads(node: &str, touched: &[Touched]) -> Vec<String> {
    let mut notices = vec![Vec::new()];
    let mut room = LARGEST_NOTICE - NOTICE_FRAME;
    for Touched { table, id, version } in touched {
        let length = serde_json::to_string(id).map_or(id.len(), |text| text.len()) + 50;
        if length > room {
            notices.push(Vec::new());
            room = LARGEST_NOTICE - NOTICE_FRAME;
        }
        room = room.saturating_sub(length);
        notices.last_mut().expect("there is at least one").push((table.name().to_owned(), id.clone(), *version));
    }
    let notice = |touched| Notice { node: node.to_owned(), touched: Some(touched) };
    notices.into_iter().map(|touched| serde_json::to_string(&notice(touched)).expect("plain text")).collect()
}

async fn hear(
    pool: PgPool,
    node: String,
    cache: Arc<Cache>,
    here: broadcast::Sender<Arc<Vec<Touched>>>,
    background: Background,
) {
    while !background.is_stopping() {
        let listening = async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.ignore_pool_close_event(false);
            listener.listen(CHANNEL).await?;
            // What happened while nobody listened is unknown.
            cache.clear();
            while let Some(notification) = listener.try_recv().await? {
                apply(notification.payload(), &node, &cache, &here).await;
            }
            Ok::<_, sqlx::Error>(())
        };
        tokio::select! {
            () = background.stopping() => return,
            outcome = listening => if let Err(error) = outcome {
                tracing::info!(%error, "not hearing of other processes' commits for a while");
            },
        }
        cache.clear();
        tokio::select! {
            () = background.stopping() => return,
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
        }
    }
}

async fn apply(payload: &str, node: &str, cache: &Cache, here: &broadcast::Sender<Arc<Vec<Touched>>>) {
    let Ok(notice) = serde_json::from_str::<Notice>(payload) else { return cache.clear() };
    if notice.node == node {
        return;
    }
    let Some(named) = notice.touched else { return cache.clear() };
    let known =
        |(table, id, version): (String, String, i64)| Table::named(&table).map(|table| Touched { table, id, version });
    let touched: Vec<Touched> = named.into_iter().filter_map(known).collect();
    for Touched { table, id, version } in &touched {
        cache.outdate(*table, id, *version).await;
    }
    let _ = here.send(Arc::new(touched));
}
