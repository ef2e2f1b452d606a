//! get_route: one route with its stops, as they are now.

use super::{
    books::{Books, find_route},
    view::RouteView,
};
use crate::{
    app::App,
    body::Path,
    domain::id::RouteId,
    error::Error,
    policy::{Call, Viewer},
    reply::Reply,
};
use axum::extract::State;

/// Reads a route with its stops.
///
/// The stops stand in driving order, each with its planned, expected and actual times. The ETag changes with the
/// route and with every stop, so that polling for progress costs a 304.
#[utoipa::path(get, path = "/process/routes/v1/routes/{route}", operation_id = "get_route", tag = "routes",
    params(("route" = RouteId, Path, description = "The route.", example = "rte_north-1")),
    responses(
        (status = 200, description = "The route.", body = RouteView, headers(("ETag" = String, description = "The version of the route and its stops."))),
        (status = 304, description = "The route and its stops are as the caller knows them.")))]
pub async fn get_route(State(app): State<App>, call: Call, Path(id): Path<RouteId>) -> Result<Reply, Error> {
    let route = find_route(&app.store, &Viewer::of(&call), &id).await?;
    let books = Books::gather(&app.store, Some(route), &[]).await?;
    let run = books.run().ok_or(Error::NotFound("route"))?;
    Reply::versioned(&call, books.version(), || RouteView::of(&run))
}
