//! Telling a partner's webhook: the event as a CloudEvent, signed with every secret that is valid now.

use crate::{
    domain::{
        id::{EventId, PartyId, WebhookId},
        webhook::{PartyWebhooks, Webhook},
    },
    relay::{Delivered, Desk, Failed},
    store::Task,
    system::webhooks::WebhookDelivery,
};
use serde_json::json;

/// What the sender calls an endpoint that says it is gone.
const GONE: &str = "webhook_gone";

/// A webhook that was deleted or disabled meanwhile is not told any more.
pub async fn deliver(
    desk: &Desk,
    task: &Task,
    party: &PartyId,
    webhook: &WebhookId,
    event: &EventId,
) -> Result<Delivered, Failed> {
    let Some(hooks) = desk.store.load_fresh::<PartyWebhooks>(party.as_str()).await? else { return Ok(Delivered::Done) };
    let is_active = |one: &&Webhook| one.id == *webhook && one.disabled.is_none();
    let Some(hook) = hooks.state.webhooks.iter().find(is_active) else { return Ok(Delivered::Done) };
    let missing = || Failed::refused("not_in_the_books", format!("there is no event {event}"));
    let event = desk.store.event(event.as_str()).await?.ok_or_else(missing)?;
    let delivery = WebhookDelivery {
        id: event.id.to_string(),
        url: hook.url.clone(),
        secrets: desk.store.signing_secrets(hook, desk.clock.now()),
        body: serde_json::to_vec(&event.cloud_event()).expect("an event has text keys"),
    };
    match desk.connectors.webhooks.deliver(&desk.errand(task), &delivery).await.map_err(Failed::from) {
        Ok(()) => Ok(Delivered::Done),
        Err(Failed::Refused { code, .. }) if code == GONE => disable(desk, task, party, webhook).await,
        Err(failed) => Err(failed),
    }
}

/// The receiver says that the endpoint is gone: it is never called again, and that is the end of this delivery.
async fn disable(desk: &Desk, task: &Task, party: &PartyId, webhook: &WebhookId) -> Result<Delivered, Failed> {
    desk.decide(|| async {
        let hooks = desk.load::<PartyWebhooks>(party.as_str()).await?;
        let mut state = hooks.state.clone();
        let mut change = desk.change(task);
        if let Some(hook) = state.webhooks.iter_mut().find(|hook| hook.id == *webhook) {
            hook.disabled = Some("The receiver answered 410 Gone.".to_owned());
            change.audit("webhook_disabled", webhook.as_str(), json!({"party": party, "why": "410"}));
            change.replace(&hooks, state);
        }
        change.finish(&task.id);
        Ok(change)
    })
    .await?;
    Ok(Delivered::Finished)
}
