//! The ERP: who ordered, may it go, what was delivered, what may be invoiced.
//! Holds what Haulgate needs of any ERP. Never a vendor's objects: those stay in the vendor's folder.

pub mod tryton;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use crate::domain::{
    id::{ItemId, ShipmentId},
    order::{HoldReason, OrderContent},
};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What Haulgate asks of an ERP. Everything that has an effect may be repeated: it is done once.
#[async_trait]
pub trait Erp: Send + Sync {
    async fn get_order(&self, errand: &Errand, number: &str) -> Result<ErpOrder, Trouble>;
    /// Everything that speaks against letting the order go; empty means nothing does.
    async fn check_release(&self, errand: &Errand, order: &OrderContent) -> Result<Vec<Finding>, Trouble>;
    /// Makes the ERP's order firm, so that it allocates stock and waits for the delivery.
    async fn confirm_release(&self, errand: &Errand, number: &str) -> Result<(), Trouble>;
    async fn cancel_order(&self, errand: &Errand, number: &str) -> Result<(), Trouble>;
    /// Posts what was handed over. The same reference posts once, however often it is asked for.
    async fn post_delivery(&self, errand: &Errand, posting: &DeliveryPosting) -> Result<Posted, Trouble>;
    async fn attach_proof(&self, errand: &Errand, link: &ProofLink) -> Result<(), Trouble>;
    /// Keeps the order's invoice back, and says why.
    async fn hold_invoice(&self, errand: &Errand, number: &str, reason: &str) -> Result<(), Trouble>;
    /// Releases the order's invoice and answers its number; an invoice released before keeps its number.
    async fn release_invoice(&self, errand: &Errand, number: &str) -> Result<InvoiceNumber, Trouble>;
    fn state(&self) -> ConnectorState;
}

/// An order as the ERP has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErpOrder {
    #[schema(max_length = 40)]
    pub number: String,
    pub state: ErpOrderState,
    /// The customer's name in the ERP.
    #[schema(max_length = 200)]
    pub customer: String,
    #[schema(max_items = 1000)]
    pub lines: Vec<ErpLine>,
    /// The ERP has posted every delivery it expects.
    pub delivered: bool,
    /// The ERP has posted an invoice.
    pub invoiced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErpOrderState {
    /// May still be changed.
    Open,
    /// Firm; the ERP expects its delivery.
    Released,
    Done,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ErpLine {
    pub item: ItemId,
    pub quantity: u32,
}

/// Something that speaks against a release, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    pub reason: HoldReason,
    #[schema(max_length = 2000)]
    pub detail: String,
}

/// What was handed over of one shipment in one attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPosting {
    /// The order's number in the ERP.
    #[schema(min_length = 1, max_length = 40)]
    pub number: String,
    pub shipment: ShipmentId,
    /// Names this posting for good, such as the stop's id.
    #[schema(min_length = 1, max_length = 96)]
    pub reference: String,
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<DeliveredLine>,
    pub delivered_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveredLine {
    pub item: ItemId,
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub delivered: u32,
}

/// The ERP's receipt for a posted delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Posted {
    /// The ERP's own document; none when nothing was handed over.
    #[schema(max_length = 200)]
    pub document: Option<String>,
    /// It had been posted before.
    pub already: bool,
}

/// Where the proof of a delivery can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofLink {
    pub number: String,
    /// The posting's reference.
    pub reference: String,
    pub name: String,
    pub url: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, max_length = 200)]
pub struct InvoiceNumber(pub String);
