//! Where an order's way stops: the first step that is missing. Pure.

use super::{Stage, Standstill};
use crate::{
    domain::{
        invoice::InvoiceState,
        order::{Order, OrderState},
        route::Route,
        shipment::{Shipment, ShipmentState},
    },
    store::Loaded,
};

/// The first step that is missing; none when the invoice is out, and none for an order that ended before.
pub(super) fn standstill(
    order: &Order,
    shipments: &[Loaded<Shipment>],
    routes: &[Loaded<Route>],
) -> Option<Standstill> {
    if matches!(order.state, OrderState::Cancelled) {
        return None;
    }
    if matches!(order.state, OrderState::Received | OrderState::Held) || shipments.is_empty() {
        return at(Stage::Release, &holds(order));
    }
    let first = shipments.iter().filter_map(|shipment| of_shipment(shipment, routes)).min_by_key(|one| one.stage);
    first.or_else(|| match order.invoice.state {
        InvoiceState::Released => None,
        InvoiceState::Blocked => at(Stage::Invoice, "the ERP refuses to release the invoice"),
        InvoiceState::Releasing => at(Stage::Invoice, "the invoice is being released"),
        InvoiceState::OnHold if order.state == OrderState::Undelivered => None,
        InvoiceState::OnHold => at(Stage::Invoice, &kept_by(order)),
    })
}

fn of_shipment(shipment: &Shipment, routes: &[Loaded<Route>]) -> Option<Standstill> {
    use ShipmentState as S;
    let id = &shipment.id;
    match shipment.state {
        S::Created | S::HeldAtDepot => at(Stage::Planning, &format!("{id} is on no route")),
        S::Planned | S::Loaded => {
            let route = routes.iter().find(|route| Some(&route.id) == shipment.route.as_ref());
            let state = route.map_or_else(String::new, |route| format!(": route {} is {:?}", route.id, route.state));
            at(Stage::Dispatch, &format!("{id} has not left the depot{state}"))
        }
        S::OutForDelivery => at(Stage::Confirmation, &format!("{id} is out for delivery")),
        S::Attempted => {
            let why = shipment.failure.as_deref().unwrap_or("no reason");
            at(Stage::Confirmation, &format!("the last attempt of {id} failed ({why}); somebody has to decide"))
        }
        S::Returning => at(Stage::Confirmation, &format!("{id} is on its way back")),
        S::Returned | S::Lost | S::Cancelled => None,
        S::Delivered | S::PartiallyDelivered if !shipment.proof.is_complete() => {
            at(Stage::Proof, &format!("the proof of {id} misses {}", shipment.proof.missing.join(", ")))
        }
        S::Delivered | S::PartiallyDelivered if !shipment.posted => {
            at(Stage::Posting, &format!("{id} is not posted to the ERP"))
        }
        S::Delivered | S::PartiallyDelivered => None,
    }
}

fn holds(order: &Order) -> String {
    let reasons: Vec<_> = order.holds.iter().map(|hold| hold.detail.as_str()).collect();
    if reasons.is_empty() { "it is not released".to_owned() } else { format!("it is held: {}", reasons.join("; ")) }
}

fn kept_by(order: &Order) -> String {
    let kept = &order.invoice.kept_by;
    if kept.is_empty() { "the invoice is on hold".to_owned() } else { format!("kept back by {}", kept.join(", ")) }
}

fn at(stage: Stage, detail: &str) -> Option<Standstill> {
    Some(Standstill { stage, detail: detail.to_owned() })
}
