//! Where a party wants to be told.

use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        id::{EventId, WebhookId},
        milestone::MilestoneKind,
        webhook::Webhook,
    },
    error::Error,
    policy::Call,
    process::webhooks::{self, Keyed, Redelivered, Redelivery},
    reply::{Reply, answer, confidential, empty, located},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A webhook that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"url": "https://hooks.acme.example/haulgate", "milestones": ["delivery.completed"]})))]
pub struct NewWebhook {
    /// A public https address. It is called with CloudEvents, signed by Standard Webhooks.
    #[schema(min_length = 1, max_length = 500, pattern = "^https?://")]
    url: String,
    /// What it is told of; empty means everything.
    #[serde(default)]
    #[schema(max_items = 30)]
    milestones: BTreeSet<MilestoneKind>,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "webhook": "whk_019aa2b7", "url": "https://hooks.acme.example/haulgate", "milestones": ["delivery.completed"],
    "disabled": null, "created_at": "2026-11-23T08:00:00Z"
})))]
pub struct WebhookView {
    webhook: WebhookId,
    #[schema(max_length = 2000)]
    url: String,
    /// What it is told of; empty means everything.
    #[schema(max_items = 100)]
    milestones: BTreeSet<MilestoneKind>,
    /// Why it is not called any more; a test that succeeds takes it up again.
    #[schema(max_length = 2000)]
    disabled: Option<String>,
    created_at: Timestamp,
}

/// A webhook with its secret, which is shown this once.
#[derive(Serialize, ToSchema)]
pub struct WebhookWithSecret {
    webhook: WebhookView,
    /// What its signatures are made with (Standard Webhooks, `whsec_…`). Keep it; it is not shown again.
    #[schema(pattern = "^whsec_", max_length = 200)]
    secret: String,
    /// Until then the secret before this one signs too.
    previous_secret_until: Option<Timestamp>,
}

/// The party's webhooks; there are at most ten.
#[derive(Serialize, ToSchema)]
pub struct WebhookPage {
    #[schema(max_items = 200)]
    items: Vec<WebhookView>,
    /// Always absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    next: Option<String>,
}

/// How a test went.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"event": "evt_019aa2b7", "delivered": false, "failure": "away", "detail": null})))]
pub struct WebhookTest {
    /// The test event's id, as sent in `webhook-id`.
    #[schema(max_length = 128)]
    event: String,
    delivered: bool,
    /// What kind of failure it was: away, deadline, refused, wrong_shape or too_large.
    #[schema(max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
    failure: Option<String>,
    #[schema(max_length = 2000)]
    detail: Option<String>,
}

/// What is to be told again: one event, or everything recorded since an instant of the last seven days.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(examples(json!({"since": "2026-11-23T08:00:00Z"})))]
pub enum RedeliveryRequest {
    Event { event: EventId },
    Since { since: Timestamp },
}

/// What will be told again.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"queued": 12, "go_on_from": null})))]
pub struct RedeliveryView {
    queued: u64,
    /// Ask again from there: there was more than one request takes.
    go_on_from: Option<Timestamp>,
}

/// Makes a webhook.
///
/// It is told of the party's milestones as CloudEvents, within seconds, and again for three days where it does not
/// answer with 2xx. Its secret is in this answer and in no other.
#[utoipa::path(post, path = "/experience/partner/v1/webhooks", operation_id = "create_webhook", tag = "partner",
    params(("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.")),
    request_body(content = NewWebhook),
    responses((status = 201, description = "The webhook and its secret.", body = WebhookWithSecret,
        headers(("Location" = String, description = "The party's webhooks.")))))]
pub async fn create_webhook(
    State(app): State<App>,
    call: Call,
    Body(wanted): Body<NewWebhook>,
) -> Result<Response, Error> {
    let word = |keyed: &Keyed| located(confidential(answer(201, &with_secret(keyed))), call.path());
    let made = webhooks::create_webhook(&app, &call, &wanted.url, &wanted.milestones, word).await?;
    Ok(made.into_response())
}

/// Lists the party's webhooks, without their secrets.
#[utoipa::path(get, path = "/experience/partner/v1/webhooks", operation_id = "list_webhooks", tag = "partner",
    responses((status = 200, description = "All of them.", body = WebhookPage)))]
