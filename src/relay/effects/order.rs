//! Orders in the ERP: told when they will not be delivered.

use crate::{
    relay::{Delivered, Desk, Failed},
    store::Task,
};

/// An order the ERP does not have needs no cancelling there.
pub async fn cancel(desk: &Desk, task: &Task, number: &str) -> Result<Delivered, Failed> {
    match desk.connectors.erp.cancel_order(&desk.errand(task), number).await.map_err(Failed::from) {
        Err(Failed::Refused { code, .. }) if code == "not_found_in_erp" => Ok(Delivered::Done),
        outcome => outcome.map(|()| Delivered::Done),
    }
}
