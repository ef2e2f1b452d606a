//! The database: SQLite in a file or PostgreSQL, with its pools. Knows no table.

use super::{
    connection::{InUse, Transaction},
    error::{StoreError, Trouble},
    settings::{Grouping, StoreSettings},
    statement::{Dialect, Row, Statement},
};
use secrecy::ExposeSecret;
use sqlx::{
    Postgres, Sqlite,
    pool::PoolOptions,
    postgres::{PgConnectOptions, PgPool},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous},
};
use std::{path::PathBuf, str::FromStr, sync::OnceLock, time::Duration};

/// Either database with its pools. Reads never wait for writes, and the relay's work never takes the API's connections.
pub(super) enum Db {
    Sqlite { file: PathBuf, writer: SqlitePool, readers: SqlitePool, halted: OnceLock<String> },
    Postgres { writers: PgPool, readers: PgPool, keyed: PgPool, tasks: PgPool, within: Duration },
}

/// For whom a connection is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Serving,
    /// Reads of rows by nothing but their keys.
    Keyed,
    Tasks,
}

/// SQLite's for the writer, in KiB if negative: a batch of 64 changes writes some 800 pages, and those that do not fit are
/// written to the log and read back while the batch is still being written.
const WRITER_CACHE: &str = "-32768";

/// So many rows SQLite's thread may be ahead of who reads them: it never waits in the middle of a batch.
const WRITER_ROWS: usize = 4096;

/// Connections for reads by key on PostgreSQL: their statements are shared, so few are on their way at once.
const KEYED: u32 = 4;

/// How many times a read is tried on another connection: those of a database that was restarted all fail once.
const READ_TRIES: u32 = 4;

impl Db {
    pub fn open(settings: &StoreSettings) -> Result<Self, StoreError> {
        let url = settings.url.expose_secret();
        if url.starts_with("sqlite:") { Self::open_sqlite(url, settings) } else { Self::open_postgres(url, settings) }
    }

    /// Checkpoints run elsewhere (`checkpoint.rs`): on the commit path they are what the slowest commits wait for.
    fn open_sqlite(url: &str, settings: &StoreSettings) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Unsafe(error.to_string()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(settings.connect_within)
            .pragma("wal_autocheckpoint", "0")
            .statement_cache_capacity(512);
        let pool = || PoolOptions::<Sqlite>::new().acquire_timeout(settings.connect_within).test_before_acquire(false);
        let lasting = || pool().idle_timeout(None).max_lifetime(None);
        Ok(Self::Sqlite {
            file: options.get_filename().to_owned(),
            writer: lasting()
                .max_connections(1)
                .connect_lazy_with(options.clone().pragma("cache_size", WRITER_CACHE).row_buffer_size(WRITER_ROWS)),
            readers: pool().max_connections(settings.readers).connect_lazy_with(options.pragma("query_only", "1")),
            halted: OnceLock::new(),
        })
    }

