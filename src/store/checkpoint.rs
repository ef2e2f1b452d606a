//! SQLite's checkpoints, off the commit path: they are what the slowest commits would wait for. A connection of their
//! own copies what is in the log while commits go on; the little that came meanwhile is copied between two commits, so
//! that the next one begins the log anew. A log that is written over is far cheaper than one that grows.

use super::{db::Db, settings::StoreSettings};
use crate::spawn::Background;
use secrecy::ExposeSecret;
use sqlx::{Connection, SqliteConnection, sqlite::SqlitePool};
use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Below this a checkpoint is not worth its writes.
const WORTH_IT_BYTES: u64 = 4 << 20;
/// Above this the log has to be cut short, even if commits wait for it a moment: a reader must have held it open long.
const TOO_LONG_BYTES: u64 = 512 << 20;

pub(super) fn start(db: &Arc<Db>, settings: &StoreSettings, background: &Background) {
    let Db::Sqlite { file, writer, .. } = &**db else { return };
    let mut log = file.clone().into_os_string();
    log.push("-wal");
    let mut checkpoints = Checkpoints {
        log: PathBuf::from(log),
        url: settings.url.expose_secret().to_owned(),
        writer: writer.clone(),
        own: None,
        seen: None,
    };
    let stopping = background.clone();
    background.spawn(async move {
        loop {
            tokio::select! {
                () = stopping.stopping() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if let Err(error) = checkpoints.look().await {
                tracing::warn!(%error, "the write-ahead log was not checkpointed");
                checkpoints.own = None;
            }
        }
    });
}

struct Checkpoints {
    log: PathBuf,
    url: String,
    writer: SqlitePool,
    own: Option<SqliteConnection>,
    /// When the log was last written, as of the last checkpoint.
    seen: Option<SystemTime>,
}

impl Checkpoints {
    async fn look(&mut self) -> Result<(), sqlx::Error> {
        let Ok(about) = tokio::fs::metadata(&self.log).await else { return Ok(()) };
        let written = about.modified().ok();
        if about.len() < WORTH_IT_BYTES || written == self.seen {
            return Ok(());
        }
        let own = match &mut self.own {
            Some(open) => open,
            None => self.own.insert(SqliteConnection::connect(&self.url).await?),
        };
        copy(own).await?;
        let mut between_commits = self.writer.acquire().await?;
        copy(&mut between_commits).await?;
        if about.len() > TOO_LONG_BYTES {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *between_commits).await?;
        }
        self.seen = written;
        Ok(())
    }
}

/// Copies what it can without waiting for anybody.
async fn copy(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(connection).await.map(drop)
}
