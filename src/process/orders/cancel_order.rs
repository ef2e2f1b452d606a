//! Cancelling an order.

use super::{
    seen,
    view::{OrderView, Standing, example, stands},
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{decision::Outcome, id::OrderId, order},
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    store::{Answer, Change},
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Why an order is cancelled.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "The customer has ordered twice."})))]
pub struct CancelOrder {
    /// For the books, and for whoever had planned it.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Cancels an order that nobody is under way with yet.
///
/// Its shipments and their stops are cancelled with it, and the ERP is told. Once a vehicle is under way with it, an
/// order can no longer be cancelled: raise an exception instead.
#[utoipa::path(
    post, path = "/process/orders/v1/orders/{order}/cancel", operation_id = "cancel_order", tag = "orders",
    params(
        ("order" = OrderId, Path, description = "The order's id.", example = "ord_5f1c0a9be27d4431aa02"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = json!("\"8e03978e-40d5-43e8-bc93-6894a57f9326\"")),
    ),
    request_body = CancelOrder,
    responses((status = 200, description = "The order is cancelled.", body = OrderView,
        headers(("ETag" = String, description = "The order's version."), ("Location" = String, description = "Where the order is found.")), example = json!(example_cancelled())))
)]
pub async fn cancel_order(
    State(app): State<App>,
    call: Call,
    Path(order): Path<OrderId>,
    Body(asked): Body<CancelOrder>,
) -> Result<Settled<Standing>, Error> {
    seen(&app.store, &Viewer::of(&call), &order).await?;
    cancel(&app, &Case::of(&call), &order, &asked.reason, stands).await
}

/// Cancels the order with everything that was planned for it.
pub async fn cancel(
    app: &App,
    case: &Case,
    order: &OrderId,
    reason: &str,
    word: impl Fn(&Standing) -> Answer,
) -> Result<Settled<Standing>, Error> {
    decide(&app.store, case, word, || draft(app, case, order, reason)).await
}

async fn draft(app: &App, case: &Case, order: &OrderId, reason: &str) -> Result<(Change, Standing), Error> {
    let dossier = app.store.dossier(order).await?.ok_or(Error::NotFound("order"))?;
    let Outcome { state, follows } = order::cancel(dossier.states(), reason, case.now())?;
    let mut change = case.change_in(&state.order.content.region);
    let standing = Standing::after(dossier.order.version, &state.order);
    dossier.write(&mut change, state);
    app.store.follow(&mut change, follows).await?;
    change.audit("cancel_order", order.as_str(), json!({ "reason": reason }));
    Ok((change, standing))
}

fn example_cancelled() -> serde_json::Value {
    let mut order = example();
    order["state"] = json!("cancelled");
    order
}
