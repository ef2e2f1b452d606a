//! Webhooks: where a partner wants to be told, and of what.

use super::{
    id::{PartyId, WebhookId},
    milestone::MilestoneKind,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// All of a party's webhooks in our books: one document, so that an announcement finds them with one cached read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartyWebhooks {
    pub party: PartyId,
    pub webhooks: Vec<Webhook>,
}

impl PartyWebhooks {
    /// The webhooks that are to be told of this milestone.
    pub fn told_of(&self, milestone: MilestoneKind) -> impl Iterator<Item = &Webhook> {
        self.webhooks.iter().filter(move |webhook| {
            let wanted = webhook.milestones.is_empty() || webhook.milestones.contains(&milestone);
            wanted && webhook.disabled.is_none()
        })
    }
}

/// One webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    pub id: WebhookId,
    pub consumer: String,
    pub url: String,
    /// What it is told of; empty means everything.
    pub milestones: BTreeSet<MilestoneKind>,
    /// Standard Webhooks secrets, newest first; the older one still signs until it expires. Never shown again.
    pub secrets: Vec<Secret>,
    /// Why it is not called any more, if it is not.
    pub disabled: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    pub value: String,
    pub expires_at: Option<Timestamp>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("Secret(…)")
    }
}
