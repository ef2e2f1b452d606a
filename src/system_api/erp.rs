//! The ERP as Haulgate sees it: orders, checks, postings, invoices.

use crate::{
    app::App,
    body::{Body, Path},
    domain::order::OrderContent,
    error::Error,
    ids::sha256,
    policy::Call,
    process::Case,
    reply::{Reply, answer, empty},
    store::{Answer, OnceKey},
    system::{
        Errand,
        erp::{DeliveryPosting, ErpOrder, Finding, InvoiceNumber, Posted},
    },
};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// The ERP's order with this number
///
/// Read from the ERP itself, not from Haulgate's books.
#[utoipa::path(
    get, path = "/system/erp/v1/orders/{number}", operation_id = "get_order", tag = "erp",
    params(("number" = String, Path, description = "The ERP's order number", max_length = 40)),
    responses((status = 200, description = "The order as the ERP has it", body = ErpOrder))
)]
pub async fn get_order(State(app): State<App>, call: Call, Path(number): Path<String>) -> Result<Reply, Error> {
    Ok(Reply::ok(&app.connectors.erp.get_order(&Case::of(&call).errand, &number).await?))
}

/// What speaks against releasing an order
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReleaseCheck {
    /// Empty when nothing does.
    #[schema(max_items = 100)]
    pub findings: Vec<Finding>,
}

/// May this order be released?
///
/// Asks the ERP for credit and stock, and changes nothing.
#[utoipa::path(
    post, path = "/system/erp/v1/release-checks", operation_id = "check_release", tag = "erp",
    request_body = OrderContent,
    responses((status = 200, description = "What speaks against it", body = ReleaseCheck))
)]
pub async fn check_release(
    State(app): State<App>,
    call: Call,
    Body(order): Body<OrderContent>,
) -> Result<Reply, Error> {
    let findings = app.connectors.erp.check_release(&Case::of(&call).errand, &order).await?;
    Ok(Reply::ok(&ReleaseCheck { findings }))
}

/// Post a delivery
///
/// The same reference is posted once, however often it is asked for.
#[utoipa::path(
    post, path = "/system/erp/v1/deliveries", operation_id = "post_delivery", tag = "erp",
    params(("Idempotency-Key" = String, Header, description = "Your own key, kept over retries")),
    request_body = DeliveryPosting,
    responses((status = 200, description = "Posted", body = Posted))
)]
pub async fn post_delivery(
    State(app): State<App>,
    call: Call,
    Body(posting): Body<DeliveryPosting>,
) -> Result<Reply, Error> {
    let (case, errand) = keyed(&call);
    let posted = app.connectors.erp.post_delivery(&errand, &posting).await?;
    done(&app, case, &posting.number, answer(200, &posted)).await
}

/// Why an invoice is kept back
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldRequest {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Keep an order's invoice back
#[utoipa::path(
    post, path = "/system/erp/v1/orders/{number}/invoice/hold", operation_id = "hold_invoice", tag = "erp",
    params(
        ("number" = String, Path, description = "The ERP's order number", max_length = 40),
        ("Idempotency-Key" = String, Header, description = "Your own key, kept over retries")
    ),
    request_body = HoldRequest,
    responses((status = 204, description = "The invoice is kept back"))
)]
pub async fn hold_invoice(
    State(app): State<App>,
    call: Call,
    Path(number): Path<String>,
    Body(hold): Body<HoldRequest>,
) -> Result<Reply, Error> {
    let (case, errand) = keyed(&call);
    app.connectors.erp.hold_invoice(&errand, &number, &hold.reason).await?;
    done(&app, case, &number, empty(204)).await
}

/// Release an order's invoice
///
/// An invoice that was released before keeps its number.
#[utoipa::path(
    post, path = "/system/erp/v1/orders/{number}/invoice/release", operation_id = "release_invoice", tag = "erp",
    params(
        ("number" = String, Path, description = "The ERP's order number", max_length = 40),
        ("Idempotency-Key" = String, Header, description = "Your own key, kept over retries")
    ),
    responses((status = 200, description = "Released", body = InvoiceNumber))
)]
pub async fn release_invoice(State(app): State<App>, call: Call, Path(number): Path<String>) -> Result<Reply, Error> {
    let (case, errand) = keyed(&call);
    let invoice = app.connectors.erp.release_invoice(&errand, &number).await?;
    done(&app, case, &number, answer(200, &invoice)).await
}

/// The case, and an errand under the caller's key.
fn keyed(call: &Call) -> (Case, Errand) {
    let case = Case::of(call);
    let key = case.once.as_ref().map_or_else(|| case.origin.correlation_id.clone(), |once| scoped(&once.key));
    let errand = case.errand.clone().keyed(key);
    (case, errand)
}

/// The ERP has one room for all keys: two callers that think of the same one must not be taken for each other there.
fn scoped(key: &OnceKey) -> String {
    let OnceKey { consumer, operation, key } = key;
    sha256(json!([consumer, operation, key]).to_string().as_bytes())
}

/// Leaves a row of what was done, with the answer under its key.
async fn done(app: &App, case: Case, number: &str, answer: Answer) -> Result<Reply, Error> {
    let mut change = case.change();
    change.audit(&format!("erp.{}", case.origin.operation), number, json!({}));
    if let Some(once) = &case.once {
        change.once(once.record(answer.clone()));
    }
    app.store.commit(change).await?;
    Ok(Reply(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_callers_with_one_key_are_two_to_the_erp() {
        let key = |consumer: &str, operation: &str| {
            let (consumer, operation) = (consumer.to_owned(), operation.to_owned());
            scoped(&OnceKey { consumer, operation, key: "one-key-for-all".to_owned() })
        };
        assert_eq!(key("erp/system", "post_delivery"), key("erp/system", "post_delivery"));
        assert_ne!(key("erp/system", "post_delivery"), key("control-room/carl", "post_delivery"));
        assert_ne!(key("erp/system", "post_delivery"), key("erp/system", "release_invoice"));
        assert_ne!(key("erp", "a\"]"), key("erp\",\"a", "]"));
    }
}
