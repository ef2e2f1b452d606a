//! What customers ask for, beyond the order.

use super::{id::PartyId, time::Window};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a customer wants to be served.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Preferences {
    /// Leave it at this place when nobody is there.
    #[schema(max_length = 200)]
    pub safe_place: Option<String>,
    /// A neighbour who may take it.
    #[schema(max_length = 200)]
    pub neighbour: Option<String>,
    #[schema(max_length = 500)]
    pub instructions: Option<String>,
    /// When the customer would rather be served, inside the order's window.
    pub window: Option<Window>,
    /// Where to tell them, such as `mailto:dock@example.org` or a webhook's URL.
    #[schema(max_length = 500)]
    pub notify: Option<String>,
}

/// The preferences a party set for all or one of its shipments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartyPreferences {
    /// The party's id, or a shipment's.
    pub id: String,
    pub party: PartyId,
    pub preferences: Preferences,
}
