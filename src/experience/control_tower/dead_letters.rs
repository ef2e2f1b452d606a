//! Effects that failed for good, and what a person does about them.

use crate::{
    app::App,
    body::{Body, Path, Query},
    domain::id::TaskId,
    error::Error,
    policy::{Call, Viewer},
    process::{
        Page, Settled,
        dead_letters::{self, Ruling, TaskStory},
        paged,
    },
    reply::{Reply, answer},
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

const PATH: &str = "/experience/control-tower/v1/dead-letters";

/// A page of dead letters.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterPage {
    #[schema(max_items = 200)]
    items: Vec<TaskStory>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Which dead letters.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeadLetterFilter {
    /// Only effects of this kind, such as `post_delivery`.
    #[param(pattern = "^[a-z_]+$", max_length = 40)]
    kind: Option<String>,
}

/// Why a dead letter is given up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "posted by hand in the ERP, document 4711"})))]
pub struct DiscardReason {
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

/// Lists effects on other systems that failed for good, oldest first.
#[utoipa::path(get, path = "/experience/control-tower/v1/dead-letters", operation_id = "list_dead_letters",
    tag = "control-tower",
    params(DeadLetterFilter, Page),
    responses((status = 200, description = "A page of dead letters.", body = DeadLetterPage,
        headers(("Link" = String, description = "The next page, if there is one.")))))]
pub async fn list_dead_letters(
    State(app): State<App>,
    call: Call,
    Query(filter): Query<DeadLetterFilter>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let kind = filter.kind.as_deref();
    if kind.is_some_and(|kind| !kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')) {
        return Err(Error::invalid("malformed_parameter", "kind is the kind of an effect, such as post_delivery."));
    }
    let filters = kind.map(|kind| format!("kind={kind}")).unwrap_or_default();
    let (after, limit) = (page.after(&call, &filters)?, page.limit()?);
    let (letters, next) = dead_letters::dead_letters(&app, &Viewer::of(&call), kind, after, limit).await?;
    Ok(paged(&call, PATH, &filters, letters, next))
}

/// Shows a dead letter with its whole story.
#[utoipa::path(get, path = "/experience/control-tower/v1/dead-letters/{task}", operation_id = "get_dead_letter",
    tag = "control-tower",
    params(("task" = TaskId, Path, description = "The effect.")),
    responses((status = 200, description = "The effect and its story.", body = TaskStory)))]
pub async fn get_dead_letter(State(app): State<App>, call: Call, Path(id): Path<TaskId>) -> Result<Reply, Error> {
    Ok(Reply::ok(&dead_letters::dead_letter(&app, &Viewer::of(&call), &id).await?))
}

/// Sends a dead letter on its way again.
///
/// It keeps its id, under which the other system does it once, however often it is sent.
#[utoipa::path(post, path = "/experience/control-tower/v1/dead-letters/{task}/replay",
    operation_id = "replay_dead_letter", tag = "control-tower",
    params(
        ("task" = TaskId, Path, description = "The effect."),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.")),
    responses((status = 202, description = "It is on its way.", body = TaskStory)))]
pub async fn replay_dead_letter(
    State(app): State<App>,
    call: Call,
    Path(id): Path<TaskId>,
) -> Result<Settled<TaskStory>, Error> {
    let word = |story: &TaskStory| answer(202, story);
    dead_letters::rule(&app, &call, &id, Ruling::Replay, word).await
}

/// Gives a dead letter up, for a reason.
///
/// Effects on the same order that waited for it go on.
#[utoipa::path(post, path = "/experience/control-tower/v1/dead-letters/{task}/discard",
    operation_id = "discard_dead_letter", tag = "control-tower",
    params(
        ("task" = TaskId, Path, description = "The effect."),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.")),
    request_body(content = DiscardReason),
    responses((status = 200, description = "It is given up.", body = TaskStory)))]
pub async fn discard_dead_letter(
    State(app): State<App>,
    call: Call,
    Path(id): Path<TaskId>,
    Body(given): Body<DiscardReason>,
) -> Result<Settled<TaskStory>, Error> {
    let word = |story: &TaskStory| answer(200, story);
    dead_letters::rule(&app, &call, &id, Ruling::Discard { reason: &given.reason }, word).await
}
