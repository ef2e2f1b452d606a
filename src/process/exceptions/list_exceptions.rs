//! list_exceptions: what is open, of which code, about what.

use super::view::{ExceptionPage, ExceptionView};
use crate::{
    app::App,
    body::Query,
    domain::{
        exception::{Exception, ExceptionState, Severity},
        id::{OrderId, RegionId, RouteId, ShipmentId},
        order::Order,
    },
    error::Error,
    policy::{Call, Kind, Viewer},
    process::{Page, listed, word, written},
    reply::Reply,
    store::{self, Slice, Store},
};
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

const PATH: &str = "/process/exceptions/v1/exceptions";
/// Pages that are looked through before a page is given short.
const MOST_READS: usize = 10;

/// Which exceptions are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExceptionFilter {
    /// Only those in this state.
    pub state: Option<ExceptionState>,
    /// Only those with this code. A page may then hold fewer items than its limit.
    #[param(max_length = 60, pattern = "^[a-z][a-z0-9_]*$", example = "receiver_absent")]
    pub code: Option<String>,
    /// Only those as severe. A page may then hold fewer items than its limit.
    pub severity: Option<Severity>,
    /// Only this region's.
    pub region: Option<RegionId>,
    /// Only those about this shipment.
    pub shipment: Option<ShipmentId>,
    /// Only those about this route.
    pub route: Option<RouteId>,
    /// Only those about this order or its shipments.
    pub order: Option<OrderId>,
}

/// Lists exceptions, newest first.
#[utoipa::path(get, path = "/process/exceptions/v1/exceptions", operation_id = "list_exceptions", tag = "exceptions",
    params(ExceptionFilter, Page),
    responses((status = 200, description = "A page of exceptions.", body = ExceptionPage, headers(("Link" = Option<String>, description = "The next page (RFC 8288), where there is one.")))))]
pub async fn list_exceptions(
    State(app): State<App>,
    call: Call,
    Query(filter): Query<ExceptionFilter>,
    Query(page): Query<Page>,
) -> Result<Reply, Error> {
    let text = filter.text();
    let limit = page.limit()?;
    let slice = match filter.query(&app.store, &Viewer::of(&call)).await? {
        Some(query) => {
            read(&app.store, store::Query { after: page.after(&call, &text)?, ..query }, &filter, limit).await?
        }
        None => Slice { rows: Vec::new(), next: None },
    };
    Ok(listed(&call, PATH, &text, slice, ExceptionView::of))
}

/// Reads on until something fits, so that a rare code is not walked to over empty pages.
async fn read(
    store: &Store,
    mut query: store::Query,
    filter: &ExceptionFilter,
    limit: u32,
) -> Result<Slice<Exception>, Error> {
    query.limit = limit;
    for _ in 1..MOST_READS {
        let mut slice = store.list::<Exception>(&query).await?;
        slice.rows.retain(|exception| filter.fits(exception));
        if !slice.rows.is_empty() || slice.next.is_none() {
            return Ok(slice);
        }
        query.after = slice.next;
    }
    let mut slice = store.list::<Exception>(&query).await?;
    slice.rows.retain(|exception| filter.fits(exception));
    Ok(slice)
}

impl ExceptionFilter {
    /// What the columns do not tell.
    fn fits(&self, exception: &Exception) -> bool {
        self.code.as_ref().is_none_or(|code| exception.code == *code)
            && self.severity.is_none_or(|severity| exception.severity == severity)
    }

    /// The question to the store; `None` where there can be nothing of what is asked for.
    async fn query(&self, store: &Store, viewer: &Viewer) -> Result<Option<store::Query>, Error> {
        let mut belonging: Vec<String> = self.shipment.iter().map(ToString::to_string).collect();
        if let Some(id) = &self.order {
            let Some(order) = store.load::<Order>(id.as_str()).await? else { return Ok(None) };
            let of_order = order.outcomes.keys().map(ToString::to_string).chain([id.to_string()]);
            match &self.shipment {
                Some(shipment) if !order.outcomes.contains_key(shipment) => return Ok(None),
                Some(_) => {}
                None => belonging = of_order.collect(),
            }
        }
        Ok(Some(store::Query {
            regions: self.region.iter().map(ToString::to_string).collect(),
            statuses: self.state.iter().map(word).collect(),
            belonging,
            carried_by: self.route.as_ref().map(ToString::to_string),
            newest_first: true,
            bounds: viewer.bounds(Kind::Exception),
            ..store::Query::default()
        }))
    }

    fn text(&self) -> String {
        written([
            ("state", self.state.as_ref().map(word)),
            ("code", self.code.clone()),
            ("severity", self.severity.as_ref().map(word)),
            ("region", self.region.as_ref().map(ToString::to_string)),
            ("shipment", self.shipment.as_ref().map(ToString::to_string)),
            ("route", self.route.as_ref().map(ToString::to_string)),
            ("order", self.order.as_ref().map(ToString::to_string)),
        ])
    }
}
