//! Load, decide, commit; and again where someone was faster.

use crate::{
    error::Error,
    process::Case,
    reply::{Reply, replayed},
    store::{Answer, Change, CommitError, Store},
};
use axum::response::{IntoResponse, Response};
use std::future::Future;

/// How often a decision is taken again when others keep changing the same things.
const ATTEMPTS: usize = 5;

/// A decision that has been taken.
#[derive(Debug)]
pub enum Settled<T> {
    /// Now, with the answer given to the caller.
    Now(T, Answer),
    /// Before, under the same key: the answer given then.
    Before(Answer),
}

impl<T> IntoResponse for Settled<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Now(_, answer) => Reply(answer).into_response(),
            Self::Before(answer) => replayed(answer),
        }
    }
}

/// Runs `attempt` until its change is committed. `attempt` loads, lets the domain decide and answers the change with
/// what came of it; `word` puts that into the caller's words. The words are part of the change where the case has a
/// key, so that a repeated request gets the same ones. A change with nothing in it is not committed.
pub async fn decide<T, A, F>(
    store: &Store,
    case: &Case,
    word: impl Fn(&T) -> Answer,
    attempt: A,
) -> Result<Settled<T>, Error>
where
    A: Fn() -> F,
    F: Future<Output = Result<(Change, T), Error>>,
{
    for _ in 0..ATTEMPTS {
        let (mut change, outcome) = attempt().await?;
        let answer = word(&outcome);
        if let Some(once) = &case.once {
            change.once(once.record(answer.clone()));
        }
        if change.is_empty() {
            return Ok(Settled::Now(outcome, answer));
        }
        match store.commit(change).await {
            Ok(_) => return Ok(Settled::Now(outcome, answer)),
            Err(CommitError::Stale) => {}
            Err(CommitError::Seen(first)) => return Ok(Settled::Before(first)),
            Err(other) => return Err(other.into()),
        }
    }
    Err(Error::Contended)
}
