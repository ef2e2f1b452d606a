//! Invoices in the ERP: kept back while something keeps them, released once nothing does.

use crate::{
    domain::{
        id::OrderId,
        invoice::{self, InvoiceState},
        order::Order,
        shipment::Shipment,
    },
    relay::{Delivered, Desk, Failed},
    store::Task,
};

/// Notes in the ERP why the invoice is kept; nothing to do once it may go.
pub async fn hold(desk: &Desk, task: &Task, order: &OrderId, reason: &str) -> Result<Delivered, Failed> {
    let order = desk.load::<Order>(order.as_str()).await?.state;
    if matches!(order.invoice.state, InvoiceState::OnHold | InvoiceState::Blocked) {
        let (errand, number) = (desk.errand(task), &order.content.number);
        desk.connectors.erp.hold_invoice(&errand, number, reason).await?;
    }
    Ok(Delivered::Done)
}

/// Has the ERP release the invoice, and closes the order with its number. An order that is kept again by now is left
/// alone: it asks anew when nothing keeps it.
pub async fn release(desk: &Desk, task: &Task, id: &OrderId) -> Result<Delivered, Failed> {
    let order = desk.load::<Order>(id.as_str()).await?.state;
    if order.invoice.state != InvoiceState::Releasing {
        return Ok(Delivered::Done);
    }
    let number = desk.connectors.erp.release_invoice(&desk.errand(task), &order.content.number).await?.0;
    desk.decide(|| async {
        let order = desk.load::<Order>(id.as_str()).await?;
        let mut change = desk.change(task);
        let outcome = invoice::released(order.state.clone(), &number, change.origin().now)?;
        change.replace(&order, outcome.state);
        for shipment in order.state.outcomes.keys() {
            // Written, so that what is announced about it finds its party and its place in the shipment's feed.
            let shipment = desk.load::<Shipment>(shipment.as_str()).await?;
            change.replace(&shipment, shipment.state.clone());
        }
        desk.store.follow(&mut change, outcome.follows).await?;
        change.finish(&task.id);
        Ok(change)
    })
    .await?;
    Ok(Delivered::Finished)
}

/// The ERP will not release it: a dead letter, and a blocked invoice, until a person has seen to it.
pub async fn blocked(desk: &Desk, task: &Task, id: &OrderId, why: &str) -> Result<(), Failed> {
    desk.decide(|| async {
        let order = desk.load::<Order>(id.as_str()).await?;
        let mut change = desk.change(task);
        let outcome = invoice::blocked(order.state.clone(), why)?;
        change.replace(&order, outcome.state);
        desk.store.follow(&mut change, outcome.follows).await?;
        change.bury(task, why);
        Ok(change)
    })
    .await
    .map(drop)
}
