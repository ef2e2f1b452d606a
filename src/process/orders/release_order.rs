//! Releasing one order.

use super::{
    prepare::{may_release, prepare},
    view::{OrderView, Standing, example, example_content, stands},
};
use crate::{
    app::App,
    body::Body,
    domain::order::OrderContent,
    error::Error,
    policy::{Call, OnUnavailable, Viewer},
    process::{Case, Settled, decide},
    store::Answer,
};
use axum::extract::State;

/// Releases an order for planning and delivery.
///
/// ERP (credit, stock), warehouse (what was picked) and customer preferences are asked side by side. The order is then
/// `released`, or `held` with its reasons: read `state` and `holds` of the answer. If a system is away the order is
/// taken and held for `system_unavailable`; it is looked into again until all have answered. The same number with the
/// same content again answers the order as it stands (200); with another content it is refused (`order_exists`).
#[utoipa::path(
    post, path = "/process/orders/v1/orders", operation_id = "release_order", tag = "orders",
    extensions(("x-when-away" = json!(["hold", "accept", "refuse"]))),
    params(("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries: 8 to 128 visible characters, best a UUID.", example = json!("\"8e03978e-40d5-43e8-bc93-6894a57f9324\""))),
    request_body(content = OrderContent, example = json!(example_content())),
    responses(
        (status = 201, description = "The order is taken: released, or held with its reasons.", body = OrderView,
            headers(("ETag" = String, description = "The order's version, for `If-Match`."), ("Location" = String, description = "Where the order is found.")), example = json!(example())),
        (status = 200, description = "The same order was released before: as it stands now.", body = OrderView,
            headers(("ETag" = String, description = "The order's version, for `If-Match`."), ("Location" = String, description = "Where the order is found.")), example = json!(example())),
    )
)]
pub async fn release_order(
    State(app): State<App>,
    call: Call,
    Body(content): Body<OrderContent>,
) -> Result<Settled<Standing>, Error> {
    may_release(&Viewer::of(&call), &content)?;
    release(&app, &Case::of(&call), content, call.governed().policy.on_unavailable, stands).await
}

/// Takes an order in, released or held; or answers the one that stands under its number with the same content.
pub async fn release(
    app: &App,
    case: &Case,
    content: OrderContent,
    away: OnUnavailable,
    word: impl Fn(&Standing) -> Answer,
) -> Result<Settled<Standing>, Error> {
    let prepared = prepare(app, case, content, away).await?;
    decide(&app.store, case, word, || prepared.draft(app, case)).await
}
