//! The control port: switches faults, brings orders into the ERP's stand-in, and tells what has happened there.

use super::{
    erp::{Effects, ErpHandle},
    faults::{Fault, Faults, Target},
    warehouse::WarehouseHandle,
};
use crate::domain::order::OrderContent;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    routing::{get, post, put},
};
use std::collections::BTreeMap;

#[derive(Clone)]
struct Control {
    faults: Faults,
    erp: ErpHandle,
    warehouse: WarehouseHandle,
}

pub(super) fn routes(faults: Faults, erp: ErpHandle, warehouse: WarehouseHandle) -> Router {
    Router::new()
        .route("/faults", get(async |State(control): State<Control>| Json(control.faults.all())))
        .route("/faults/{target}", put(set_fault).delete(clear_fault))
        .route("/orders", post(add_orders))
        .route("/effects", get(effects))
        .layer(DefaultBodyLimit::max(64 << 20))
        .with_state(Control { faults, erp, warehouse })
}

async fn set_fault(State(control): State<Control>, Path(target): Path<Target>, Json(fault): Json<Fault>) -> StatusCode {
    control.faults.set(target, fault);
    StatusCode::NO_CONTENT
}

async fn clear_fault(State(control): State<Control>, Path(target): Path<Target>) -> StatusCode {
    control.faults.clear(target);
    StatusCode::NO_CONTENT
}

/// The orders' customers and items with enough credit and stock, the sales, and everything picked.
async fn add_orders(State(control): State<Control>, Json(orders): Json<Vec<OrderContent>>) -> StatusCode {
    for order in &orders {
        control.erp.add_order(order);
        let picked: Vec<_> = order.lines.iter().map(|line| (line.line, line.quantity)).collect();
        control.warehouse.picked(&order.number, &picked);
    }
    StatusCode::NO_CONTENT
}

async fn effects(State(control): State<Control>) -> Json<BTreeMap<&'static str, u64>> {
    let Effects { confirmed, cancelled, deliveries, invoices, attachments } = control.erp.effects();
    Json(BTreeMap::from([
        ("confirmed", confirmed),
        ("cancelled", cancelled),
        ("deliveries", deliveries),
        ("invoices", invoices),
        ("attachments", attachments),
    ]))
}
