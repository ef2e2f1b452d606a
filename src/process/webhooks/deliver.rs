//! Trying a webhook, and having it told again.

use super::{named, party, rewrite};
use crate::{
    app::App,
    domain::{
        cloud_event::CloudEvent,
        effect::Effect,
        id::{EventId, PartyId, WebhookId},
        milestone::MilestoneKind,
        order::Order,
        shipment::Shipment,
        webhook::{PartyWebhooks, Webhook},
    },
    error::Error,
    ids,
    policy::Call,
    process::{Case, Settled, decide},
    reply::empty,
    store::{Answer, EventKind, EventRow},
    system::{TroubleKind, webhooks::WebhookDelivery},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

/// Events told again by one request.
const MOST_REDELIVERED: u32 = 500;
/// How far back.
const OLDEST_DAYS: i64 = 7;

/// How a test went. The receiver's own words are not told on.
#[derive(Clone, Debug)]
pub struct Tested {
    pub event: String,
    pub delivered: bool,
    /// away, deadline, refused, wrong_shape or too_large.
    pub failure: Option<&'static str>,
    pub detail: Option<String>,
}

/// What is to be told again.
#[derive(Clone, Debug)]
pub enum Redelivery {
    One(EventId),
    /// Everything recorded since then.
    Since(Timestamp),
}

/// What will be told again.
#[derive(Clone, Debug)]
pub struct Redelivered {
    pub queued: usize,
    /// Ask again from there; there was more than one request takes.
    pub go_on_from: Option<Timestamp>,
}

/// Sends a test event now, and says how it went. A webhook that had been given up is taken up again when it takes it.
pub async fn test_webhook(app: &App, call: &Call, id: &WebhookId) -> Result<Tested, Error> {
    let webhook = held(app, call, id).await?;
    let (event, now) = (format!("evt_{}", ids::fresh_token()), call.now());
    let told = CloudEvent::new(&event, "webhook.test", id.as_str(), now, now, json!({ "webhook": id }));
    let told = CloudEvent { correlationid: call.correlation().id.clone(), ..told };
    let delivery = WebhookDelivery {
        id: event.clone(),
        url: webhook.url.clone(),
        secrets: app.store.signing_secrets(&webhook, now),
        body: serde_json::to_vec(&told).expect("a CloudEvent is plain data"),
    };
    let case = Case::of(call);
    let told = app.connectors.webhooks.deliver(&case.errand, &delivery).await;
    let mut change = case.change();
    change.audit("test_webhook", party(call)?.as_str(), json!({ "webhook": id, "delivered": told.is_ok() }));
    app.store.commit(change).await?;
    let Err(trouble) = told else {
        if webhook.disabled.is_some() {
            take_up_again(app, call, id).await?;
        }
        return Ok(Tested { event, delivered: true, failure: None, detail: None });
    };
    let detail = match &trouble.kind {
        TroubleKind::Refused { detail, .. } => Some(detail.clone()),
        _ => None,
    };
    Ok(Tested { event, delivered: false, failure: Some(trouble.kind.name()), detail })
}

/// Has events told again, in the background and under the same ids.
pub async fn redeliver_webhook(
    app: &App,
    call: &Call,
    id: &WebhookId,
    wanted: &Redelivery,
    word: impl Fn(&Redelivered) -> Answer,
) -> Result<Settled<Redelivered>, Error> {
    let (case, party, webhook) = (Case::of(call), party(call)?, held(app, call, id).await?);
    let events = match wanted {
        Redelivery::One(event) => vec![own_event(app, &party, event).await?],
        Redelivery::Since(since) => since_then(app, &party, &webhook, *since, call.now()).await?,
    };
    let more = events.len() == MOST_REDELIVERED as usize;
    let go_on_from = events.last().filter(|_| more).map(|last| last.recorded_at);
    let (events, case, party) = (&events, &case, &party);
    decide(&app.store, case, word, || async move {
        let mut change = case.change();
        for event in events {
            let (party, webhook, event) = (party.clone(), id.clone(), event.id.clone());
            change.effect(Effect::DeliverWebhook { party, webhook, event });
        }
        let queued = events.len();
        change.audit("redeliver_webhook", party.as_str(), json!({ "webhook": id, "events": queued }));
        Ok((change, Redelivered { queued, go_on_from }))
    })
    .await
}

async fn held(app: &App, call: &Call, id: &WebhookId) -> Result<Webhook, Error> {
    let known = app.store.load::<PartyWebhooks>(party(call)?.as_str()).await?;
    let mut all = known.map(|known| known.state.webhooks).unwrap_or_default();
    named(&mut all, id).cloned()
}

async fn take_up_again(app: &App, call: &Call, id: &WebhookId) -> Result<(), Error> {
    let enable = |all: &mut Vec<Webhook>| {
        named(all, id)?.disabled = None;
        Ok((id.clone(), ()))
    };
    rewrite(app, call, "enable_webhook", |()| empty(204), enable).await.map(drop)
}

/// The event, if it is about something of the party's.
async fn own_event(app: &App, party: &PartyId, id: &EventId) -> Result<EventRow, Error> {
    let missing = || Error::NotFound("event");
    let event = app.store.event(id.as_str()).await?.ok_or_else(missing)?;
    let subject = event.subject.as_str();
    let owner = match subject.split('_').next() {
        Some("shp") => app.store.look::<Shipment>(subject).await?.map(|shipment| shipment.party.clone()),
        Some("ord") => app.store.look::<Order>(subject).await?.map(|order| order.content.party.clone()),
        _ => None,
    };
    let own = event.kind == EventKind::Milestone && owner.as_ref() == Some(party);
    own.then_some(event).ok_or_else(missing)
}

async fn since_then(
    app: &App,
    party: &PartyId,
    webhook: &Webhook,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<EventRow>, Error> {
    let oldest = now - (24 * OLDEST_DAYS).hours();
    if since < oldest || since > now {
        let detail = format!("since lies within the last {OLDEST_DAYS} days.");
        return Err(Error::invalid("content_invalid", detail));
    }
    let wanted = |kind: &&MilestoneKind| webhook.milestones.is_empty() || webhook.milestones.contains(kind);
    let names: Vec<_> = MilestoneKind::ALL.iter().filter(wanted).map(|kind| kind.name()).collect();
    Ok(app.store.milestones_of_party(party.as_str(), &names, since, MOST_REDELIVERED).await?)
}
