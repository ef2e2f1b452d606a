//! Customers: what they prefer, and telling them.

use crate::{
    app::App,
    body::{Body, Path},
    domain::{customer::Preferences, id::PartyId},
    error::Error,
    policy::Call,
    process::Case,
    reply::{Reply, empty},
    system::customers::Notification,
};
use axum::extract::State;

/// What a customer prefers
///
/// Asked of the system that keeps customers' wishes.
#[utoipa::path(
    get, path = "/system/customers/v1/customers/{party}/preferences", operation_id = "get_preferences", tag = "customers",
    params(("party" = inline(PartyId), Path, description = "The customer")),
    responses((status = 200, description = "The preferences", body = Preferences))
)]
pub async fn get_preferences(State(app): State<App>, call: Call, Path(party): Path<PartyId>) -> Result<Reply, Error> {
    let found = app.connectors.customers.get_preferences(&Case::of(&call).errand, &party).await?;
    Ok(Reply::ok(&found.ok_or(Error::NotFound("preferences"))?))
}

/// Tell a customer
///
/// By mail or webhook, as the address says. The same id tells once.
#[utoipa::path(
    post, path = "/system/customers/v1/notifications", operation_id = "notify", tag = "customers",
    params(("Idempotency-Key" = String, Header, description = "Your own key, kept over retries")),
    request_body = Notification,
    responses((status = 204, description = "Told"))
)]
pub async fn notify(
    State(app): State<App>,
    call: Call,
    Body(notification): Body<Notification>,
) -> Result<Reply, Error> {
    let case = Case::of(&call);
    let errand = case.errand.clone().keyed(notification.id.clone());
    app.connectors.customers.notify(&errand, &notification).await?;
    let (mut change, answer) = (case.change(), empty(204));
    change.audit("customers.notify", notification.id.as_str(), serde_json::json!({}));
    if let Some(once) = &case.once {
        change.once(once.record(answer.clone()));
    }
    app.store.commit(change).await?;
    Ok(Reply(answer))
}
