//! Ids as types, so that a stop can never be passed where a shipment is meant.
//!
//! Every id is text: a short prefix that says what it names, then a token. Ids that belong to an order are derived
//! from the order's own token, so that whoever decides twice arrives at the same ids.

use serde::{Deserialize, Serialize};
use std::fmt;
use utoipa::ToSchema;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, min_length = 1, max_length = 96, pattern = "^[A-Za-z0-9._:-]+$")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// The id with this token behind the prefix.
            pub fn from_token(token: &str) -> Self {
                Self(format!("{}_{token}", $prefix))
            }

            /// What stands behind the prefix.
            pub fn token(&self) -> &str {
                self.0.split_once('_').map_or(self.0.as_str(), |(_, token)| token)
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// An order, as released by the ERP. Its token is derived from the ERP's order number.
    OrderId, "ord";
    /// A shipment: what travels together for one order.
    ShipmentId, "shp";
    /// A route: one vehicle's stops of one day.
    RouteId, "rte";
    /// A stop: one attempt to deliver or collect one shipment. It keeps its id over every revision of its route.
    StopId, "stp";
    /// A proof: the hash, kind and circumstances of an artifact taken at a stop.
    ProofId, "prf";
    /// An exception: something that needs a decision.
    ExceptionId, "exc";
    /// A bulk release.
    BatchId, "bat";
    /// A partner's webhook.
    WebhookId, "whk";
    /// A task in the ledger: an effect on another system.
    TaskId, "tsk";
    /// A row of the event log.
    EventId, "evt";
    /// The party an order belongs to: the customer or partner who may see it. Given by master data.
    PartyId, "pty";
    /// A region whose data stays together. Given by `policies/regions.toml`.
    RegionId, "reg";
    /// A driver, as named by master data.
    DriverId, "drv";
    /// A vehicle, as named by master data.
    VehicleId, "veh";
    /// A carrier, as named by master data.
    CarrierId, "car";
    /// An item, as named by master data.
    ItemId, "itm";
}

impl OrderId {
    /// The order's n-th shipment, counted from 1.
    pub fn shipment(&self, number: u32) -> ShipmentId {
        ShipmentId::from_token(&format!("{}.{number}", self.token()))
    }
}

impl StopId {
    /// The shipment it would serve by its name, to look for both at once. What the stop itself says is what counts.
    pub fn presumed_shipment(&self) -> Option<ShipmentId> {
        self.token().rsplit_once('.').map(|(shipment, _)| ShipmentId::from_token(shipment))
    }

    /// The exception of this code raised from the stop's reports: one for each code.
    pub fn exception(&self, code: &str) -> ExceptionId {
        ExceptionId::from_token(&format!("{}.{code}", self.token()))
    }
}

impl ShipmentId {
    /// The order it would belong to by its name, to look for both at once. What the shipment itself says is what counts.
    pub fn presumed_order(&self) -> Option<OrderId> {
        self.token().rsplit_once('.').map(|(order, _)| OrderId::from_token(order))
    }

    /// The stop of the shipment's n-th attempt, counted from 1.
    pub fn stop(&self, attempt: u32) -> StopId {
        StopId::from_token(&format!("{}.{attempt}", self.token()))
    }
}
