//! Sends webhooks. Each destination has a guard of its own, so that one partner's dead server delays nobody else.

use super::{WebhookDelivery, Webhooks, address::Gatekeeper, signature::sign};
use crate::system::{
    caller::Caller,
    errand::Errand,
    figures::ConnectorState,
    guard::Guard,
    http::{Outbound, Reply, Request, client},
    settings::{Limits, WebhookSettings},
    trouble::Trouble,
};
use async_trait::async_trait;
use reqwest::{Client, Url, header::HeaderValue};
use std::{sync::Arc, time::Duration};

const NAME: &str = "webhooks";
/// Destinations remembered at once, and how long after their last call.
const MOST_DESTINATIONS: u64 = 2_000;
const REMEMBERED: Duration = Duration::from_secs(15 * 60);
/// How many destinations the control tower lists.
const MOST_LISTED: usize = 50;

pub struct WebhookSender {
    keeper: Gatekeeper,
    client: Client,
    limits: Limits,
    caller: Caller,
    /// By the whole address.
    destinations: moka::sync::Cache<String, Arc<Outbound>>,
}

impl WebhookSender {
    pub fn open(settings: &WebhookSettings, caller: Caller) -> Result<Self, String> {
        let keeper = Gatekeeper { allow_loopback: settings.allow_loopback };
        let client = client(&settings.limits).dns_resolver(Arc::new(keeper)).build();
        Ok(Self {
            keeper,
            client: client.map_err(|error| format!("webhooks: no HTTP client: {error}"))?,
            limits: settings.limits.clone(),
            caller,
            destinations: moka::sync::Cache::builder().max_capacity(MOST_DESTINATIONS).time_to_idle(REMEMBERED).build(),
        })
    }

    fn destination(&self, url: Url) -> Arc<Outbound> {
        self.destinations.get_with(url.to_string(), || {
            let guard = Guard::new(NAME, &self.limits, self.caller.clone());
            Arc::new(Outbound::over(guard, self.client.clone(), url, self.limits.answer_bytes))
        })
    }

    fn signed(&self, delivery: &WebhookDelivery) -> Option<Request> {
        let now = self.caller.clock.now().as_second();
        let signature = sign(&delivery.secrets, &delivery.id, now, &delivery.body)?;
        Some(
            Request::post(&[])
                .repeatable()
                .answered_by_status()
                .header("webhook-id", HeaderValue::try_from(&delivery.id).ok()?)
                .header("webhook-timestamp", HeaderValue::from(now))
                .header("webhook-signature", HeaderValue::try_from(signature).ok()?)
                .body(delivery.body.clone().into(), "application/cloudevents+json"),
        )
    }
}

#[async_trait]
impl Webhooks for WebhookSender {
    async fn deliver(&self, errand: &Errand, delivery: &WebhookDelivery) -> Result<(), Trouble> {
        let url = self
            .keeper
            .check(&delivery.url)
            .map_err(|why| Trouble::refused(NAME, "webhook_address_refused", why, ""))?;
        let request = self.signed(delivery).ok_or_else(|| {
            Trouble::refused(NAME, "webhook_not_signable", "The webhook has no valid secret.", &delivery.id)
        })?;
        match self.destination(url).send::<()>(errand, request).await? {
            Reply::Good(()) => Ok(()),
            Reply::Declined { status: 410, .. } => {
                Err(Trouble::refused(NAME, "webhook_gone", "The receiver says that the webhook is gone.", "410"))
            }
            // The specification counts every other answer as a failed attempt, to be tried again by the schedule.
            Reply::Declined { status, .. } => Err(Trouble::away(NAME, Duration::ZERO, format!("status {status}"))),
        }
    }

    fn check_address(&self, url: &str) -> Result<(), String> {
        self.keeper.check(url).map(drop)
    }

    fn states(&self) -> Vec<ConnectorState> {
        let named = |url: &str| Url::parse(url).ok()?.host_str().map(str::to_owned);
        let state = |(url, destination): (Arc<String>, Arc<Outbound>)| {
            let host = named(&url).unwrap_or_default();
            ConnectorState { name: format!("{NAME}:{host}"), ..destination.state() }
        };
        self.destinations.iter().take(MOST_LISTED).map(state).collect()
    }
}
