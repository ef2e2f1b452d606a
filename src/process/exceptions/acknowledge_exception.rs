//! acknowledge_exception: somebody has taken it up.

use super::{get_exception::find_exception, view::ExceptionView};
use crate::{
    app::App,
    body::Path,
    domain::{
        exception::{self, Exception},
        id::ExceptionId,
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    reply::{answer, tagged},
    store::{Answer, Change, Loaded},
};
use axum::extract::State;
use serde_json::json;

/// Acknowledges an exception.
///
/// Others see that somebody has taken it up, and who. Acknowledging it again changes nothing.
#[utoipa::path(post, path = "/process/exceptions/v1/exceptions/{exception}/acknowledgement", operation_id = "acknowledge_exception", tag = "exceptions",
    params(
        ("exception" = ExceptionId, Path, description = "The exception's id.", example = "exc_5f1c0a9be27d.1.1.receiver_absent"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"acknowledge-4711\"")),
    responses((status = 200, description = "It is acknowledged.", body = ExceptionView, headers(("ETag" = String, description = "The exception's version.")))))]
pub async fn acknowledge_exception(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ExceptionId>,
) -> Result<Settled<Loaded<Exception>>, Error> {
    let word = |taken: &Loaded<Exception>| tagged(answer(200, &ExceptionView::of(taken)), taken.version);
    acknowledge(&app, &Case::of(&call), &Viewer::of(&call), &id, word).await
}

/// Takes the exception up in the case's name.
pub async fn acknowledge(
    app: &App,
    case: &Case,
    viewer: &Viewer,
    id: &ExceptionId,
    word: impl Fn(&Loaded<Exception>) -> Answer,
) -> Result<Settled<Loaded<Exception>>, Error> {
    decide(&app.store, case, word, || attempt(app, case, viewer, id)).await
}

async fn attempt(
    app: &App,
    case: &Case,
    viewer: &Viewer,
    id: &ExceptionId,
) -> Result<(Change, Loaded<Exception>), Error> {
    let loaded = find_exception(&app.store, viewer, id).await?;
    let outcome = exception::acknowledge(loaded.state.clone(), &case.origin.actor, case.now())?;
    let mut change = case.change_in(&loaded.region);
    if outcome.state == loaded.state {
        return Ok((change, loaded));
    }
    change.replace(&loaded, outcome.state.clone());
    change.audit("acknowledge_exception", id.as_str(), json!({"code": loaded.code}));
    app.store.follow(&mut change, outcome.follows).await?;
    Ok((change, Loaded { version: loaded.version + 1, state: outcome.state }))
}
