//! Customers: how they want to be served, and telling them how it goes.

pub mod gateway;
mod mail;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use crate::domain::{customer::Preferences, id::PartyId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[async_trait]
pub trait Customers: Send + Sync {
    async fn get_preferences(&self, errand: &Errand, party: &PartyId) -> Result<Option<Preferences>, Trouble>;
    /// Tells a customer by mail or webhook, whichever the address asks for.
    async fn notify(&self, errand: &Errand, notification: &Notification) -> Result<(), Trouble>;
    /// Preferences and mail fail apart, so there is a state of each.
    fn states(&self) -> Vec<ConnectorState>;
}

/// Something a customer is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Notification {
    /// Stays the same however often it is sent.
    #[schema(min_length = 1, max_length = 96)]
    pub id: String,
    /// `mailto:dock@example.org`, or the https address of a webhook.
    #[schema(min_length = 1, max_length = 500)]
    pub to: String,
    #[schema(min_length = 1, max_length = 200)]
    pub subject: String,
    #[schema(min_length = 1, max_length = 5000)]
    pub text: String,
    /// The CloudEvent a webhook gets.
    #[schema(value_type = Object)]
    pub event: serde_json::Value,
}
