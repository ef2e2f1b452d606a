//! Orders in the ERP: told when they are released, and when they will not be delivered.

use crate::{
    domain::{
        id::OrderId,
        order::{Order, OrderState},
    },
    relay::{Delivered, Desk, Failed},
    store::Task,
};

/// The ERP makes the order firm. One that was held or cancelled meanwhile stays as it is: what lets it go again will ask
/// for this again.
pub async fn confirm(desk: &Desk, task: &Task, order: &OrderId) -> Result<Delivered, Failed> {
    let order = desk.load::<Order>(order.as_str()).await?;
    if matches!(order.state.state, OrderState::Held | OrderState::Cancelled) {
        return Ok(Delivered::Done);
    }
    desk.connectors.erp.confirm_release(&desk.errand(task), &order.content.number).await?;
    Ok(Delivered::Done)
}

/// An order the ERP does not have needs no cancelling there.
pub async fn cancel(desk: &Desk, task: &Task, number: &str) -> Result<Delivered, Failed> {
    match desk.connectors.erp.cancel_order(&desk.errand(task), number).await.map_err(Failed::from) {
        Err(Failed::Refused { code, .. }) if code == "not_found_in_erp" => Ok(Delivered::Done),
        outcome => outcome.map(|()| Delivered::Done),
    }
}
