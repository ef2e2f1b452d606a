//! What may happen to an invoice in which state. Holds the table and nothing else.

use super::InvoiceState;

/// What may be asked of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InvoiceCommand {
    /// Nothing keeps it: have the ERP release it.
    Release,
    /// Something keeps it after all.
    Keep,
    /// The ERP has released it.
    Confirm,
    /// The ERP refuses for good.
    Block,
    /// A person has seen to it.
    Retry,
}

/// The state a command leads to, or `None` where it is refused.
pub fn next(state: InvoiceState, command: InvoiceCommand) -> Option<InvoiceState> {
    use InvoiceCommand::{Block, Confirm, Keep, Release, Retry};
    use InvoiceState::{Blocked, OnHold, Released, Releasing};
    Some(match (state, command) {
        (OnHold | Releasing, Release) => Releasing,
        (OnHold | Releasing, Keep) => OnHold,
        (Blocked, Keep) => Blocked,
        (Releasing, Confirm) => Released,
        (OnHold | Releasing, Block) => Blocked,
        (Blocked, Retry) => OnHold,
        _ => return None,
    })
}
