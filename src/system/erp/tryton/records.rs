//! The records we read from Tryton, with only the fields we ask for. Each lists those fields beside it.

use super::values::Decimal;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
pub struct Sale {
    pub id: i64,
    pub number: String,
    /// draft, quotation, confirmed, processing, done, cancelled.
    pub state: String,
    /// none, waiting, partially shipped, sent, exception.
    pub shipment_state: String,
    pub party: Party,
    pub lines: Vec<SaleLine>,
    pub shipments: Vec<Shipment>,
    pub invoices: Vec<Invoice>,
}

impl Sale {
    pub const FIELDS: &[&str] = &[
        "number",
        "state",
        "shipment_state",
        "party.name",
        "lines.product.code",
        "lines.quantity",
        "shipments.state",
        "shipments.number",
        "shipments.reference",
        "invoices.state",
        "invoices.number",
    ];

    pub fn is_firm(&self) -> bool {
        matches!(self.state.as_str(), "processing" | "done")
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Party {
    pub id: i64,
    pub name: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct SaleLine {
    /// None for titles and comments.
    pub product: Option<Product>,
    pub quantity: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Product {
    pub code: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Shipment {
    pub id: i64,
    /// draft, waiting, assigned, picked, packed, shipped, done, cancelled.
    pub state: String,
    pub number: Option<String>,
    /// Ours: the posting it was claimed by.
    pub reference: Option<String>,
}

impl Shipment {
    pub const FIELDS: &[&str] = &["state", "number", "reference"];

    pub fn is_over(&self) -> bool {
        matches!(self.state.as_str(), "done" | "cancelled")
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct ShipmentMoves {
    pub outgoing_moves: Vec<Move>,
}

impl ShipmentMoves {
    pub const FIELDS: &[&str] = &["outgoing_moves.product.code", "outgoing_moves.quantity", "outgoing_moves.state"];
}

#[derive(Clone, Debug, Deserialize)]
pub struct Move {
    pub id: i64,
    pub product: Product,
    pub quantity: f64,
    pub state: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Invoice {
    pub id: i64,
    /// draft, validated, posted, paid, cancelled.
    pub state: String,
    pub number: Option<String>,
}

impl Invoice {
    pub const FIELDS: &[&str] = &["state", "number"];

    pub fn is_posted(&self) -> bool {
        matches!(self.state.as_str(), "posted" | "paid")
    }

    pub fn is_draft(&self) -> bool {
        matches!(self.state.as_str(), "draft" | "validated")
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct Credit {
    pub credit_amount: Option<Decimal>,
    /// None means that there is no limit.
    pub credit_limit_amount: Option<Decimal>,
}

impl Credit {
    pub const FIELDS: &[&str] = &["credit_amount", "credit_limit_amount"];
}

#[derive(Clone, Debug, Deserialize)]
pub struct Stock {
    pub code: Option<String>,
    pub forecast_quantity: f64,
}

impl Stock {
    pub const FIELDS: &[&str] = &["code", "quantity", "forecast_quantity"];
}

/// A record of which only the existence matters.
#[derive(Clone, Debug, Deserialize)]
pub struct Found {
    #[expect(dead_code, reason = "every record has an id; to have found one is enough")]
    pub id: i64,
}
