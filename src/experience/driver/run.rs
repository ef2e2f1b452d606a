//! Today's run.

use super::view::RunView;
use crate::{
    app::App,
    body::Query,
    error::Error,
    policy::{Call, Viewer},
    process::{
        Case,
        deliveries::{note_taken, run_of},
    },
    reply::Reply,
};
use axum::extract::State;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which run.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunDay {
    /// Today where it is left out; a run that goes on over midnight stays the run until it is over.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub day: Option<Date>,
}

/// The driver's run, with its stops in driving order.
///
/// Ask with the ETag of what the phone holds: an unchanged run is answered with 304 and no body.
#[utoipa::path(get, path = "/experience/driver/v1/run", operation_id = "get_run", tag = "driver",
    params(RunDay, ("If-None-Match" = Option<String>, Header, description = "The ETag of what the phone holds.")),
    responses(
        (status = 200, description = "The run.", body = RunView,
            headers(("ETag" = String, description = "Changes with the route and with each of its stops."))),
        (status = 304, description = "The phone holds it already."),
        (status = 404, description = "There is no run for this driver on this day.", body = crate::error::Problem,
            content_type = "application/problem+json"),
    ))]
pub async fn get_run(State(app): State<App>, call: Call, Query(asked): Query<RunDay>) -> Result<Reply, Error> {
    let viewer = Viewer::of(&call);
    let driver = viewer.driving()?;
    let run = run_of(&app, &driver, asked.day, call.now()).await?;
    if !viewer.sees(&run.route) {
        return Err(Error::NotFound("run"));
    }
    viewer.meets_here(&run.route)?;
    note_taken(&app, &Case::of(&call), &run).await;
    Reply::versioned(&call, run.tag, || RunView::of(&run))
}
