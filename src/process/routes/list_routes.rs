//! list_routes: the routes of a region's day, a driver or a state.

use super::view::{RoutePage, RouteSummary};
use crate::{
    app::App,
    body::Query,
    domain::{
        id::{DriverId, RegionId},
        route::{Route, RouteState},
    },
    error::Error,
    policy::{Call, Kind, Viewer},
    process::{Page, listed, word, written},
    reply::Reply,
    store,
};
use axum::extract::State;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::IntoParams;

const PATH: &str = "/process/routes/v1/routes";

/// Which routes are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RouteFilter {
    /// Only this region's.
    pub region: Option<RegionId>,
    /// Only this day's. A page may then hold fewer items than its limit.
    #[param(example = "2026-11-23")]
    pub day: Option<Date>,
    /// Only those in this state.
    pub state: Option<RouteState>,
    /// Only this driver's.
    pub driver: Option<DriverId>,
}

/// Lists routes, newest first.
#[utoipa::path(get, path = "/process/routes/v1/routes", operation_id = "list_routes", tag = "routes",
    params(RouteFilter, Page),
    responses((status = 200, description = "A page of routes.", body = RoutePage, headers(("Link" = String, description = "The next page (RFC 8288), where there is one.")))))]
pub async fn list_routes(
    State(app): State<App>,
    call: Call,
    Query(filter): Query<RouteFilter>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let text = filter.text();
    let query = store::Query {
        regions: filter.region.iter().map(ToString::to_string).collect(),
        statuses: filter.state.iter().map(word).collect(),
        carried_by: filter.driver.as_ref().map(ToString::to_string),
        due: filter.day.and_then(around),
        after: page.after(&call, &text)?,
        limit: page.limit()?,
        newest_first: true,
        bounds: Viewer::of(&call).bounds(Kind::Route),
        ..store::Query::default()
    };
    let mut slice = app.store.list::<Route>(&query).await?;
    slice.rows.retain(|route| filter.day.is_none_or(|day| route.day == day));
    Ok(listed(&call, PATH, &text, slice, RouteSummary::of))
}

impl RouteFilter {
    fn text(&self) -> String {
        written([
            ("region", self.region.as_ref().map(ToString::to_string)),
            ("day", self.day.map(|day| day.to_string())),
            ("state", self.state.as_ref().map(word)),
            ("driver", self.driver.as_ref().map(ToString::to_string)),
        ])
    }
}

/// Shifts of this day end in this span, in whichever zone; a night's shift ends on the next day.
fn around(day: Date) -> Option<(Timestamp, Timestamp)> {
    let begin = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let from = begin.checked_sub(14.hours()).ok()?;
    Some((from, begin.checked_add(72.hours()).ok()?))
}
