//! Listing orders: by state, party, region, number, and when they are due.

use super::view::{OrderSummary, example};
use crate::{
    app::App,
    body::Query,
    domain::order::Order,
    error::Error,
    ids,
    policy::{Call, Kind, Viewer},
    process::{Page, listed, written},
    reply::Reply,
    store,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// Which orders are asked for; what is left out is not asked about.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderFilter {
    /// States, separated by commas. A word that is none matches nothing.
    #[param(max_length = 200, pattern = "^[a-z_]+(,[a-z_]+)*$", example = "held,released")]
    pub state: Option<String>,
    /// Of this party only.
    #[param(max_length = 96, pattern = "^[A-Za-z0-9._:-]+$", example = "pty_acme")]
    pub party: Option<String>,
    /// Of this region only.
    #[param(max_length = 96, pattern = "^[A-Za-z0-9._:-]+$", example = "reg_north")]
    pub region: Option<String>,
    /// The ERP's own number: at most one order has it.
    #[param(max_length = 40, pattern = "^[A-Za-z0-9][A-Za-z0-9._/-]*$", example = "SO-2026-104711")]
    pub number: Option<String>,
    /// Orders whose window ends at this instant or later. Together with `due_until`.
    pub due_from: Option<Timestamp>,
    /// Orders whose window ends before this instant.
    pub due_until: Option<Timestamp>,
}

/// A page of orders.
#[derive(Serialize, ToSchema)]
pub struct OrderPage {
    #[schema(max_items = 200)]
    items: Vec<OrderSummary>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// Lists orders, newest first.
///
/// Follow `next` (or the `Link` header) with the same filters until it is absent.
#[utoipa::path(
    get, path = "/process/orders/v1/orders", operation_id = "list_orders", tag = "orders",
    params(OrderFilter, Page),
    responses((status = 200, description = "A page of orders.", body = OrderPage,
        headers(("Link" = Option<String>, description = "The next page, `rel=\"next\"`; absent on the last one.")), example = json!(example_page())))
)]
pub async fn list_orders(
    State(app): State<App>,
    call: Call,
    Query(filter): Query<OrderFilter>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let filters = filter.text();
    let (after, limit) = (page.after(&call, &filters)?, page.limit()?);
    let bounds = Viewer::of(&call).bounds(Kind::Order);
    let slice = app.store.list::<Order>(&store::Query { after, limit, bounds, ..filter.query() }).await?;
    Ok(listed(&call, super::ORDERS, &filters, slice, OrderSummary::of))
}

impl OrderFilter {
    fn text(&self) -> String {
        written([
            ("state", self.state.clone()),
            ("party", self.party.clone()),
            ("region", self.region.clone()),
            ("number", self.number.clone()),
            ("due_from", self.due_from.map(|at| at.to_string())),
            ("due_until", self.due_until.map(|at| at.to_string())),
        ])
    }

    /// The question to the store.
    fn query(&self) -> store::Query {
        let number = self.number.as_ref().map(|number| ids::order_id(number).to_string());
        let states = self.state.iter().flat_map(|states| states.split(','));
        let (earliest, latest) = (Timestamp::MIN, Timestamp::MAX);
        let due = (self.due_from, self.due_until);
        store::Query {
            ids: number.into_iter().collect(),
            regions: self.region.iter().cloned().collect(),
            parties: self.party.iter().cloned().collect(),
            statuses: states.map(str::to_owned).collect(),
            due: (due != (None, None)).then(|| (due.0.unwrap_or(earliest), due.1.unwrap_or(latest))),
            newest_first: true,
            ..store::Query::default()
        }
    }
}

fn example_page() -> Value {
    let order = example();
    let members = ["order", "number", "party", "region", "kind", "state", "window", "received_at"];
    let mut summary: Value = members.iter().map(|name| ((*name).to_owned(), order[*name].clone())).collect();
    summary["holds"] = json!([]);
    json!({ "items": [summary], "next": "eyJhdCI6MTc5NTQ0MDEzMX0" })
}
