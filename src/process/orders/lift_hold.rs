//! Lifting what an order is held for, by a person's decision.

use super::{
    seen,
    view::{OrderView, Standing, example, stands},
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        decision::Outcome,
        id::OrderId,
        order::{self, HoldReason, Order},
    },
    error::Error,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    store::{Answer, Change},
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// Which reason is lifted, and why that is right.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "credit", "note": "Prepaid today, receipt 4711."})))]
pub struct LiftHold {
    pub reason: HoldReason,
    /// For the books.
    #[schema(min_length = 1, max_length = 500)]
    pub note: String,
}

/// Lifts one reason an order is held for.
///
/// The last one lifted releases the order. The decision is kept with who took it and the note.
#[utoipa::path(
    post, path = "/process/orders/v1/orders/{order}/lift-hold", operation_id = "lift_hold", tag = "orders",
    params(
        ("order" = OrderId, Path, description = "The order's id.", example = "ord_5f1c0a9be27d4431aa02"),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.", example = json!("\"8e03978e-40d5-43e8-bc93-6894a57f9327\"")),
    ),
    request_body = LiftHold,
    responses((status = 200, description = "The order as it stands now: released, or held for what is left.", body = OrderView,
        headers(("ETag" = String, description = "The order's version, for `If-Match`."), ("Location" = String, description = "Where the order is found.")), example = json!(example())))
)]
pub async fn lift_hold(
    State(app): State<App>,
    call: Call,
    Path(order): Path<OrderId>,
    Body(asked): Body<LiftHold>,
) -> Result<Settled<Standing>, Error> {
    seen(&app.store, &Viewer::of(&call), &order).await?;
    lift(&app, &Case::of(&call), &order, &asked, stands).await
}

/// Lifts the reason, whoever found it.
pub async fn lift(
    app: &App,
    case: &Case,
    order: &OrderId,
    asked: &LiftHold,
    word: impl Fn(&Standing) -> Answer,
) -> Result<Settled<Standing>, Error> {
    decide(&app.store, case, word, || draft(app, case, order, asked)).await
}

async fn draft(app: &App, case: &Case, order: &OrderId, asked: &LiftHold) -> Result<(Change, Standing), Error> {
    let loaded = app.store.load_fresh::<Order>(order.as_str()).await?.ok_or(Error::NotFound("order"))?;
    let Outcome { state, follows } = order::lift_hold(loaded.state.clone(), asked.reason, case.now())?;
    let mut change = case.change_in(&state.content.region);
    let standing = Standing::after(loaded.version, &state);
    change.replace(&loaded, state);
    app.store.follow(&mut change, follows).await?;
    change.audit("lift_hold", order.as_str(), json!({ "reason": asked.reason, "note": asked.note }));
    Ok((change, standing))
}
