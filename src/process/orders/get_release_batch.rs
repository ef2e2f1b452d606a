//! Reading a bulk release: how far it has come, and what became of each line.

use super::RELEASES;
use crate::{
    app::App,
    body::{Path, Query},
    domain::{
        batch::{Batch, BatchLine, BatchState, LineOutcome},
        id::{BatchId, OrderId},
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Page, next_page},
    reply::Reply,
    store::{self, Store, StoreError},
};
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// How far a bulk release has come. Lines are counted by what became of them when they were worked off.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchProgress {
    pub batch: BatchId,
    pub state: BatchState,
    /// Lines kept so far; all of them once the state is past `receiving`.
    pub received: u64,
    /// Lines still to be worked off.
    pub waiting: u64,
    pub released: u64,
    pub held: u64,
    pub refused: u64,
    pub created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

/// A bulk release with a page of its lines.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchView {
    pub progress: BatchProgress,
    /// In the order of the upload.
    #[schema(max_items = 200)]
    pub lines: Vec<BatchLineView>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub next: Option<String>,
}

/// What became of one line.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchLineView {
    /// Counted from 1; a header and blank lines do not count.
    #[schema(minimum = 1)]
    pub line: u64,
    /// The order's ERP number, where the line names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40)]
    pub number: Option<String>,
    pub outcome: BatchLineOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// Why it was refused, as a problem's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchLineOutcome {
    Waiting,
    Released,
    Held,
    Refused,
}

/// Which lines are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LineFilter {
    /// Only lines that came to this.
    #[param(inline)]
    pub outcome: Option<BatchLineOutcome>,
}

/// Reads a bulk release: its progress, and its lines page by page.
///
/// Poll it until the state is `finished`; ask for `outcome=refused` to see what has to be mended and sent again.
#[utoipa::path(
    get, path = "/process/orders/v1/releases/{batch}", operation_id = "get_release_batch", tag = "orders",
    params(("batch" = BatchId, Path, description = "The batch's id.", example = "bat_9b1f03a5c7de4a0b8812ffe0"), LineFilter, Page),
    responses((status = 200, description = "The batch.", body = BatchView,
        headers(("Link" = Option<String>, description = "The next page, `rel=\"next\"`; absent on the last one.")), example = json!(example_batch())))
)]
pub async fn get_release_batch(
    State(app): State<App>,
    call: Call,
    Path(id): Path<BatchId>,
    Query(filter): Query<LineFilter>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let batch = app.store.load_fresh::<Batch>(id.as_str()).await?;
    let batch = Viewer::of(&call).shown("batch", batch)?;
    let outcome = filter.outcome.map(|outcome| json!(outcome).as_str().unwrap_or_default().to_owned());
    let filters = outcome.as_ref().map(|outcome| format!("outcome={outcome}")).unwrap_or_default();
    let query = store::Query {
        belongs_to: Some(id.to_string()),
        statuses: outcome.into_iter().collect(),
        after: page.after(&call, &bound(&id, &filters))?,
        limit: page.limit()?,
        ..store::Query::default()
    };
    let slice = app.store.list::<BatchLine>(&query).await?;
    let progress = BatchProgress::read(&app.store, &batch).await?;
    let lines = slice.rows.iter().map(|line| BatchLineView::of(line)).collect();
    let path = format!("{RELEASES}/{id}");
    let (next, link) = next_page(&call, &path, &filters, &bound(&id, &filters), slice.next);
    let reply = Reply::ok(&BatchView { progress, lines, next });
    Ok(link.into_iter().fold(reply, |reply, link| reply.with("link", link)))
}

impl BatchProgress {
    pub(super) async fn read(store: &Store, batch: &Batch) -> Result<Self, StoreError> {
        let query = store::Query { belongs_to: Some(batch.id.to_string()), ..store::Query::default() };
        let tally = store.tally::<BatchLine>(&query).await?;
        let count = |word: &str| tally.iter().find(|(status, _)| status == word).map_or(0, |(_, count)| *count);
        Ok(Self {
            batch: batch.id.clone(),
            state: batch.state,
            received: batch.received,
            waiting: count("waiting"),
            released: count("released"),
            held: count("held"),
            refused: count("refused"),
            created_at: batch.created_at,
            finished_at: batch.finished_at,
        })
    }
}

impl BatchLineView {
    fn of(line: &BatchLine) -> Self {
        let (order, code, detail) = match &line.outcome {
            LineOutcome::Waiting => (None, None, None),
            LineOutcome::Taken { order, .. } => (Some(order.clone()), None, None),
            LineOutcome::Refused { code, detail } => (None, Some(code.clone()), Some(detail.clone())),
        };
        let outcome = match line.outcome.name() {
            "waiting" => BatchLineOutcome::Waiting,
            "held" => BatchLineOutcome::Held,
            "refused" => BatchLineOutcome::Refused,
            _ => BatchLineOutcome::Released,
        };
        Self { line: line.line, number: line.number.clone(), outcome, order, code, detail }
    }
}

/// A cursor fits only the batch it was given for.
fn bound(batch: &BatchId, filters: &str) -> String {
    format!("{batch}?{filters}")
}

pub(super) fn example_progress() -> Value {
    json!({
        "batch": "bat_9b1f03a5c7de4a0b8812ffe0", "state": "working", "received": 1200, "waiting": 300,
        "released": 880, "held": 18, "refused": 2, "created_at": "2026-11-22T16:00:00Z"
    })
}

fn example_batch() -> Value {
    json!({
        "progress": example_progress(),
        "lines": [
            {"line": 1, "number": "SO-2026-104711", "outcome": "released", "order": "ord_5f1c0a9be27d4431aa02"},
            {"line": 2, "outcome": "refused", "code": "malformed_json", "detail": "The body is not JSON."}
        ]
    })
}
