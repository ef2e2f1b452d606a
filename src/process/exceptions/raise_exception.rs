//! raise_exception: a person or a system says that something is wrong with a shipment, an order or a route.

use super::view::ExceptionView;
use crate::{
    app::App,
    body::Body,
    domain::{
        exception::{self, Exception, Raise, raise_on},
        id::{ExceptionId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
        order::Order,
        proof::ProofRef,
        refused::Refused,
        shipment::Shipment,
        stop::Stop,
        time::Moment,
    },
    error::Error,
    ids::fresh_token,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    reply::{answer, located, tagged},
    store::{Answer, Change, Loaded, Store},
};
use axum::extract::State;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// What is wrong, and with what. Name one of shipment, stop, order and route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"code": "damaged", "shipment": "shp_5f1c0a9be27d.1", "note": "The pallet was crushed at the depot."})))]
pub struct ExceptionReport {
    /// A code of the taxonomy. Those that Haulgate raises itself are refused.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    pub shipment: Option<ShipmentId>,
    pub stop: Option<StopId>,
    pub order: Option<OrderId>,
    pub route: Option<RouteId>,
    /// When it happened; without it, now. A time ahead of ours counts as now.
    pub occurred_at: Option<Timestamp>,
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub proofs: Vec<ProofRef>,
}

/// An exception that has been raised.
#[derive(Clone, Debug)]
pub struct Raised {
    pub exception: Exception,
}

/// Raises an exception.
///
/// By the taxonomy it may keep the shipment's invoice back until it is resolved. It does not end an attempt at the
/// door: report that as the delivery's outcome.
#[utoipa::path(post, path = "/process/exceptions/v1/exceptions", operation_id = "raise_exception", tag = "exceptions",
    params(("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = "\"damage-4711\"")),
    request_body(content = ExceptionReport, description = "What is wrong, and with what."),
    responses((status = 201, description = "It is raised.", body = ExceptionView, headers(
        ("ETag" = String, description = "The exception's version."),
        ("Location" = String, description = "Where it is read.")))))]
pub async fn raise_exception(
    State(app): State<App>,
    call: Call,
    Body(report): Body<ExceptionReport>,
) -> Result<Settled<Raised>, Error> {
    let word = |raised: &Raised| {
        let path = format!("/process/exceptions/v1/exceptions/{}", raised.exception.id);
        located(tagged(answer(201, &ExceptionView::of(&raised.exception)), 1), &path)
    };
    raise(&app, &Case::of(&call), &Viewer::of(&call), &report, word).await
}

/// Raises it in the case's name.
pub async fn raise(
    app: &App,
    case: &Case,
    viewer: &Viewer,
    report: &ExceptionReport,
    word: impl Fn(&Raised) -> Answer,
) -> Result<Settled<Raised>, Error> {
    app.law().taxonomy.reportable(&report.code)?;
    decide(&app.store, case, word, || attempt(app, case, viewer, report)).await
}

async fn attempt(app: &App, case: &Case, viewer: &Viewer, report: &ExceptionReport) -> Result<(Change, Raised), Error> {
    let about = Concerned::find(&app.store, viewer, report).await.map_err(named)?;
    let occurred_at = report.occurred_at.unwrap_or(case.now()).min(case.now());
    let at = Moment { occurred_at, recorded_at: case.now(), inferred: false };
    let id = ExceptionId::from_token(&fresh_token());
    let raise = Raise {
        party: about.party,
        order: about.order,
        stop: about.stop,
        route: about.route,
        note: report.note.clone(),
        proofs: report.proofs.clone(),
        ..Raise::new(id, &report.code, about.region.clone(), case.origin.actor.clone(), at)
    };
    let shipment = about.shipment.as_ref().map(|loaded| loaded.state.clone());
    let outcome = raise_on(&app.law().taxonomy, raise, shipment)?;
    let exception::Raised { exception, shipment } = outcome.state;
    let mut change = case.change_in(&about.region);
    change.create(exception.clone());
    if let (Some(before), Some(after)) = (&about.shipment, shipment) {
        // Written even if it is the same: those who follow the shipment are told in its order.
        change.replace(before, after);
    }
    change.audit(
        "raise_exception",
        exception.id.as_str(),
        json!({"code": exception.code, "severity": exception.severity}),
    );
    app.store.follow(&mut change, outcome.follows).await?;
    Ok((change, Raised { exception }))
}

/// What is named in the body and does not exist is the body's mistake.
fn named(error: Error) -> Error {
    match error {
        Error::NotFound(what) => {
            Refused::new("unknown_subject", format!("there is no such {what}")).at(format!("/{what}")).into()
        }
        other => other,
    }
}

/// What an exception is about, as far as it is known.
struct Concerned {
    region: RegionId,
    party: Option<PartyId>,
    order: Option<OrderId>,
    shipment: Option<Loaded<Shipment>>,
    stop: Option<StopId>,
    route: Option<RouteId>,
}

impl Concerned {
    /// The most specific thing named; what is not this caller's does not exist.
    async fn find(store: &Store, viewer: &Viewer, report: &ExceptionReport) -> Result<Self, Error> {
        if let Some(id) = &report.stop {
            let stop = store.load::<Stop>(id.as_str()).await?;
            let stop = viewer.shown("stop", stop)?;
            if report.shipment.as_ref().is_some_and(|shipment| *shipment != stop.shipment) {
                return Err(Refused::new("content_invalid", "the stop is another shipment's").at("/stop").into());
            }
            let about = Self::shipment(store, viewer, &stop.shipment).await?;
            return Ok(Self { stop: Some(id.clone()), route: Some(stop.state.route), ..about });
        }
        match (&report.shipment, &report.order, &report.route) {
            (Some(shipment), ..) => Self::shipment(store, viewer, shipment).await,
            (None, Some(order), _) => Self::order(store, viewer, order).await,
            (None, None, Some(route)) => Self::route(store, viewer, route).await,
            (None, None, None) => {
                let text = "name the shipment, stop, order or route it is about";
                Err(Refused::new("content_invalid", text).at("/shipment").into())
            }
        }
    }

    async fn shipment(store: &Store, viewer: &Viewer, id: &ShipmentId) -> Result<Self, Error> {
        let found = store.load::<Shipment>(id.as_str()).await?;
        let shipment = viewer.shown("shipment", found)?;
        Ok(Self {
            region: shipment.region.clone(),
            party: Some(shipment.party.clone()),
            order: Some(shipment.order.clone()),
            stop: shipment.stop.clone(),
            route: shipment.route.clone(),
            shipment: Some(shipment),
        })
    }

    async fn order(store: &Store, viewer: &Viewer, id: &OrderId) -> Result<Self, Error> {
        let found = store.load::<Order>(id.as_str()).await?;
        let order = viewer.shown("order", found)?;
        Ok(Self {
            region: order.content.region.clone(),
            party: Some(order.content.party.clone()),
            order: Some(order.id.clone()),
            shipment: None,
            stop: None,
            route: None,
        })
    }

    async fn route(store: &Store, viewer: &Viewer, id: &RouteId) -> Result<Self, Error> {
        let route = crate::process::routes::find_route(store, viewer, id).await?;
        let (region, route) = (route.region.clone(), Some(route.id.clone()));
        Ok(Self { region, party: None, order: None, shipment: None, stop: None, route })
    }
}
