//! Correcting how a delivery ended: by a person, with a reason, and the only way out of a terminal state.

use super::{receive::load, view::DeliveryView};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        decision::Visit,
        delivery::{CorrectDelivery, correct},
        id::ShipmentId,
        order::Order,
        refused::Refused,
        report::Difference,
        shipment::{Shipment, ShipmentState},
        stop::Stop,
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    reply::answer,
    store::Change,
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use utoipa::ToSchema;

/// What is true instead.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "to": "partially_delivered", "differences": [{"line": 2, "short": 3}],
    "reason": "The customer sent a photo of the pallet: three boxes were missing."
})))]
pub struct DeliveryCorrection {
    pub to: CorrectedState,
    /// For a partial delivery: the lines that were not handed over as picked.
    #[serde(default)]
    #[schema(max_items = 200)]
    pub differences: Vec<Difference>,
    /// Kept with the correction, and told to those who follow the shipment.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What a correction may declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrectedState {
    Delivered,
    PartiallyDelivered,
    Attempted,
    Returned,
    Lost,
}

impl From<CorrectedState> for ShipmentState {
    fn from(state: CorrectedState) -> Self {
        match state {
            CorrectedState::Delivered => Self::Delivered,
            CorrectedState::PartiallyDelivered => Self::PartiallyDelivered,
            CorrectedState::Attempted => Self::Attempted,
            CorrectedState::Returned => Self::Returned,
            CorrectedState::Lost => Self::Lost,
        }
    }
}

/// Corrects how a delivery ended.
///
/// The visit is closed by it: what its driver reports later only enters the history. The ERP is told again.
#[utoipa::path(post, path = "/process/deliveries/v1/deliveries/{shipment}/corrections", operation_id = "correct_delivery", tag = "deliveries",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment's id.", example = "shp_1f0c9a7be2.1"),
        ("Idempotency-Key" = String, Header, description = "Names this request over its retries.", example = "8e03978e-40d5-43e8-bc93-6894a57f9324"),
    ),
    request_body = DeliveryCorrection,
    responses((status = 201, description = "The correction stands.", body = DeliveryView)))]
pub async fn correct_delivery(
    State(app): State<App>,
    call: Call,
    Path(shipment): Path<ShipmentId>,
    Body(correction): Body<DeliveryCorrection>,
) -> Result<Settled<(Shipment, Stop)>, Error> {
    let (case, viewer) = (Case::of(&call), Viewer::of(&call));
    let word =
        |(shipment, stop): &(Shipment, Stop)| answer(201, &DeliveryView::of(&app, shipment, Some(stop), case.now()));
    let again = AtomicBool::new(false);
    let attempt = || {
        let fresh = again.swap(true, Ordering::Relaxed);
        attempt(&app, &case, &viewer, &shipment, &correction, fresh)
    };
    decide(&app.store, &case, word, attempt).await
}

async fn attempt(
    app: &App,
    case: &Case,
    viewer: &Viewer,
    shipment: &ShipmentId,
    correction: &DeliveryCorrection,
    fresh: bool,
) -> Result<(Change, (Shipment, Stop)), Error> {
    let found = load::<Shipment>(&app.store, shipment.as_str(), fresh).await?;
    let shipment = viewer.shown("delivery", found)?;
    let nobody_went = || Refused::new("not_correctable", format!("nobody has been out with shipment {}", shipment.id));
    let stop = shipment.last_stop().ok_or_else(nobody_went)?;
    let stop = load::<Stop>(&app.store, stop.as_str(), fresh).await?.ok_or_else(nobody_went)?;
    let order = load::<Order>(&app.store, shipment.order.as_str(), fresh).await?.ok_or(Error::NotFound("order"))?;
    let declared = CorrectDelivery {
        to: correction.to.into(),
        differences: correction.differences.clone(),
        reason: correction.reason.clone(),
        by: case.origin.actor.clone(),
    };
    let (from, stood) = (shipment.state.state, (order.stood(), shipment.stood(), stop.stood()));
    let visit = Visit { order: order.state, shipment: shipment.state, stop: stop.state };
    let corrected = correct(visit, declared, case.now())?;
    let Visit { order: new_order, shipment: new_shipment, stop: new_stop } = corrected.state;
    let outcome = (new_shipment.clone(), new_stop.clone());
    let mut change = case.change();
    let facts = json!({"from": from, "to": new_shipment.state, "reason": correction.reason});
    change.audit("correct_delivery", new_shipment.id.to_string(), facts);
    change.replace_at(stood.0, new_order);
    change.replace_at(stood.1, new_shipment);
    change.replace_at(stood.2, new_stop);
    app.store.follow(&mut change, corrected.follows).await?;
    Ok((change, outcome))
}
