//! The audit of requests: which leave a row in the event log beside what they do, and what it says.
//!
//! Whoever is not known leaves none: a row costs a commit, and only what quotas bound may ask for it. A refusal is
//! answered also where the ledger is away, since nothing was done; that its row is missing is counted. What was read is
//! not: without the row there is no answer. A row holds ids and codes, never what was sent.

use super::{
    access,
    call::{Asking, Call},
    gate::Gate,
};
use crate::{
    error::{Error, Problem},
    store::{Change, Decision, Verdict},
};
use axum::{
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// The type of a refusal's row.
pub const REFUSED: &str = "refused";

/// How long the answer to a refused caller waits for its row; the row is written all the same.
const PATIENCE: Duration = Duration::from_secs(1);
/// What is kept of a path.
const LONGEST_SUBJECT: usize = 256;
/// How it is answered that something is not for whoever asks.
const HIDDEN: [&str; 3] = ["not_found", "access_denied", "unknown_subject"];

/// Marks a refusal whose row is in the ledger already.
#[derive(Clone, Copy, Debug)]
struct Written;

/// The rules of access that let a call in.
pub(super) fn allowed(asking: &Asking) -> Verdict {
    let policy = asking.viewer.at_the_gate().map(by).unwrap_or_default();
    Verdict { decision: Decision::Allowed, policy }
}

/// The rules that refused: those of access by name, at the gate or on what was asked for; any other by the problem's
/// code.
fn denied(asking: &Asking, code: &str) -> Verdict {
    let at_the_gate = asking.viewer.at_the_gate().filter(|decision| !decision.allowed).map(by);
    let on = || asking.viewer.denied().filter(|_| HIDDEN.contains(&code)).map(|denied| by(&denied.decision));
    let policy = at_the_gate.or_else(on).unwrap_or_else(|| format!("rule:{code}"));
    Verdict { decision: Decision::Denied, policy }
}

fn by(decision: &access::Decision) -> String {
    match decision.decided_by.is_empty() {
        true => "access:nothing permits it".to_owned(),
        false => format!("access:{}", decision.decided_by.join(", ")),
    }
}

/// The row of a refusal, where the policy asks for one. An answer that says when to come back refuses nothing.
pub(super) fn refusal(asking: &Asking, response: &Response) -> Option<Change> {
    let problem = response.extensions().get::<Problem>()?;
    let temporary = response.headers().contains_key(header::RETRY_AFTER);
    let written = response.extensions().get::<Written>().is_some();
    if !response.status().is_client_error() || temporary || written || !asking.governed.leaves_a_row_of_refusing() {
        return None;
    }
    let mut change = Change::new(asking.origin(denied(asking, &problem.code)));
    change.audit(REFUSED, subject(&asking.path), json!({ "status": problem.status, "code": problem.code }));
    Some(change)
}

/// The refusal's row is written with something else.
pub(super) fn is_written(response: &mut Response) {
    response.extensions_mut().insert(Written);
}

fn subject(path: &str) -> &str {
    &path[..path.floor_char_boundary(LONGEST_SUBJECT)]
}

impl Gate {
    /// Leaves a row of who read what, where the policy asks for it; without the row there is no answer.
    pub(super) async fn audit_reading(&self, call: &Call, response: Response) -> Response {
        let mut change = Change::new(call.origin());
        change.audit(&format!("read.{}", call.governed().operation.key.id), subject(call.path()), json!({}));
        match self.store.commit(change).await {
            Ok(_) => response,
            Err(error) => Error::from(error).into_response(),
        }
    }

    /// Writes the row of a refusal.
    pub(super) async fn audit_refusal(&self, row: Change) {
        let correlation_id = row.origin().correlation_id.clone();
        let outcome = match timeout(PATIENCE, self.store.commit(row)).await {
            Ok(Ok(_)) => "written",
            Ok(Err(error)) => {
                tracing::warn!(%error, correlation_id, "a refusal has left no row");
                "lost"
            }
            Err(_) => "late",
        };
        metrics::counter!("haulgate_audit_refusals_total", "row" => outcome).increment(1);
    }
}
