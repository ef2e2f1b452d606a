//! Orders: released one by one or in bulk, read, amended, cancelled, and let go when they are held. One file an
//! operation; `view` holds what callers read of an order.
//!
//! What other systems say about an order is asked before the change is put together (`release`), never inside it.

pub mod amend_order;
pub mod cancel_order;
pub mod csv_lines;
pub mod get_order;
pub mod get_release_batch;
pub mod lift_hold;
pub mod lines;
pub mod list_orders;
pub mod release_order;
pub mod release_orders;
pub mod view;

mod findings;
mod intake;
mod prepare;
mod published;
mod recheck;
mod records;
mod work_off;

pub use amend_order::amend;
pub use cancel_order::cancel;
pub use lift_hold::lift;
pub use recheck::recheck_order;
pub use release_order::release;
pub use view::{OrderView, Standing};
pub use work_off::work_off_lines;

use crate::{
    domain::{id::OrderId, order::Order},
    error::Error,
    policy::Viewer,
    store::{Loaded, Store},
};

/// Where orders are found.
pub const ORDERS: &str = "/process/orders/v1/orders";

/// Where bulk releases are found.
pub const RELEASES: &str = "/process/orders/v1/releases";

/// The order, if this caller may see it.
async fn seen(store: &Store, viewer: &Viewer, id: &OrderId) -> Result<Loaded<Order>, Error> {
    let loaded = store.load::<Order>(id.as_str()).await?;
    viewer.shown("order", loaded)
}
