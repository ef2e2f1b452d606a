//! Webhooks: CloudEvents to partners, signed by Standard Webhooks, to public addresses only.

pub mod address;
pub mod sender;
pub mod signature;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use async_trait::async_trait;
use secrecy::SecretString;

#[async_trait]
pub trait Webhooks: Send + Sync {
    /// Delivers once. A refusal with the code `webhook_gone` means: never again.
    async fn deliver(&self, errand: &Errand, delivery: &WebhookDelivery) -> Result<(), Trouble>;
    /// Whether this could be a webhook's address at all; the sentence says why not.
    fn check_address(&self, url: &str) -> Result<(), String>;
    /// One state for each destination that was called lately.
    fn states(&self) -> Vec<ConnectorState>;
}

/// One message to one webhook.
#[derive(Clone, Debug)]
pub struct WebhookDelivery {
    /// The event's id: constant over retries.
    pub id: String,
    pub url: String,
    /// `whsec_…`; all that are valid now sign.
    pub secrets: Vec<SecretString>,
    /// The CloudEvent, as it is signed and sent.
    pub body: Vec<u8>,
}
