//! Money and weights, with their units.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An amount of money in the currency's minor unit (cents).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"minor": 129900, "currency": "EUR"})))]
pub struct Money {
    #[schema(minimum = 0, maximum = 1_000_000_000_000i64)]
    pub minor: i64,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", max_length = 3)]
    pub currency: String,
}

/// What came of one order line, in the item's own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// What the order asks for.
    pub ordered: u32,
    /// What the warehouse picked.
    pub picked: u32,
    /// What was handed over.
    pub delivered: u32,
    /// What was missing at the door.
    pub short: u32,
    /// What was handed over or returned broken.
    pub damaged: u32,
}
