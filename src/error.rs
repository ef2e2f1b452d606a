//! Errors at the door: every way a request can fail, and the one place that turns it into problem+json (RFC 9457).
//!
//! The caller reads what to do next; the log reads what happened. Nothing internal crosses the door.

mod catalogue;
mod problem;

pub use catalogue::{CATALOGUE, Entry, entry};
pub use problem::{Pointed, Problem};

use crate::{
    domain::refused::Refused,
    store::{Answer, CommitError, StoreError},
    system::{Trouble, TroubleKind},
};
use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use std::time::Duration;

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule of the yard says no.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No such resource, or not for this consumer: the two look alike.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The body, a parameter or a header breaks the contract.
    #[error("{code}: {detail}")]
    Invalid { code: &'static str, detail: String, errors: Vec<Pointed> },
    /// The gate says no.
    #[error("{code}: {detail}")]
    Gate { code: &'static str, detail: String, headers: Vec<(HeaderName, HeaderValue)>, violated: Vec<String> },
    /// `If-Match` names another version than the present one.
    #[error("the version does not match")]
    PreconditionFailed,
    #[error("If-Match is required")]
    PreconditionRequired,
    /// Others changed the same resource, again and again.
    #[error("the resource is contended")]
    Contended,
    /// This key was done before: the first answer, byte for byte.
    #[error("the key was done before")]
    Replay(Box<Answer>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Trouble(#[from] Trouble),
    /// Ask again after so long, where it matters how long.
    #[error("the process is overloaded")]
    Overloaded { again: Duration },
    #[error("the deadline passed")]
    Deadline,
    #[error("{0}")]
    Internal(String),
}

impl From<CommitError> for Error {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Stale => Self::Contended,
            CommitError::Seen(answer) => Self::Replay(Box::new(answer)),
            CommitError::KeyReused => Self::key_reused(),
            CommitError::Unavailable(why) | CommitError::Stopped(why) => Self::Store(StoreError::Unavailable(why)),
            CommitError::Unwritable(why) => Self::Internal(why),
        }
    }
}

impl Error {
    pub fn invalid(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid { code, detail: detail.into(), errors: Vec::new() }
    }

    pub fn gate(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Gate { code, detail: detail.into(), headers: Vec::new(), violated: Vec::new() }
    }

    /// For a moment, as far as can be told.
    pub fn overloaded() -> Self {
        Self::Overloaded { again: Duration::from_secs(1) }
    }

    pub fn key_reused() -> Self {
        Self::invalid(
            "idempotency_key_reused",
            "This Idempotency-Key was used before with another request; use a new key for a new request.",
        )
    }

    /// The problem the caller reads.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused(refused) => refusal(refused),
            Self::NotFound(what) => Problem::of("not_found", &format!("There is no such {what}.")),
            Self::Invalid { code, detail, errors } => Problem::of(code, detail).pointing(errors.iter().cloned()),
            Self::Gate { code, detail, violated, .. } => Problem::of(code, detail).violating(violated.clone()),
            Self::PreconditionFailed => {
                Problem::of("precondition_failed", "The resource has changed; read it again and decide again.")
            }
            Self::PreconditionRequired => Problem::of(
                "precondition_required",
                "Send If-Match with the ETag you read, so that nobody's change is lost.",
            ),
            Self::Contended => Problem::of("contended", "Others are changing the same resource; try again."),
            Self::Replay(_) => Problem::of("internal", "This answer was given before."),
            Self::Store(error) => Problem::of(store_code(error), "The books are closed for a moment; try again."),
            Self::Trouble(trouble) => Problem::of(trouble_code(trouble), &for_caller(trouble)),
            Self::Overloaded { .. } => Problem::of("overloaded", "More is asked than can be served; try again later."),
            Self::Deadline => {
                Problem::of("deadline_exceeded", "No answer was there in time; try again with the same key.")
            }
            Self::Internal(_) => Problem::of("internal", "Haulgate failed. Give the trace_id to its operators."),
        }
    }

    /// How long the caller should wait, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Overloaded { again } => Some(*again),
            Self::Store(_) | Self::Contended | Self::Deadline => Some(Duration::from_secs(1)),
            Self::Gate { code: "in_progress", .. } => Some(Duration::from_secs(1)),
            Self::Gate { code: "keys_unavailable", .. } => Some(Duration::from_secs(5)),
            // A system that has answered says the same again.
            Self::Trouble(trouble) if matches!(trouble.kind, TroubleKind::Away { .. } | TroubleKind::Deadline) => {
                Some(trouble.retry_after().unwrap_or(Duration::from_secs(5)))
            }
            _ => None,
        }
    }

    /// Errors that mean someone should look are logged as such; a refused request is not one.
    fn log(&self, problem: &Problem) {
        let (code, told) = (problem.code.as_str(), one_line(&self.to_string()));
        if matches!(self, Self::Overloaded { .. }) {
            // The log says so now and then; a line for each would be more work where there is too much.
            tracing::debug!(code, "request refused");
        } else if problem.status >= 500 && !matches!(self, Self::Contended) {
            tracing::error!(code, error = told, "request failed");
        } else {
            tracing::info!(code, error = told, "request refused");
        }
    }
}

