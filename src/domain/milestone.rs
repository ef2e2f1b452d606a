//! Milestones: what the world is told. Each becomes a row of the event log and a CloudEvent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! milestones {
    ($($(#[$doc:meta])* $kind:ident = $name:tt,)*) => {
        /// Every milestone there is. Its CloudEvents type is `haulgate.{name}.v1`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        pub enum MilestoneKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl MilestoneKind {
            pub const ALL: &[MilestoneKind] = &[$(Self::$kind,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$kind),)* _ => None }
            }
        }
    };
}

milestones! {
    OrderReleased = "order.released",
    OrderHeld = "order.held",
    OrderAmended = "order.amended",
    OrderCancelled = "order.cancelled",
    RoutePublished = "route.published",
    RouteRevised = "route.revised",
    VehicleDeparted = "vehicle.departed",
    StopEtaChanged = "stop.eta_changed",
    StopArrived = "stop.arrived",
    DeliveryCompleted = "delivery.completed",
    DeliveryPartiallyCompleted = "delivery.partially_completed",
    DeliveryExceptionRaised = "delivery.exception_raised",
    DeliveryExceptionResolved = "delivery.exception_resolved",
    ProofReceived = "proof.received",
    ErpDeliveryPosted = "erp.delivery_posted",
    InvoiceReleased = "invoice.released",
    SlaBreached = "sla.breached",
}

/// A milestone as a decision states it: of what, when in the world, and the facts a reader wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Milestone {
    pub kind: MilestoneKind,
    /// The id of the order, shipment, route or exception it is about.
    pub subject: String,
    pub occurred_at: jiff::Timestamp,
    pub data: serde_json::Value,
}
