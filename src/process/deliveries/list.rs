//! Listing deliveries: shipments that nothing more is to come of.

use super::view::{DeliveryPage, DeliverySummary};
use crate::{
    app::App,
    body::Query,
    domain::{region::Regions, shipment::Shipment},
    error::Error,
    policy::{Call, Kind, Viewer},
    process::{Page, listed, written},
    reply::Reply,
    store,
};
use axum::extract::State;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

const PATH: &str = "/process/deliveries/v1/deliveries";

/// Which deliveries are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilters {
    /// The day on which their window ends: in the region's own time where a region is given, else in UTC.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-23")]
    pub day: Option<Date>,
    /// Of this route only.
    #[param(max_length = 96, example = "rte_0193a5")]
    pub route: Option<String>,
    /// Of this party only.
    #[param(max_length = 96, example = "pty_acme")]
    pub party: Option<String>,
    /// Of this region only.
    #[param(max_length = 96, example = "reg_north")]
    pub region: Option<String>,
    /// Ended like this; left out, all that have ended.
    #[param(inline)]
    pub state: Option<DeliveryState>,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Delivered,
    PartiallyDelivered,
    /// The last attempt failed; another may follow.
    Attempted,
    Returned,
    Lost,
}

impl DeliveryState {
    /// Those that only a correction leads out of.
    const TERMINAL: [Self; 4] = [Self::Delivered, Self::PartiallyDelivered, Self::Returned, Self::Lost];

    fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::PartiallyDelivered => "partially_delivered",
            Self::Attempted => "attempted",
            Self::Returned => "returned",
            Self::Lost => "lost",
        }
    }
}

/// Deliveries that are over, newest first.
///
/// Failed attempts are not over: ask for them with `state=attempted`.
#[utoipa::path(get, path = "/process/deliveries/v1/deliveries", operation_id = "list_deliveries", tag = "deliveries",
    params(Page, DeliveryFilters),
    responses((status = 200, description = "A page of deliveries.", body = DeliveryPage,
        headers(("Link" = String, description = "The next page, with `rel=\"next\"`; absent on the last one.")))))]
pub async fn list_deliveries(
    State(app): State<App>,
    call: Call,
    Query(page): Query<Page>,
    Query(filters): Query<DeliveryFilters>,
) -> Result<Reply, Error> {
    let text = filters.text();
    let states = filters.state.map_or(DeliveryState::TERMINAL.to_vec(), |state| vec![state]);
    let query = store::Query {
        due: filters.day.map(|day| span(day, filters.region.as_deref(), &app.law().regions)),
        regions: filters.region.into_iter().collect(),
        parties: filters.party.into_iter().collect(),
        statuses: states.into_iter().map(|state| state.name().to_owned()).collect(),
        carried_by: filters.route,
        after: page.after(&call, &text)?,
        limit: page.limit()?,
        newest_first: true,
        bounds: Viewer::of(&call).bounds(Kind::Shipment),
        ..store::Query::default()
    };
    let slice = app.store.list::<Shipment>(&query).await?;
    Ok(listed(&call, PATH, &text, slice, DeliverySummary::of))
}

impl DeliveryFilters {
    /// Always in the same order.
    fn text(&self) -> String {
        written([
            ("day", self.day.map(|day| day.to_string())),
            ("route", self.route.clone()),
            ("party", self.party.clone()),
            ("region", self.region.clone()),
            ("state", self.state.map(|state| state.name().to_owned())),
        ])
    }
}

/// From the day's first instant to the next day's; what lies outside of all that can be counted is never.
fn span(day: Date, region: Option<&str>, regions: &Regions) -> (Timestamp, Timestamp) {
    let zone = region.and_then(|region| regions.0.get(region)).and_then(|region| TimeZone::get(&region.zone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let begin = |day: Date| day.to_zoned(zone.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp());
    (begin(day), day.tomorrow().map_or(Timestamp::MAX, begin))
}
