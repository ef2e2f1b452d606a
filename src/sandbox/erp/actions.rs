//! What the ERP's buttons do. A button that does not fit the state is refused, as Tryton refuses it.

use super::{
    ErpHandle,
    state::{Shipment, ShipmentState, State},
};
use crate::sandbox::faults::Fault;
use std::collections::BTreeMap;

/// Why Tryton says no: a business error of 400 with this message.
pub struct UserError(pub String);

type Done = Result<(), UserError>;

impl ErpHandle {
    /// None if there is no such record or button.
    pub(super) fn press(&self, model: &str, id: i64, button: &str, in_company: bool) -> Option<Done> {
        let mut state = self.lock();
        match model {
            "sale.sale" if state.sales.contains_key(&id) => {
                Some(self.press_on_sale(&mut state, id, button, in_company))
            }
            "stock.shipment.out" if state.shipments.contains_key(&id) => {
                let stock_is_short = self.has(&Fault::ShortStock);
                Some(press_on_shipment(&mut state, id, button, stock_is_short))
            }
            "account.invoice" if state.invoices.contains_key(&id) => Some(press_on_invoice(&mut state, id, button)),
            _ => None,
        }
    }

    fn press_on_sale(&self, state: &mut State, id: i64, button: &str, in_company: bool) -> Done {
        let now = state.sales[&id].state;
        let next = match (now, button) {
            ("draft", "quote") => "quotation",
            ("quotation", "confirm") => {
                // Without the company the limit is silently not enforced.
                if in_company {
                    self.check_credit(state, id)?;
                }
                "confirmed"
            }
            ("confirmed", "process") => {
                firm(state, id);
                "processing"
            }
            ("draft" | "quotation" | "confirmed", "cancel") => {
                state.effects.cancelled += 1;
                "cancelled"
            }
            _ => return cannot(button, "sale.sale", id),
        };
        if let Some(sale) = state.sales.get_mut(&id) {
            sale.state = next;
        }
        Ok(())
    }

    fn check_credit(&self, state: &State, id: i64) -> Done {
        let sale = &state.sales[&id];
        let Some(party) = state.parties.get(&sale.party) else { return Ok(()) };
        let limit = if self.has(&Fault::OverLimit) { Some(0) } else { party.limit };
        match limit.map(|limit| party.used + sale.cents - limit) {
            Some(over) if over > 0 => {
                let (name, whole, rest) = (&party.name, over / 100, over % 100);
                Err(UserError(format!("Party \"{name}\" exceeds the credit limit by ${whole}.{rest:02}.")))
            }
            _ => Ok(()),
        }
    }
}

/// A firm sale uses credit and has a shipment waiting.
fn firm(state: &mut State, id: i64) {
    let sale = &state.sales[&id];
    let (party, cents) = (sale.party, sale.cents);
    let quantities = sale.lines.iter().map(|line| (line.product, line.quantity)).collect();
    if let Some(party) = state.parties.get_mut(&party) {
        party.used += cents;
    }
    state.add_shipment(id, quantities);
    state.effects.confirmed += 1;
}

fn press_on_shipment(state: &mut State, id: i64, button: &str, stock_is_short: bool) -> Done {
    use ShipmentState::{Assigned, Cancelled, Done, Packed, Picked, Shipped, Waiting};
    let now = state.shipments[&id].state;
    let next = match (now, button) {
        (Waiting | Assigned, "wait") => {
            release(state, id, now);
            Waiting
        }
        // Short stock is answered with 200 all the same.
        (Waiting, "assign_try") if stock_is_short || !reserve(state, id) => Waiting,
        (Waiting, "assign_try") => Assigned,
        (Assigned, "pick") => Picked,
        (Picked, "pack") => Packed,
        (Packed, "ship") => Shipped,
        (Shipped, "do") => Done,
        (Waiting | Assigned | Picked | Packed, "cancel") => {
            release(state, id, now);
            Cancelled
        }
        _ => return cannot(button, "stock.shipment.out", id),
    };
    if let Some(shipment) = state.shipments.get_mut(&id) {
        shipment.state = next;
    }
    match next {
        Done => hand_over(state, id),
        Cancelled => except(state, id),
        _ => {}
    }
    Ok(())
}

fn reserve(state: &mut State, id: i64) -> bool {
    let wanted = quantities(&state.shipments[&id]);
    let free = |product: &i64| state.products.get(product).map_or(0.0, |product| product.stock - product.reserved);
    let enough = wanted.iter().all(|(product, quantity)| free(product) >= *quantity);
    if enough {
        add_reserved(state, wanted, 1.0);
    }
    enough
}

fn release(state: &mut State, id: i64, was: ShipmentState) {
    if was != ShipmentState::Waiting {
        let wanted = quantities(&state.shipments[&id]);
        add_reserved(state, wanted, -1.0);
    }
}

fn add_reserved(state: &mut State, quantities: BTreeMap<i64, f64>, factor: f64) {
    for (product, quantity) in quantities {
        if let Some(product) = state.products.get_mut(&product) {
            product.reserved += factor * quantity;
        }
    }
}

/// The goods leave the books, a draft invoice is written, and what is left gets a shipment of its own.
fn hand_over(state: &mut State, id: i64) {
    let shipped = quantities(&state.shipments[&id]);
    add_reserved(state, shipped.clone(), -1.0);
    for (product, quantity) in shipped {
        if let Some(product) = state.products.get_mut(&product) {
            product.stock -= quantity;
        }
    }
    let sale = state.shipments[&id].sale;
    state.effects.deliveries += 1;
    state.add_invoice(sale);
    let left = undelivered(state, sale);
    if !left.is_empty() {
        state.add_shipment(sale, left);
    }
}

fn undelivered(state: &State, sale: i64) -> Vec<(i64, f64)> {
    let mut left: BTreeMap<i64, f64> = BTreeMap::new();
    for line in &state.sales[&sale].lines {
        *left.entry(line.product).or_default() += line.quantity;
    }
    for shipment in state.shipments_of(sale).iter().map(|id| &state.shipments[id]) {
        for step in &shipment.moves {
            *left.entry(step.product).or_default() -= step.quantity;
        }
    }
    left.into_iter().filter(|(_, quantity)| *quantity > 0.0).collect()
}

fn except(state: &mut State, id: i64) {
    let sale = state.shipments[&id].sale;
    state.effects.cancelled += 1;
    if let Some(sale) = state.sales.get_mut(&sale) {
        sale.excepted = true;
    }
}

fn press_on_invoice(state: &mut State, id: i64, button: &str) -> Done {
    let number = format!("INV{id:06}");
    match state.invoices.get_mut(&id) {
        Some(invoice) if button == "post" && invoice.number.is_none() => {
            invoice.number = Some(number);
            state.effects.invoices += 1;
            Ok(())
        }
        _ => cannot(button, "account.invoice", id),
    }
}

fn quantities(shipment: &Shipment) -> BTreeMap<i64, f64> {
    let mut sum = BTreeMap::new();
    for step in &shipment.moves {
        *sum.entry(step.product).or_insert(0.0) += step.quantity;
    }
    sum
}

fn cannot(button: &str, model: &str, id: i64) -> Done {
    Err(UserError(format!("You can not call \"{button}\" on record \"{model},{id}\" in its state.")))
}
