//! How the ERP's stand-in shows its records: whole and nested, then only the fields that were asked for.

use super::{
    ErpHandle,
    state::{Invoice, Shipment, ShipmentState, State},
};
use crate::sandbox::faults::Fault;
use serde_json::{Map, Value, json};

impl ErpHandle {
    /// The whole record, none if there is no such one.
    pub(super) fn record(&self, state: &State, model: &str, id: i64) -> Option<Value> {
        let mut record = match model {
            "sale.sale" => self.sale(state, id)?,
            "party.party" => self.party(state, id)?,
            "product.product" => self.product(state, id)?,
            "stock.shipment.out" => shipment(state, state.shipments.get(&id)?),
            "account.invoice" => invoice(state.invoices.get(&id)?),
            _ => return None,
        };
        name(&mut record, model, id);
        Some(record)
    }

    fn sale(&self, state: &State, id: i64) -> Option<Value> {
        let sale = state.sales.get(&id)?;
        let nested = |model: &str, ids: &[i64]| -> Vec<Value> {
            ids.iter().filter_map(|id| self.record(state, model, *id)).collect()
        };
        let shipments = state.shipments_of(id);
        let all_sent = !shipments.is_empty()
            && shipments
                .iter()
                .all(|id| matches!(state.shipments[id].state, ShipmentState::Done | ShipmentState::Cancelled));
        let invoices = state.invoices_of(id);
        let all_posted = !invoices.is_empty() && invoices.iter().all(|id| state.invoices[id].number.is_some());
        let shipment_state = match (sale.excepted, all_sent, shipments.is_empty()) {
            (true, ..) => "exception",
            (_, true, _) => "sent",
            (_, _, true) => "none",
            _ => "waiting",
        };
        let line = |line: &super::state::SaleLine| json!({"product": self.record(state, "product.product", line.product), "quantity": line.quantity});
        Some(json!({
            "number": sale.number,
            "state": if sale.state == "processing" && all_sent && all_posted { "done" } else { sale.state },
            "shipment_state": shipment_state,
            "invoice_state": if all_posted { "paid" } else { "none" },
            "party": self.record(state, "party.party", sale.party),
            "lines": sale.lines.iter().map(line).collect::<Vec<_>>(),
            "shipments": nested("stock.shipment.out", shipments),
            "invoices": nested("account.invoice", invoices),
        }))
    }

    fn party(&self, state: &State, id: i64) -> Option<Value> {
        let party = state.parties.get(&id)?;
        let limit = if self.has(&Fault::OverLimit) { Some(0) } else { party.limit };
        Some(json!({
            "name": party.name, "credit_amount": decimal(party.used),
            "credit_limit_amount": limit.map_or(Value::Null, decimal),
        }))
    }

    fn product(&self, state: &State, id: i64) -> Option<Value> {
        let product = state.products.get(&id)?;
        let stock = if self.has(&Fault::ShortStock) { 0.0 } else { product.stock };
        Some(json!({"code": product.code, "quantity": stock, "forecast_quantity": stock - product.reserved}))
    }
}

fn shipment(state: &State, shipment: &Shipment) -> Value {
    let step = |step: &super::state::Move| {
        json!({
            "id": step.id, "__name__": "stock.move", "quantity": step.quantity,
            "product": {"id": step.product, "__name__": "product.product", "code": state.code(step.product)},
            "state": if shipment.state == ShipmentState::Done { "done" } else { "draft" },
        })
    };
    json!({
        "number": shipment.number, "state": shipment.state.name(), "reference": shipment.reference,
        "outgoing_moves": shipment.moves.iter().map(step).collect::<Vec<_>>(),
    })
}

fn invoice(invoice: &Invoice) -> Value {
    let state = if invoice.number.is_some() { "posted" } else { "draft" };
    json!({"number": invoice.number, "state": state, "comment": invoice.comment})
}

fn decimal(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    json!({"__class__": "Decimal", "decimal": format!("{sign}{}.{:02}", cents / 100, cents % 100)})
}

pub fn name(record: &mut Value, model: &str, id: i64) {
    record["id"] = json!(id);
    record["__name__"] = json!(model);
}

/// Only these fields, by dotted path, with the id and the model's name at every level.
pub fn only(record: &Value, fields: &[String]) -> Value {
    match record {
        Value::Array(records) => records.iter().map(|record| only(record, fields)).collect(),
        Value::Object(all) => Value::Object(fields_of(all, fields)),
        other => other.clone(),
    }
}

fn fields_of(all: &Map<String, Value>, fields: &[String]) -> Map<String, Value> {
    let mut some = Map::new();
    for name in ["id", "__name__"].into_iter().map(str::to_owned).chain(fields.iter().cloned()) {
        let first = name.split('.').next().unwrap_or_default().to_owned();
        let deeper: Vec<String> =
            fields.iter().filter_map(|field| Some(field.strip_prefix(&first)?.strip_prefix('.')?.to_owned())).collect();
        if let Some(value) = all.get(&first) {
            some.insert(first, if deeper.is_empty() { value.clone() } else { only(value, &deeper) });
        }
    }
    some
}
