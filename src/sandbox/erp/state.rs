//! What the ERP's stand-in remembers: plain maps by id, and the numbers to find them by.

use super::Effects;
use std::collections::{BTreeMap, HashMap};

#[derive(Default)]
pub struct State {
    pub parties: BTreeMap<i64, Party>,
    pub products: BTreeMap<i64, Product>,
    pub sales: BTreeMap<i64, Sale>,
    pub shipments: BTreeMap<i64, Shipment>,
    pub invoices: BTreeMap<i64, Invoice>,
    /// By what they are attached to.
    pub attachments: HashMap<String, Vec<Attachment>>,
    pub effects: Effects,
    shipments_of: HashMap<i64, Vec<i64>>,
    invoices_of: HashMap<i64, Vec<i64>>,
    shipment_by_move: HashMap<i64, i64>,
    ids: HashMap<(&'static str, String), i64>,
    last_id: i64,
}

pub struct Party {
    pub name: String,
    /// In cents.
    pub limit: Option<i64>,
    pub used: i64,
}

pub struct Product {
    pub code: String,
    pub stock: f64,
    /// Assigned to shipments.
    pub reserved: f64,
}

pub struct Sale {
    pub number: String,
    pub state: &'static str,
    pub party: i64,
    pub lines: Vec<SaleLine>,
    pub cents: i64,
    /// One of its shipments was cancelled.
    pub excepted: bool,
}

pub struct SaleLine {
    pub product: i64,
    pub quantity: f64,
}

pub struct Shipment {
    pub sale: i64,
    pub number: String,
    pub state: ShipmentState,
    pub reference: Option<String>,
    pub moves: Vec<Move>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShipmentState {
    Waiting,
    Assigned,
    Picked,
    Packed,
    Shipped,
    Done,
    Cancelled,
}

impl ShipmentState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Assigned => "assigned",
            Self::Picked => "picked",
            Self::Packed => "packed",
            Self::Shipped => "shipped",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }
}

pub struct Move {
    pub id: i64,
    pub product: i64,
    pub quantity: f64,
}

pub struct Invoice {
    pub sale: i64,
    pub number: Option<String>,
    pub comment: Option<String>,
}

pub struct Attachment {
    pub id: i64,
    pub name: String,
    pub link: String,
}

impl State {
    pub fn fresh(&mut self) -> i64 {
        self.last_id += 1;
        self.last_id
    }

    pub fn party_id(&mut self, name: &str) -> i64 {
        self.named("party", name)
    }

    pub fn product_id(&mut self, code: &str) -> i64 {
        self.named("product", code)
    }

    pub fn knows_party(&self, name: &str) -> bool {
        self.ids.contains_key(&("party", name.to_owned()))
    }

    pub fn knows_product(&self, code: &str) -> bool {
        self.ids.contains_key(&("product", code.to_owned()))
    }

    pub fn product_coded(&self, code: &str) -> Option<i64> {
        self.ids.get(&("product", code.to_owned())).copied()
    }

    pub fn code(&self, product: i64) -> String {
        self.products.get(&product).map(|product| product.code.clone()).unwrap_or_default()
    }

    pub fn sale_numbered(&self, number: &str) -> Option<i64> {
        self.ids.get(&("sale", number.to_owned())).copied()
    }

    pub fn add_sale(&mut self, sale: Sale) {
        let id = self.named("sale", &sale.number);
        self.sales.insert(id, sale);
    }

    pub fn add_shipment(&mut self, sale: i64, quantities: Vec<(i64, f64)>) {
        let id = self.fresh();
        let moves: Vec<_> =
            quantities.into_iter().map(|(product, quantity)| Move { id: self.fresh(), product, quantity }).collect();
        self.shipment_by_move.extend(moves.iter().map(|step| (step.id, id)));
        self.shipments_of.entry(sale).or_default().push(id);
        let number = format!("CS{id:06}");
        self.shipments.insert(id, Shipment { sale, number, state: ShipmentState::Waiting, reference: None, moves });
    }

    pub fn add_invoice(&mut self, sale: i64) {
        let id = self.fresh();
        self.invoices_of.entry(sale).or_default().push(id);
        self.invoices.insert(id, Invoice { sale, number: None, comment: None });
    }

    pub fn shipments_of(&self, sale: i64) -> &[i64] {
        self.shipments_of.get(&sale).map_or(&[], Vec::as_slice)
    }

    pub fn invoices_of(&self, sale: i64) -> &[i64] {
        self.invoices_of.get(&sale).map_or(&[], Vec::as_slice)
    }

    /// The shipment a stock move belongs to.
    pub fn shipment_of_move(&self, step: i64) -> Option<i64> {
        self.shipment_by_move.get(&step).copied()
    }

    fn named(&mut self, kind: &'static str, name: &str) -> i64 {
        if let Some(id) = self.ids.get(&(kind, name.to_owned())) {
            return *id;
        }
        let id = self.fresh();
        self.ids.insert((kind, name.to_owned()), id);
        id
    }
}
