//! Trouble: how a call to another system can fail, as a caller can act on it.
//! Never holds what the other system wrote where a caller could read it: that is the note, and the note is for the log.

use std::{fmt, time::Duration};

/// A call that did not bring what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which connector, such as `erp`.
    pub connector: &'static str,
    pub kind: TroubleKind,
    /// For the log only: what was seen on the wire. Shortened, and its control characters escaped.
    pub note: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// Not there, overloaded, in its maintenance window, or kept from us by the breaker. Zero: it did not say how long.
    Away { retry_after: Duration },
    /// No answer before the deadline.
    Deadline,
    /// The system understood and said no. The code is ours and stable, the detail is our own sentence.
    Refused { code: &'static str, detail: String },
    /// It answered with something its contract does not allow.
    WrongShape,
    /// It answered with more than its contract allows.
    TooLarge,
}

const LONGEST_NOTE: usize = 300;

impl Trouble {
    pub fn new(connector: &'static str, kind: TroubleKind, note: impl AsRef<str>) -> Self {
        let note = note.as_ref().chars().take(LONGEST_NOTE).flat_map(char::escape_debug).collect();
        Self { connector, kind, note }
    }

    pub fn away(connector: &'static str, retry_after: Duration, note: impl AsRef<str>) -> Self {
        Self::new(connector, TroubleKind::Away { retry_after }, note)
    }

    pub fn refused(
        connector: &'static str,
        code: &'static str,
        detail: impl Into<String>,
        note: impl AsRef<str>,
    ) -> Self {
        Self::new(connector, TroubleKind::Refused { code, detail: detail.into() }, note)
    }

    pub fn wrong_shape(connector: &'static str, note: impl AsRef<str>) -> Self {
        Self::new(connector, TroubleKind::WrongShape, note)
    }

    /// Whether the same call can come out better later. A refusal cannot; everything else can.
    pub fn is_worth_retrying(&self) -> bool {
        !matches!(self.kind, TroubleKind::Refused { .. })
    }

    /// Whether the system itself failed. A refusal is an answer, not a failure.
    pub fn is_failure(&self) -> bool {
        self.is_worth_retrying()
    }

    /// How long to wait before trying again: what the system or the breaker said, a second where neither did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            TroubleKind::Away { retry_after } => Some(retry_after.max(Duration::from_secs(1))),
            _ => None,
        }
    }
}

impl TroubleKind {
    /// The stable name, for metrics and problem codes.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Away { .. } => "away",
            Self::Deadline => "deadline",
            Self::Refused { .. } => "refused",
            Self::WrongShape => "wrong_shape",
            Self::TooLarge => "too_large",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}: {}", self.connector, self.kind.name())?;
        if let TroubleKind::Refused { code, detail } = &self.kind {
            write!(to, " ({code}: {detail})")?;
        }
        if self.note.is_empty() { Ok(()) } else { write!(to, ": {}", self.note) }
    }
}

impl std::error::Error for Trouble {}
