//! Customers over a small HTTP contract of our own (`GET {url}/customers/{party}/preferences`), mail and webhooks.

use super::{Customers, Notification, mail::Mail};
use crate::{
    domain::{customer::Preferences, id::PartyId},
    system::{
        caller::Caller,
        errand::Errand,
        figures::ConnectorState,
        http::{Outbound, Reply, Request},
        settings::CustomerSettings,
        trouble::Trouble,
        webhooks::{WebhookDelivery, Webhooks},
    },
};
use async_trait::async_trait;
use secrecy::SecretString;
use std::sync::Arc;

const NAME: &str = "customers";

pub struct CustomerGateway {
    preferences: Outbound,
    mail: Mail,
    webhooks: Arc<dyn Webhooks>,
    secret: SecretString,
}

impl CustomerGateway {
    pub fn open(
        settings: &CustomerSettings,
        webhooks: Arc<dyn Webhooks>,
        secret: SecretString,
        caller: Caller,
    ) -> Result<Self, String> {
        let preferences = Outbound::open(NAME, &settings.url, &settings.limits, caller.clone())?;
        let mail = Mail::open(settings, caller)?;
        Ok(Self { preferences: preferences.with_bearer(&settings.key)?, mail, webhooks, secret })
    }
}

#[async_trait]
impl Customers for CustomerGateway {
    async fn get_preferences(&self, errand: &Errand, party: &PartyId) -> Result<Option<Preferences>, Trouble> {
        let question = Request::get(&["customers", party.as_str(), "preferences"]);
        match self.preferences.send::<Preferences>(errand, question).await? {
            Reply::Good(preferences) => Ok(Some(preferences)),
            Reply::Declined { status: 404, .. } => Ok(None),
            Reply::Declined { status, .. } => {
                let note = format!("status {status}");
                Err(Trouble::refused(NAME, "customers_refused", "The customer system refused the question.", note))
            }
        }
    }

    async fn notify(&self, errand: &Errand, notification: &Notification) -> Result<(), Trouble> {
        if let Some(address) = notification.to.strip_prefix("mailto:") {
            return self.mail.send(errand, address, notification).await;
        }
        let delivery = WebhookDelivery {
            id: notification.id.clone(),
            url: notification.to.clone(),
            secrets: vec![self.secret.clone()],
            body: notification.event.to_string().into_bytes(),
        };
        self.webhooks.deliver(errand, &delivery).await
    }

    fn states(&self) -> Vec<ConnectorState> {
        vec![self.preferences.state(), self.mail.state()]
    }
}