/// What callers have written ends no line of the log, whatever its format, and steers no terminal.
fn one_line(text: &str) -> String {
    text.replace(|character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}'), "\u{fffd}")
}

/// A refusal that points into the request is about what was sent; one that does not, about what is.
fn refusal(refused: &Refused) -> Problem {
    let mut problem = Problem::of(refused.code, &refused.detail);
    if !refused.pointers.is_empty() {
        problem.status = 422;
    }
    problem.pointing(refused.pointers.iter().map(|pointer| Pointed::new(pointer, &refused.detail)))
}

/// Marks an answer that stays the same however often the request is repeated.
#[derive(Clone, Copy, Debug)]
pub struct Final;

fn store_code(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable(_) => "ledger_unavailable",
        _ => "internal",
    }
}

fn trouble_code(trouble: &Trouble) -> &'static str {
    match trouble.kind {
        TroubleKind::Away { .. } => "system_unavailable",
        TroubleKind::Deadline => "system_timeout",
        TroubleKind::Refused { code: "order_unknown_in_erp" | "not_found_in_erp", .. } => "unknown_in_system",
        TroubleKind::Refused { .. } => "system_refused",
        TroubleKind::WrongShape | TroubleKind::TooLarge => "system_misbehaved",
    }
}

/// What the caller may know of another system's failure: which system, and what kind; never its words.
fn for_caller(trouble: &Trouble) -> String {
    let connector = trouble.connector;
    match &trouble.kind {
        TroubleKind::Away { .. } => format!("The {connector} system is away."),
        TroubleKind::Deadline => format!("The {connector} system did not answer in time."),
        TroubleKind::Refused { code, detail } => format!("The {connector} system refused ({code}): {detail}"),
        TroubleKind::WrongShape | TroubleKind::TooLarge => format!("The {connector} system answered nonsense."),
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Self::Replay(answer) = self {
            return crate::reply::replayed(*answer);
        }
        let problem = self.problem();
        self.log(&problem);
        let retry_after = self.retry_after();
        let mut response = problem.into_response();
        if matches!(self, Self::Refused(_) | Self::NotFound(_)) {
            response.extensions_mut().insert(Final);
        }
        if let Some(wait) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Self::Gate { headers, .. } = self {
            response.headers_mut().extend(headers);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_writes_a_line_of_our_log() {
        let told = one_line("a\r\nlevel=ERROR \u{1b}[31mforged\u{2028}b\0");
        assert_eq!(told, "a\u{fffd}\u{fffd}level=ERROR \u{fffd}[31mforged\u{fffd}b\u{fffd}");
    }
}
