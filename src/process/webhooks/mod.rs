//! Webhooks: where a party wants to be told. All of a party's are one document.

mod deliver;

pub use deliver::{Redelivered, Redelivery, Tested, redeliver_webhook, test_webhook};

use crate::{
    app::App,
    domain::{
        id::{PartyId, WebhookId},
        milestone::MilestoneKind,
        webhook::{PartyWebhooks, Webhook},
    },
    error::{Error, Pointed},
    ids,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    store::{Answer, Loaded, Shared},
};
use jiff::{Timestamp, ToSpan};
use serde_json::json;
use std::collections::BTreeSet;

/// Webhooks a party may have.
const MOST_WEBHOOKS: usize = 10;
/// How long the secret before the newest still signs, in hours.
const OVERLAP_HOURS: i64 = 24;
/// Secrets that sign at once at most; rotating more often ends the oldest early.
const MOST_SECRETS: usize = 3;

/// A webhook with the secret that is shown this once.
#[derive(Clone, Debug)]
pub struct Keyed {
    pub webhook: Webhook,
    pub secret: String,
    /// Until when the secret before this one signs too.
    pub previous_until: Option<Timestamp>,
}

/// The party's webhooks; none were ever made is an empty list.
pub async fn webhooks(app: &App, call: &Call) -> Result<Vec<Webhook>, Error> {
    let party = party(call)?;
    let known: Option<Shared<PartyWebhooks>> = app.store.look(party.as_str()).await?;
    Ok(known.map(|known| known.webhooks.clone()).unwrap_or_default())
}

/// Makes a webhook. Its secret is made here and shown once.
pub async fn create_webhook(
    app: &App,
    call: &Call,
    url: &str,
    milestones: &BTreeSet<MilestoneKind>,
    word: impl Fn(&Keyed) -> Answer,
) -> Result<Settled<Keyed>, Error> {
    app.connectors.webhooks.check_address(url).map_err(|why| Error::Invalid {
        code: "content_invalid",
        detail: "A webhook needs a public https address.".into(),
        errors: vec![Pointed::new("/url", &why)],
    })?;
    let (id, secret) = (WebhookId::from_token(&ids::fresh_token()), ids::webhook_secret());
    let webhook = Webhook {
        secrets: vec![app.store.sealed_secret(&id, &secret)],
        id,
        consumer: call.consumer().id.clone(),
        url: url.to_owned(),
        milestones: milestones.clone(),
        disabled: None,
        created_at: call.now(),
    };
    let keyed = Keyed { webhook, secret, previous_until: None };
    rewrite(app, call, "create_webhook", word, |all| {
        if all.len() >= MOST_WEBHOOKS {
            let detail = format!("A party has at most {MOST_WEBHOOKS} webhooks; delete one.");
            return Err(Error::invalid("content_invalid", detail));
        }
        all.push(keyed.webhook.clone());
        Ok((keyed.webhook.id.clone(), keyed.clone()))
    })
    .await
}

/// Gives a webhook a new secret; the one before signs too for a day.
pub async fn rotate_webhook_secret(
    app: &App,
    call: &Call,
    id: &WebhookId,
    word: impl Fn(&Keyed) -> Answer,
) -> Result<Settled<Keyed>, Error> {
    let (secret, now) = (ids::webhook_secret(), call.now());
    let until = now + OVERLAP_HOURS.hours();
    rewrite(app, call, "rotate_webhook_secret", word, |all| {
        let webhook = named(all, id)?;
        webhook.secrets.retain(|old| old.expires_at.is_none_or(|end| end > now));
        for old in &mut webhook.secrets {
            old.expires_at.get_or_insert(until);
        }
        webhook.secrets.insert(0, app.store.sealed_secret(id, &secret));
        webhook.secrets.truncate(MOST_SECRETS);
        let keyed = Keyed { webhook: webhook.clone(), secret: secret.clone(), previous_until: Some(until) };
        Ok((id.clone(), keyed))
    })
    .await
}

/// Ends a webhook. What is on its way to it is not delivered any more.
pub async fn delete_webhook(
    app: &App,
    call: &Call,
    id: &WebhookId,
    word: impl Fn(&()) -> Answer,
) -> Result<Settled<()>, Error> {
    rewrite(app, call, "delete_webhook", word, |all| {
        named(all, id)?;
        all.retain(|webhook| webhook.id != *id);
        Ok((id.clone(), ()))
    })
    .await
}

/// Changes the party's webhooks, whatever others change at the same time.
async fn rewrite<T>(
    app: &App,
    call: &Call,
    operation: &str,
    word: impl Fn(&T) -> Answer,
    change_them: impl Fn(&mut Vec<Webhook>) -> Result<(WebhookId, T), Error>,
) -> Result<Settled<T>, Error> {
    let (case, party) = (Case::of(call), party(call)?);
    let (case, party, change_them) = (&case, &party, &change_them);
    decide(&app.store, case, word, || async move {
        let known: Option<Loaded<PartyWebhooks>> = app.store.load_fresh(party.as_str()).await?;
        let mut webhooks = known.as_ref().map(|known| known.webhooks.clone()).unwrap_or_default();
        let (id, outcome) = change_them(&mut webhooks)?;
        let state = PartyWebhooks { party: party.clone(), webhooks };
        let mut change = case.change();
        match &known {
            Some(known) => change.replace(known, state),
            None => change.create(state),
        };
        change.audit(operation, party.as_str(), json!({ "webhook": id }));
        Ok((change, outcome))
    })
    .await
}

fn named<'a>(all: &'a mut [Webhook], id: &WebhookId) -> Result<&'a mut Webhook, Error> {
    all.iter_mut().find(|webhook| webhook.id == *id).ok_or(Error::NotFound("webhook"))
}

/// The party whose webhooks the caller may see; who has none has no webhooks.
fn party(call: &Call) -> Result<PartyId, Error> {
    Viewer::of(call).party()
}
