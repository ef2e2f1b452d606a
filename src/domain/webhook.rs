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
    /// Standard Webhooks secrets, newest first; the older ones still sign until they expire. Shown once, kept sealed.
    pub secrets: Vec<Secret>,
    /// Why it is not called any more, if it is not.
    pub disabled: Option<String>,
    pub created_at: Timestamp,
}

impl Webhook {
    /// The secrets that sign now.
    pub fn signing(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().filter(move |secret| secret.expires_at.is_none_or(|end| now < end))
    }
}

/// A secret as it is kept: sealed, and bound to its webhook's id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Secret {
    pub sealed: String,
    pub expires_at: Option<Timestamp>,
}