    /// `test_before_acquire` costs a third of the reads; a dead connection is found by its first use instead.
    fn open_postgres(url: &str, settings: &StoreSettings) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|error| StoreError::Unsafe(error.to_string()))?
            .application_name("haulgate")
            .statement_cache_capacity(512);
        let patience = [("lock_timeout", "5s"), ("idle_in_transaction_session_timeout", "30s")];
        // A statement of hundreds of values takes longer to plan than to do, and no value changes its plan.
        let planned_once = [("plan_cache_mode", "force_generic_plan")];
        let pool = |connections: u32| {
            let pool = PoolOptions::<Postgres>::new().max_connections(connections.max(1));
            pool.acquire_timeout(settings.connect_within).test_before_acquire(false)
        };
        let keyed = if settings.group_reads == Grouping::On { KEYED } else { settings.readers };
        let batches = u32::try_from(settings.batches_in_flight).unwrap_or(4);
        Ok(Self::Postgres {
            writers: pool(batches + 2).connect_lazy_with(options.clone().options(patience).options(planned_once)),
            readers: pool(settings.readers).connect_lazy_with(options.clone()),
            // Plans are made once, and often while a table is still small: for a key the index is right all the same.
            keyed: pool(keyed)
                .connect_lazy_with(options.clone().options([("enable_seqscan", "off")]).options(planned_once)),
            // Two more: one hears of other processes' commits, one tells them of ours.
            tasks: pool(settings.task_connections + 2).connect_lazy_with(options.options(patience)),
            within: settings.commit_within,
        })
    }

    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite { .. } => Dialect::Sqlite,
            Self::Postgres { .. } => Dialect::Postgres,
        }
    }

    /// Stops all writing for good: after a failed fsync SQLite takes the next commit as if nothing had happened.
    /// PostgreSQL stops itself.
    pub fn halt(&self, why: &str) {
        if let Self::Sqlite { halted, .. } = self
            && halted.set(why.to_owned()).is_ok()
        {
            tracing::error!(why, "the ledger has stopped writing; the process has to be restarted");
        }
    }

    /// An error if writing was stopped.
    pub fn halted(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { halted, .. } => halted.get().map_or(Ok(()), |why| Err(StoreError::Stopped(why.clone()))),
            Self::Postgres { .. } => Ok(()),
        }
    }

    /// Reads, once more on another connection when one turns out dead.
    pub async fn read(&self, purpose: Purpose, statement: Statement) -> Result<Vec<Row>, StoreError> {
        if statement.asks_for_nul() {
            return Ok(Vec::new());
        }
        let mut tries = 1;
        loop {
            match self.fetch(purpose, statement.clone()).await {
                Err(error) if tries < READ_TRIES && is_dead_connection(&error) => tries += 1,
                outcome => return Ok(outcome?),
            }
        }
    }

    async fn fetch(&self, purpose: Purpose, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        let (pool, within) = match (self, purpose) {
            (Self::Sqlite { readers, .. }, _) => return statement.on_sqlite(&mut *readers.acquire().await?).await,
            (Self::Postgres { readers, within, .. }, Purpose::Serving) => (readers, within),
            (Self::Postgres { keyed, within, .. }, Purpose::Keyed) => (keyed, within),
            (Self::Postgres { tasks, within, .. }, Purpose::Tasks) => (tasks, within),
        };
        let mut connection = InUse::from(pool).await?;
        let rows = tokio::time::timeout(*within, statement.on_postgres(connection.get())).await;
        let rows = rows.map_err(|_| silence())?;
        connection.give_back();
        rows
    }

    /// One writing statement in a transaction of its own, beside the ledger's batches. Only for statements that may
    /// run twice: on a dead connection it is tried again.
    pub async fn write(&self, statement: Statement) -> Result<Vec<Row>, StoreError> {
        self.halted()?;
        let mut tries = 1;
        loop {
            match self.write_once(statement.clone()).await {
                Err(error) if tries < READ_TRIES && (is_dead_connection(&error) || is_collision(&error)) => tries += 1,
                Err(error) if Trouble::of(&error) == Trouble::Disk => {
                    self.halt(&error.to_string());
                    return Err(error.into());
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    async fn write_once(&self, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        match self {
            Self::Sqlite { .. } => self.write_alone(statement).await,
            Self::Postgres { within, .. } => {
                let written = tokio::time::timeout(*within, self.write_alone(statement)).await;
                written.unwrap_or_else(|_| Err(silence()))
            }
        }
    }

    async fn write_alone(&self, statement: Statement) -> Result<Vec<Row>, sqlx::Error> {
        let mut transaction = self.begin(Purpose::Tasks).await?;
        let rows = transaction.run(statement).await?;
        transaction.commit().await?;
        Ok(rows)
    }

    pub async fn begin(&self, purpose: Purpose) -> Result<Transaction, sqlx::Error> {
        match (self, purpose) {
            (Self::Sqlite { writer, .. }, _) => Transaction::on_sqlite(writer).await,
            (Self::Postgres { writers, .. }, Purpose::Serving | Purpose::Keyed) => {
                Transaction::on_postgres(writers).await
            }
            (Self::Postgres { tasks, .. }, Purpose::Tasks) => Transaction::on_postgres(tasks).await,
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { writers, readers, keyed, tasks, .. } => {
                tasks.close().await;
                readers.close().await;
                keyed.close().await;
                writers.close().await;
            }
        }
    }
}

fn is_dead_connection(error: &sqlx::Error) -> bool {
    !matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) && Trouble::of(error) == Trouble::Away
}

/// What a network that went silent comes to.
fn silence() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "the database did not answer in time"))
}

fn is_collision(error: &sqlx::Error) -> bool {
    Trouble::of(error) == Trouble::Again
}

/// How long a stopping process waits for a pool to empty.
pub(super) const CLOSE_WITHIN: Duration = Duration::from_secs(5);
