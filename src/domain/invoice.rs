//! Invoices: on hold until the delivery is posted and proven.

mod release;
mod table;

pub(in crate::domain) use release::POSTING_FAILED;
pub use release::{blocked, may_release, posted, released, retry, try_release, unposted};
pub use table::{InvoiceCommand, next};

use super::text::Sentence;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where the order's invoice is, and why it is not released yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Invoice {
    pub state: InvoiceState,
    /// The ERP's invoice number, once released.
    #[schema(max_length = 200)]
    pub number: Option<String>,
    /// What keeps it: exception codes and what the proof misses.
    #[schema(value_type = Vec<Sentence>, max_items = 1000)]
    pub kept_by: Vec<String>,
}

/// on_hold → releasing → released | blocked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceState {
    #[default]
    OnHold,
    Releasing,
    Released,
    Blocked,
}
