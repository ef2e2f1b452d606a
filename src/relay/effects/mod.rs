//! The effects: what each task does, one file each, and what follows when it cannot be done.

mod customer;
mod delivery;
mod invoice;
mod order;
mod webhook;

use super::{
    desk::{Delivered, Desk},
    failed::Failed,
};
use crate::{domain::effect::Effect, store::Task};

/// Brings about what the task asks for.
pub async fn deliver(desk: &Desk, task: &Task) -> Result<Delivered, Failed> {
    match &task.effect {
        Effect::PostDelivery { order, shipment, stop } => delivery::post(desk, task, order, shipment, stop).await,
        Effect::HoldInvoice { order, reason } => invoice::hold(desk, task, order, reason).await,
        Effect::ReleaseInvoice { order } => invoice::release(desk, task, order).await,
        Effect::ConfirmRelease { order } => order::confirm(desk, task, order).await,
        Effect::CancelInErp { number, .. } => order::cancel(desk, task, number).await,
        Effect::NotifyCustomer { shipment, milestone } => customer::notify(desk, task, shipment, milestone).await,
        Effect::DeliverWebhook { party, webhook, event } => webhook::deliver(desk, task, party, webhook, event).await,
        Effect::RecheckOrder { .. }
        | Effect::SettleRoute { .. }
        | Effect::ProjectEtas { .. }
        | Effect::ReleaseLines { .. } => {
            desk.above.work(&task.effect, desk.origin(task), desk.errand(task)).await?;
            Ok(Delivered::Done)
        }
    }
}

/// Makes the task a dead letter, together with what follows from that.
pub async fn buried(desk: &Desk, task: &Task, why: &str) -> Result<(), Failed> {
    match &task.effect {
        Effect::PostDelivery { shipment, .. } => delivery::failed(desk, task, shipment, why).await,
        Effect::ConfirmRelease { order } => order::unconfirmed(desk, task, order, why).await,
        Effect::ReleaseInvoice { order } => invoice::blocked(desk, task, order, why).await,
        _ => desk.store.tasks().bury(task, why).await.map(drop).map_err(Failed::from),
    }
}
