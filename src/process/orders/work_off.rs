//! Working off a bulk release: each waiting line is released like any other order, and what became of it is committed
//! with the order, so that a restart in the middle repeats nothing.

use super::{RELEASES, prepare::prepare, records::refused};
use crate::{
    app::App,
    domain::{
        batch::{Batch, BatchLine, BatchState, LineOutcome},
        effect::Effect,
        id::BatchId,
        order::OrderContent,
    },
    error::Error,
    policy::OnUnavailable,
    process::{Case, decide},
    reply::empty,
    store::{Loaded, Query},
    system::TroubleKind,
};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Lines of all bulk releases that are worked off at once in this process: enough to keep busy, too few to crowd the
/// systems that are asked.
static PLACES: Semaphore = Semaphore::const_new(32);

/// With less time left a line is not begun.
const ENOUGH: Duration = Duration::from_secs(2);

/// Releases the waiting lines from `first` to `last`. Lines that could not be worked off for now keep waiting: if others
/// were, a new task takes them up, and otherwise the error says why, so that this task is tried again.
pub async fn work_off_lines(app: &App, batch: &BatchId, first: u64, last: u64, case: &Case) -> Result<(), Error> {
    let case = Case { once: None, ..case.clone() };
    let away = app.law().governing("POST", RELEASES).map(|governed| governed.policy.on_unavailable).unwrap_or_default();
    let lines = waiting(app, batch, first, last).await?;
    let all = join_all(lines.iter().map(|line| work_off(app, &case, away, line))).await;
    let done = all.iter().filter(|outcome| outcome.is_ok()).count();
    match all.into_iter().find_map(Result::err) {
        None => finish(app, batch, &case).await,
        Some(error) if done == 0 => Err(error),
        Some(_) => {
            let mut change = case.change();
            change.effect(Effect::ReleaseLines { batch: batch.to_string(), first, last });
            app.store.commit(change).await.map(drop).map_err(Error::from)
        }
    }
}

async fn waiting(app: &App, batch: &BatchId, first: u64, last: u64) -> Result<Vec<Loaded<BatchLine>>, Error> {
    let ids: Vec<String> = (first..=last).map(|line| BatchLine::id(batch, line)).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let lines = app.store.list::<BatchLine>(&Query { ids, ..Query::default() }).await?.rows;
    Ok(lines.into_iter().filter(|line| line.outcome == LineOutcome::Waiting).collect())
}

/// Brings one line to its outcome, or says what stands in the way for now.
async fn work_off(app: &App, case: &Case, away: OnUnavailable, line: &Loaded<BatchLine>) -> Result<(), Error> {
    let _place = PLACES.acquire().await.expect("nobody closes it");
    if case.errand.remaining() < ENOUGH {
        return Err(Error::Deadline);
    }
    match release_line(app, case, away, line).await {
        Err(error) if is_final(&error) => {
            let mut change = case.change();
            change.replace(line, line.state.clone().worked_off(refused(&error)));
            app.store.commit(change).await.map(drop).map_err(Error::from)
        }
        other => other,
    }
}

async fn release_line(app: &App, case: &Case, away: OnUnavailable, line: &Loaded<BatchLine>) -> Result<(), Error> {
    let content = line.content.clone().unwrap_or_default();
    let content: OrderContent =
        serde_json::from_value(content).map_err(|error| Error::invalid("schema_violation", error.to_string()))?;
    let prepared = &prepare(app, case, content, away).await?;
    let attempt = || async move {
        let (mut change, standing) = prepared.draft(app, case).await?;
        let outcome = LineOutcome::Taken { order: standing.order.id, state: standing.order.state };
        change.replace(line, line.state.clone().worked_off(outcome));
        Ok((change, ()))
    };
    decide(&app.store, case, |()| empty(200), attempt).await.map(drop)
}

/// Whether the line will be refused however often it is tried.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Refused(_) | Error::Invalid { .. } => true,
        Error::Trouble(trouble) => matches!(trouble.kind, TroubleKind::Refused { .. }),
        _ => false,
    }
}

/// The batch is finished once it is complete and none of its lines waits.
async fn finish(app: &App, batch: &BatchId, case: &Case) -> Result<(), Error> {
    let query = Query {
        belongs_to: Some(batch.to_string()),
        statuses: vec!["waiting".to_owned()],
        limit: 1,
        ..Query::default()
    };
    let attempt = || async {
        let mut change = case.change();
        let loaded = app.store.load_fresh::<Batch>(batch.as_str()).await?;
        if let Some(loaded) = loaded.filter(|batch| batch.state.state == BatchState::Working)
            && app.store.list::<BatchLine>(&query).await?.rows.is_empty()
        {
            let finished = Batch { state: BatchState::Finished, finished_at: Some(case.now()), ..loaded.state.clone() };
            change.replace(&loaded, finished);
        }
        Ok((change, ()))
    };
    decide(&app.store, case, |()| empty(200), attempt).await.map(drop)
}
