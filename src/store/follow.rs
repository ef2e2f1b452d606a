//! What a decision says follows, written into its change: announcements, the webhooks they reach, effects and
//! exceptions. So that whatever follows is committed with what it follows from.

use super::{Change, Store, StoreError};
use crate::domain::{
    decision::Follows,
    effect::Effect,
    exception::{Exception, ExceptionState, supersede},
    id::PartyId,
    milestone::Milestone,
    shipment::Shipment,
    webhook::PartyWebhooks,
};

impl Store {
    /// Writes `follows` into the change. Put the entities into the change first: an announcement reaches the party
    /// its subject belongs to.
    pub async fn follow(&self, change: &mut Change, follows: Follows) -> Result<(), StoreError> {
        for exception in follows.raises {
            if self.load::<Exception>(exception.id.as_str()).await?.is_none() {
                change.create(exception);
            }
        }
        for milestone in follows.milestones {
            self.announce(change, milestone).await?;
        }
        for effect in follows.effects {
            change.effect(effect);
        }
        for id in follows.settles {
            self.settle(change, id.as_str()).await?;
        }
        Ok(())
    }

    /// Announces a milestone to the log and to the webhooks of the party it concerns.
    async fn announce(&self, change: &mut Change, milestone: Milestone) -> Result<(), StoreError> {
        let kind = milestone.kind;
        let party = match change.party_of(&milestone.subject).map(PartyId::from) {
            Some(party) => Some(party),
            // A decision may tell of a shipment that it leaves as it is.
            None => self.load::<Shipment>(&milestone.subject).await?.map(|shipment| shipment.state.party),
        };
        let event = change.announce(milestone);
        let Some(party) = party else { return Ok(()) };
        let Some(hooks) = self.load::<PartyWebhooks>(party.as_str()).await? else { return Ok(()) };
        for webhook in hooks.told_of(kind) {
            let (party, webhook, event) = (party.clone(), webhook.id.clone(), event.clone());
            change.effect(Effect::DeliverWebhook { party, webhook, event });
        }
        Ok(())
    }

    /// Closes an exception that has been overtaken by events, if it is still open.
    async fn settle(&self, change: &mut Change, id: &str) -> Result<(), StoreError> {
        let Some(loaded) = self.load::<Exception>(id).await? else { return Ok(()) };
        if loaded.state.state == ExceptionState::Resolved {
            return Ok(());
        }
        let shipment = match &loaded.state.shipment {
            Some(id) => self.load::<Shipment>(id.as_str()).await?,
            None => None,
        };
        let now = change.origin().now;
        let settled = supersede(loaded.state.clone(), shipment.as_deref(), now);
        change.replace(&loaded, settled.state);
        for milestone in settled.follows.milestones {
            self.announce(change, milestone).await?;
        }
        for effect in settled.follows.effects {
            change.effect(effect);
        }
        Ok(())
    }
}
