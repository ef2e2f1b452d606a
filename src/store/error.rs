//! What can go wrong in the ledger, as types. Sorts a database's errors by what may be done next.

use super::once::Answer;

/// A read, or an operation beside the ledger, that did not work.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The database is away or overwhelmed: worth trying again later.
    #[error("the ledger's database is not available: {0}")]
    Unavailable(String),
    /// The writer stopped for good, because it can no longer promise that what it says is written is.
    #[error("the ledger has stopped writing: {0}")]
    Stopped(String),
    /// The database is configured to lose what it acknowledged, or to be something we cannot use.
    #[error("the ledger refuses this database: {0}")]
    Unsafe(String),
    /// A row is not what this version wrote or can read.
    #[error("the ledger cannot read what is stored: {0}")]
    Unreadable(String),
}

/// A change that was not committed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// Someone was faster: load again, decide again.
    #[error("someone was faster")]
    Stale,
    /// This key was done before; here is the first answer.
    #[error("done before under this key")]
    Seen(Answer),
    /// This key was used before for something else.
    #[error("the key was used before for something else")]
    KeyReused,
    /// Not committed, or of unknown outcome: retry later with the same key.
    #[error("the ledger's database is not available: {0}")]
    Unavailable(String),
    /// The writer stopped for good.
    #[error("the ledger has stopped writing: {0}")]
    Stopped(String),
    /// No database could hold it, such as text with a NUL.
    #[error("this cannot be stored: {0}")]
    Unwritable(String),
}

impl From<StoreError> for CommitError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Stopped(why) | StoreError::Unsafe(why) => Self::Stopped(why),
            StoreError::Unreadable(why) => Self::Unwritable(why),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match Trouble::of(&error) {
            Trouble::Away | Trouble::Again | Trouble::Busy | Trouble::Full => Self::Unavailable(error.to_string()),
            Trouble::Disk => Self::Stopped(error.to_string()),
            Trouble::Data => Self::Unreadable(error.to_string()),
        }
    }
}

/// A database's error, sorted by what may be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The connection is gone: another one may work.
    Away,
    /// A deadlock or a serialization failure: the same again works.
    Again,
    /// Someone else holds the database for too long.
    Busy,
    /// No room: works again once there is some.
    Full,
    /// The disk failed: nothing it says counts any more.
    Disk,
    /// Something about the statement or its values.
    Data,
}

impl Trouble {
    pub fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(answer) => Self::of_code(&answer.code().unwrap_or_default(), error),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away,
            _ => Self::Data,
        }
    }

    fn of_code(code: &str, error: &sqlx::Error) -> Self {
        match error.as_database_error().and_then(|answer| answer.try_downcast_ref::<sqlx::sqlite::SqliteError>()) {
            Some(_) => Self::of_sqlite(code.parse().unwrap_or(0)),
            None => Self::of_sqlstate(code),
        }
    }

    /// SQLite's extended codes carry the primary one in the lowest byte.
    fn of_sqlite(code: u32) -> Self {
        match code & 0xff {
            5 | 6 => Self::Busy,
            13 => Self::Full,
            10 | 11 | 14 | 26 => Self::Disk,
            _ => Self::Data,
        }
    }

    fn of_sqlstate(code: &str) -> Self {
        match code {
            "40001" | "40P01" => Self::Again,
            "55P03" | "57014" => Self::Busy,
            "53100" | "53200" => Self::Full,
            "58030" => Self::Disk,
            // 25006: an old primary that has become a read-only standby.
            "25006" | "53300" => Self::Away,
            _ if code.starts_with("08") || code.starts_with("57P") => Self::Away,
            _ => Self::Data,
        }
    }
}