pub async fn list_webhooks(State(app): State<App>, call: Call) -> Result<Reply, Error> {
    let items = webhooks::webhooks(&app, &call).await?.iter().map(view).collect();
    Ok(Reply::ok(&WebhookPage { items, next: None }))
}

/// Gives a webhook a new secret.
///
/// For a day both secrets sign, so that the receiver can change over without missing anything.
#[utoipa::path(post, path = "/experience/partner/v1/webhooks/{webhook}/secret", operation_id = "rotate_webhook_secret",
    tag = "partner",
    params(
        ("webhook" = WebhookId, Path, description = "The webhook."),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.")),
    responses((status = 200, description = "The webhook and its new secret.", body = WebhookWithSecret)))]
pub async fn rotate_webhook_secret(
    State(app): State<App>,
    call: Call,
    Path(id): Path<WebhookId>,
) -> Result<Response, Error> {
    let word = |keyed: &Keyed| confidential(answer(200, &with_secret(keyed)));
    Ok(webhooks::rotate_webhook_secret(&app, &call, &id, word).await?.into_response())
}

/// Sends a test event now, and says how it went.
#[utoipa::path(post, path = "/experience/partner/v1/webhooks/{webhook}/test", operation_id = "test_webhook",
    tag = "partner",
    params(("webhook" = WebhookId, Path, description = "The webhook.")),
    responses((status = 200, description = "How it went.", body = WebhookTest)))]
pub async fn test_webhook(State(app): State<App>, call: Call, Path(id): Path<WebhookId>) -> Result<Reply, Error> {
    let tested = webhooks::test_webhook(&app, &call, &id).await?;
    let failure = tested.failure.map(str::to_owned);
    Ok(Reply::ok(&WebhookTest { event: tested.event, delivered: tested.delivered, failure, detail: tested.detail }))
}

/// Has a webhook told again, in the background.
///
/// The events keep their ids, so that a receiver that has seen one recognises it.
#[utoipa::path(post, path = "/experience/partner/v1/webhooks/{webhook}/redeliveries",
    operation_id = "redeliver_webhook", tag = "partner",
    params(
        ("webhook" = WebhookId, Path, description = "The webhook."),
        ("Idempotency-Key" = String, Header, description = "A key of your own, kept over retries.")),
    request_body(content = RedeliveryRequest),
    responses((status = 202, description = "What will be told again.", body = RedeliveryView)))]
pub async fn redeliver_webhook(
    State(app): State<App>,
    call: Call,
    Path(id): Path<WebhookId>,
    Body(wanted): Body<RedeliveryRequest>,
) -> Result<Response, Error> {
    let wanted = match wanted {
        RedeliveryRequest::Event { event } => Redelivery::One(event),
        RedeliveryRequest::Since { since } => Redelivery::Since(since),
    };
    let word =
        |told: &Redelivered| answer(202, &RedeliveryView { queued: told.queued as u64, go_on_from: told.go_on_from });
    Ok(webhooks::redeliver_webhook(&app, &call, &id, &wanted, word).await?.into_response())
}

/// Ends a webhook.
#[utoipa::path(delete, path = "/experience/partner/v1/webhooks/{webhook}", operation_id = "delete_webhook",
    tag = "partner",
    params(
        ("webhook" = WebhookId, Path, description = "The webhook."),
        ("Idempotency-Key" = Option<String>, Header, description = "A key of your own, kept over retries.")),
    responses((status = 204, description = "It is not called any more.")))]
pub async fn delete_webhook(State(app): State<App>, call: Call, Path(id): Path<WebhookId>) -> Result<Response, Error> {
    Ok(webhooks::delete_webhook(&app, &call, &id, |()| empty(204)).await?.into_response())
}

fn view(webhook: &Webhook) -> WebhookView {
    WebhookView {
        webhook: webhook.id.clone(),
        url: webhook.url.clone(),
        milestones: webhook.milestones.clone(),
        disabled: webhook.disabled.clone(),
        created_at: webhook.created_at,
    }
}

fn with_secret(keyed: &Keyed) -> WebhookWithSecret {
    WebhookWithSecret {
        webhook: view(&keyed.webhook),
        secret: keyed.secret.clone(),
        previous_secret_until: keyed.previous_until,
    }
}
