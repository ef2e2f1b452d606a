//! Tryton's stand-in: sales, shipments, invoices and attachments with the actions and refusals of the real one.
//! Not idempotent where the real one is not. Every effect is counted, so that a test can tell once from twice.

mod actions;
mod records;
mod rest;
mod state;

use super::faults::{Fault, Faults, Target};
use crate::domain::{
    id::{ItemId, PartyId},
    order::OrderContent,
};
use state::{Party, Product, Sale, SaleLine, ShipmentState, State};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub const DATABASE: &str = "erp";
pub const COMPANY: i64 = 1;
pub const WAREHOUSE: i64 = 4;

/// What `add_order` gives a customer and an item it has not met.
const AMPLE_CREDIT: i64 = 100_000_000_000;
const AMPLE_STOCK: f64 = 1_000_000_000.0;

#[derive(Clone)]
pub struct ErpHandle {
    state: Arc<Mutex<State>>,
    faults: Faults,
}

/// How often each thing was really done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    pub confirmed: u64,
    pub cancelled: u64,
    pub deliveries: u64,
    pub invoices: u64,
    pub attachments: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PostedDelivery {
    pub number: String,
    pub document: String,
    pub reference: String,
    /// Item codes and quantities.
    pub lines: Vec<(String, f64)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedInvoice {
    /// The order's number.
    pub order: String,
    pub number: String,
}

impl ErpHandle {
    pub(super) fn new(faults: Faults) -> Self {
        Self { state: Arc::default(), faults }
    }

    /// A customer and its credit, in cents. No limit means that any credit will do.
    pub fn add_party(&self, party: &PartyId, name: &str, limit: Option<i64>, used: i64) {
        let mut state = self.lock();
        let id = state.party_id(party.as_str());
        state.parties.insert(id, Party { name: name.to_owned(), limit, used });
    }

    /// An item and how much of it lies in the warehouse.
    pub fn add_product(&self, item: &ItemId, stock: f64) {
        let mut state = self.lock();
        let id = state.product_id(item.as_str());
        state.products.insert(id, Product { code: item.to_string(), stock, reserved: 0.0 });
    }

    /// A quotation over these items, their quantities and the whole amount in cents.
    pub fn add_sale(&self, number: &str, party: &PartyId, lines: &[(ItemId, u32)], cents: i64) {
        let mut state = self.lock();
        let party = state.party_id(party.as_str());
        let lines: Vec<_> = lines
            .iter()
            .map(|(item, quantity)| SaleLine {
                product: state.product_id(item.as_str()),
                quantity: f64::from(*quantity),
            })
            .collect();
        let sale = Sale { number: number.to_owned(), state: "quotation", party, lines, cents, excepted: false };
        state.add_sale(sale);
    }

    /// The sale of this order; its customer and items with ample credit and stock, if they are new.
    pub fn add_order(&self, order: &OrderContent) {
        if self.lock().sale_numbered(&order.number).is_some() {
            return;
        }
        let party_is_new = !self.lock().knows_party(order.party.as_str());
        if party_is_new {
            self.add_party(&order.party, order.party.as_str(), Some(AMPLE_CREDIT), 0);
        }
        for line in &order.lines {
            let item_is_new = !self.lock().knows_product(line.item.as_str());
            if item_is_new {
                self.add_product(&line.item, AMPLE_STOCK);
            }
        }
        let lines: Vec<_> = order.lines.iter().map(|line| (line.item.clone(), line.quantity)).collect();
        self.add_sale(&order.number, &order.party, &lines, order.value.minor);
    }

    pub fn effects(&self) -> Effects {
        self.lock().effects
    }

    /// Everything that was shipped and done, in order.
    pub fn deliveries(&self) -> Vec<PostedDelivery> {
        let state = self.lock();
        let done = state.shipments.values().filter(|shipment| shipment.state == ShipmentState::Done);
        done.map(|shipment| PostedDelivery {
            number: state.sales[&shipment.sale].number.clone(),
            document: shipment.number.clone(),
            reference: shipment.reference.clone().unwrap_or_default(),
            lines: shipment.moves.iter().map(|step| (state.code(step.product), step.quantity)).collect(),
        })
        .collect()
    }

    /// Every invoice that was posted, in order.
    pub fn invoices(&self) -> Vec<PostedInvoice> {
        let state = self.lock();
        let posted = state.invoices.values().filter_map(|invoice| Some((invoice.sale, invoice.number.clone()?)));
        posted.map(|(sale, number)| PostedInvoice { order: state.sales[&sale].number.clone(), number }).collect()
    }

    /// What stands on the order's draft invoices.
    pub fn invoice_notes(&self, number: &str) -> Vec<String> {
        let state = self.lock();
        let Some(sale) = state.sale_numbered(number) else { return Vec::new() };
        state
            .invoices
            .values()
            .filter(|invoice| invoice.sale == sale)
            .filter_map(|invoice| invoice.comment.clone())
            .collect()
    }

    fn has(&self, fault: &Fault) -> bool {
        self.faults.get(Target::Erp).as_ref() == Some(fault)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
