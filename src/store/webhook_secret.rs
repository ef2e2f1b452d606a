//! Webhooks' secrets: sealed when they are made, opened when something is signed, each bound to its webhook.

use super::Store;
use crate::domain::{
    id::WebhookId,
    webhook::{Secret, Webhook},
};
use jiff::Timestamp;
use secrecy::SecretString;

impl Store {
    /// The secret as it is kept.
    pub fn sealed_secret(&self, webhook: &WebhookId, secret: &str) -> Secret {
        Secret { sealed: self.inner.seal.seal(secret.as_bytes(), webhook.as_str()), expires_at: None }
    }

    /// The secrets that sign now, newest first. One that does not open does not sign.
    pub fn signing_secrets(&self, webhook: &Webhook, now: Timestamp) -> Vec<SecretString> {
        webhook.signing(now).filter_map(|secret| self.opened_secret(&webhook.id, secret)).collect()
    }

    fn opened_secret(&self, webhook: &WebhookId, secret: &Secret) -> Option<SecretString> {
        let opened = self.inner.seal.open(&secret.sealed, webhook.as_str());
        let opened = opened.inspect_err(|error| tracing::error!(%webhook, %error, "a webhook's secret does not open"));
        String::from_utf8(opened.ok()?).ok().map(SecretString::from)
    }
}
