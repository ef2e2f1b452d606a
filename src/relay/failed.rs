//! Failed: how a delivery can fail, as the relay acts on it. The note is for the log and the task's story.

use crate::{
    domain::refused::Refused,
    store::{CommitError, StoreError},
    system::{Trouble, TroubleKind},
};
use jiff::Timestamp;
use std::time::Duration;

#[derive(Clone, Debug, thiserror::Error)]
pub enum Failed {
    /// Another system: away, silent, or talking nonsense.
    #[error("{0}")]
    Trouble(Trouble),
    /// Our own books could not be read or written, or others kept changing them.
    #[error("the ledger: {0}")]
    Ledger(String),
    /// It can never be done: by the rules, or because what it is about does not exist.
    #[error("{code}: {why}")]
    Refused { code: String, why: String },
    /// Our own code failed.
    #[error("broken: {0}")]
    Broken(String),
    /// It is not time yet, and nothing has failed.
    #[error("later: {why}")]
    Later { due: Timestamp, why: String },
}

impl Failed {
    pub fn refused(code: &str, why: impl Into<String>) -> Self {
        Self::Refused { code: code.to_owned(), why: why.into() }
    }

    /// Whether trying again cannot help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }

    /// Whether it says nothing about the task: whoever was needed was not there. A maintenance window of hours must
    /// not make dead letters.
    pub fn is_absence(&self) -> bool {
        match self {
            Self::Trouble(trouble) => matches!(trouble.kind, TroubleKind::Away { .. } | TroubleKind::Deadline),
            Self::Ledger(_) | Self::Later { .. } => true,
            Self::Refused { .. } | Self::Broken(_) => false,
        }
    }

    /// How long the other system asked us to wait.
    pub fn retry_after(&self) -> Duration {
        match self {
            Self::Trouble(Trouble { kind: TroubleKind::Away { retry_after }, .. }) => *retry_after,
            _ => Duration::ZERO,
        }
    }

    /// The kind of it, for metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Trouble(trouble) => trouble.kind.name(),
            Self::Ledger(_) => "ledger",
            Self::Refused { .. } => "refused",
            Self::Broken(_) => "broken",
            Self::Later { .. } => "later",
        }
    }
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        match &trouble.kind {
            TroubleKind::Refused { code, detail } => {
                let Trouble { connector, note, .. } = &trouble;
                Self::refused(code, format!("{connector}: {detail} {note}").trim_end())
            }
            _ => Self::Trouble(trouble),
        }
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unreadable(why) => Self::Broken(why),
            other => Self::Ledger(other.to_string()),
        }
    }
}

impl From<CommitError> for Failed {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Unwritable(why) => Self::Broken(why),
            other => Self::Ledger(other.to_string()),
        }
    }
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::refused(refused.code, refused.detail)
    }
}
