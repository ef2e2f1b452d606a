//! Effects: what a decision asks of other systems. Each becomes a task in the ledger, in the same commit.

use super::id::{EventId, OrderId, PartyId, RouteId, ShipmentId, StopId, WebhookId};
use serde::{Deserialize, Serialize};

/// What has to be done elsewhere. The variant's name is the task's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Effect {
    /// Ask ERP and warehouse again about an order that is held because one was away.
    RecheckOrder { order: OrderId },
    /// Tell the ERP that the order is released, so that it allocates stock and waits for the delivery.
    ConfirmRelease { order: OrderId },
    /// Tell the ERP that the order will not be delivered.
    CancelInErp { order: OrderId, number: String },
    /// Post what was delivered to the ERP.
    PostDelivery { order: OrderId, shipment: ShipmentId, stop: StopId },
    /// Keep the order's invoice back in the ERP.
    HoldInvoice { order: OrderId, reason: String },
    /// Release the order's invoice in the ERP.
    ReleaseInvoice { order: OrderId },
    /// Tell the customer.
    NotifyCustomer { shipment: ShipmentId, milestone: String },
    /// Tell a partner's webhook.
    DeliverWebhook { party: PartyId, webhook: WebhookId, event: EventId },
    /// Close the route once all of its stops are over.
    SettleRoute { route: RouteId },
    /// Project the ETAs of the stops ahead.
    ProjectEtas { route: RouteId },
    /// Work off lines of a bulk release.
    ReleaseLines { batch: String, first: u64, last: u64 },
}

impl Effect {
    /// The task's kind, as stored and as metrics are labelled.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::RecheckOrder { .. } => "recheck_order",
            Self::ConfirmRelease { .. } => "confirm_release",
            Self::CancelInErp { .. } => "cancel_in_erp",
            Self::PostDelivery { .. } => "post_delivery",
            Self::HoldInvoice { .. } => "hold_invoice",
            Self::ReleaseInvoice { .. } => "release_invoice",
            Self::NotifyCustomer { .. } => "notify_customer",
            Self::DeliverWebhook { .. } => "deliver_webhook",
            Self::SettleRoute { .. } => "settle_route",
            Self::ProjectEtas { .. } => "project_etas",
            Self::ReleaseLines { .. } => "release_lines",
        }
    }

    /// Effects of one key are delivered one after the other, in the order they were committed.
    pub fn key(&self) -> String {
        match self {
            Self::RecheckOrder { order }
            | Self::ConfirmRelease { order }
            | Self::CancelInErp { order, .. }
            | Self::PostDelivery { order, .. }
            | Self::HoldInvoice { order, .. }
            | Self::ReleaseInvoice { order } => Self::key_of_order(order),
            Self::NotifyCustomer { shipment, .. } => Self::key_of_notices(shipment),
            Self::DeliverWebhook { webhook, event, .. } => format!("{webhook}:{event}"),
            Self::SettleRoute { route } => format!("settle:{route}"),
            Self::ProjectEtas { route } => format!("etas:{route}"),
            Self::ReleaseLines { batch, first, .. } => format!("{batch}:{first}"),
        }
    }

    /// Of all that the ERP is told about an order and its shipments.
    pub fn key_of_order(order: &OrderId) -> String {
        order.to_string()
    }

    /// Of all that the customer is told about a shipment.
    pub fn key_of_notices(shipment: &ShipmentId) -> String {
        format!("notify:{shipment}")
    }
}
