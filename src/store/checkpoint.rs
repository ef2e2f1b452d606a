//! SQLite's checkpoints, from a connection of their own and off the commit path: they are what the slowest commits
//! would wait for.

use super::{db::Db, settings::StoreSettings};
use crate::spawn::Background;
use secrecy::ExposeSecret;
use sqlx::{Connection, SqliteConnection};
use std::{path::Path, sync::Arc, time::Duration};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Below this a checkpoint is not worth its writes.
const WORTH_IT_BYTES: u64 = 4 << 20;
/// Above this the log has to be emptied, even if commits wait for it a moment.
const TOO_LONG_BYTES: u64 = 256 << 20;

pub(super) fn start(db: &Arc<Db>, settings: &StoreSettings, background: &Background) {
    let Db::Sqlite { file, .. } = &**db else { return };
    let mut log = file.clone().into_os_string();
    log.push("-wal");
    let url = settings.url.clone();
    let stopping = background.clone();
    background.spawn(async move {
        let mut connection = None;
        loop {
            tokio::select! {
                () = stopping.stopping() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if let Err(error) = look(Path::new(&log), url.expose_secret(), &mut connection).await {
                tracing::warn!(%error, "the write-ahead log was not checkpointed");
                connection = None;
            }
        }
    });
}

async fn look(log: &Path, url: &str, connection: &mut Option<SqliteConnection>) -> Result<(), sqlx::Error> {
    let length = tokio::fs::metadata(log).await.map_or(0, |about| about.len());
    if length < WORTH_IT_BYTES {
        return Ok(());
    }
    let connection = match connection {
        Some(open) => open,
        None => connection.insert(SqliteConnection::connect(url).await?),
    };
    let pragma =
        if length > TOO_LONG_BYTES { "PRAGMA wal_checkpoint(TRUNCATE)" } else { "PRAGMA wal_checkpoint(PASSIVE)" };
    sqlx::query(pragma).execute(connection).await.map(|_| ())
}
