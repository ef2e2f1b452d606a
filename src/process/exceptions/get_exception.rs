//! get_exception: one exception, as it stands.

use super::view::ExceptionView;
use crate::{
    app::App,
    body::Path,
    domain::{exception::Exception, id::ExceptionId},
    error::Error,
    policy::{Call, Viewer},
    reply::Reply,
    store::{Loaded, Store},
};
use axum::extract::State;

/// Reads an exception.
#[utoipa::path(get, path = "/process/exceptions/v1/exceptions/{exception}", operation_id = "get_exception", tag = "exceptions",
    params(
        ("exception" = ExceptionId, Path, description = "The exception's id.", example = "exc_5f1c0a9be27d.1.1.receiver_absent"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag you hold.", example = "\"3\"")),
    responses(
        (status = 200, description = "The exception.", body = ExceptionView, headers(("ETag" = String, description = "The exception's version."))),
        (status = 304, description = "Unchanged since the version given in `If-None-Match`.")))]
pub async fn get_exception(State(app): State<App>, call: Call, Path(id): Path<ExceptionId>) -> Result<Reply, Error> {
    let loaded = find_exception(&app.store, &Viewer::of(&call), &id).await?;
    Reply::versioned(&call, loaded.version, || ExceptionView::of(&loaded))
}

/// The exception, if this viewer may see it.
pub async fn find_exception(store: &Store, viewer: &Viewer, id: &ExceptionId) -> Result<Loaded<Exception>, Error> {
    let found = store.load::<Exception>(id.as_str()).await?;
    viewer.shown("exception", found)
}
