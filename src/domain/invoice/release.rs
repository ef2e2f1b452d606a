//! Releasing an invoice: once everything is decided, posted, proven, and nothing keeps it.

use super::{InvoiceCommand, InvoiceState, next};
use crate::domain::{
    decision::{Follows, Outcome},
    effect::Effect,
    exception::{Raise, Taxonomy, raise, tell_raised},
    id::ExceptionId,
    milestone::MilestoneKind,
    order::{self, Order, OrderState},
    refused::Refused,
    shipment::{self, Shipment, ShipmentState},
    time::Moment,
};
use jiff::Timestamp;
use serde_json::json;

/// What a posting the ERP refuses is an exception of.
pub(in crate::domain) const POSTING_FAILED: &str = "posting_failed";

/// Whether the invoice may go, or everything that keeps it.
pub fn may_release(order: &Order, shipments: &[Shipment]) -> Result<(), Vec<String>> {
    let mut kept_by = Vec::new();
    match order.state {
        OrderState::Delivered | OrderState::PartiallyDelivered => {}
        OrderState::Undelivered => kept_by.push("nothing_delivered".to_owned()),
        _ => kept_by.push("not_decided".to_owned()),
    }
    for shipment in shipments.iter().filter(|shipment| shipment.order == order.id) {
        let brought = matches!(shipment.state, ShipmentState::Delivered | ShipmentState::PartiallyDelivered);
        if brought && !shipment.posted {
            kept_by.push(format!("{}: not_posted", shipment.id));
        }
        if brought && !shipment.proof.is_complete() {
            kept_by.push(format!("{}: proof misses {}", shipment.id, shipment.proof.missing.join(", ")));
        }
        kept_by.extend(shipment.blocked_by.values().map(|code| format!("{}: {code}", shipment.id)));
    }
    if kept_by.is_empty() { Ok(()) } else { Err(kept_by) }
}

/// Has the ERP release the invoice if nothing keeps it, else notes what does. `shipments` are all of the order's.
pub fn try_release(mut order: Order, shipments: &[Shipment]) -> Outcome<Order> {
    let mut follows = Follows::default();
    let (command, kept_by) = match may_release(&order, shipments) {
        Ok(()) => (InvoiceCommand::Release, Vec::new()),
        Err(kept_by) => (InvoiceCommand::Keep, kept_by),
    };
    let before = order.invoice.state;
    let Some(state) = next(before, command) else { return Outcome::quiet(order) };
    (order.invoice.state, order.invoice.kept_by) = (state, kept_by);
    if state == InvoiceState::Releasing && before != InvoiceState::Releasing {
        follows.cause(Effect::ReleaseInvoice { order: order.id.clone() });
    }
    Outcome { state: order, follows }
}

/// The ERP has taken the delivery. Afterwards `try_release` says whether the invoice may go.
pub fn posted(mut shipment: Shipment, now: Timestamp) -> Outcome<Shipment> {
    let mut follows = Follows::default();
    if !shipment.posted {
        shipment.posted = true;
        let kind = MilestoneKind::ErpDeliveryPosted;
        follows.announce(kind, shipment.id.as_str(), now, shipment::facts(&shipment));
    }
    Outcome { state: shipment, follows }
}

/// The ERP refuses the delivery for good: an exception until a person has seen to it. Each time another
/// one, unless the last is still open.
pub fn unposted(
    mut shipment: Shipment,
    why: &str,
    taxonomy: &Taxonomy,
    now: Timestamp,
) -> Result<Outcome<Shipment>, Refused> {
    let mut follows = Follows::default();
    if shipment.blocked_by.values().any(|code| code == POSTING_FAILED) {
        return Ok(Outcome::quiet(shipment));
    }
    shipment.posting_failures += 1;
    let id =
        ExceptionId::from_token(&format!("{}.{POSTING_FAILED}.{}", shipment.id.token(), shipment.posting_failures));
    let at = Moment { occurred_at: now, recorded_at: now, inferred: false };
    let about = Raise {
        party: Some(shipment.party.clone()),
        order: Some(shipment.order.clone()),
        shipment: Some(shipment.id.clone()),
        stop: shipment.last_stop(),
        route: shipment.route.clone(),
        note: Some(why.to_owned()),
        ..Raise::new(id.clone(), POSTING_FAILED, shipment.region.clone(), "haulgate".to_owned(), at)
    };
    let exception = raise(taxonomy, about)?;
    if exception.blocks_invoice {
        shipment.blocked_by.insert(id, exception.code.clone());
    }
    tell_raised(&exception, &shipment, &mut follows);
    follows.raises.push(exception);
    Ok(Outcome { state: shipment, follows })
}

/// The ERP has released the invoice: the order is closed. Told for each shipment, because that is what is followed.
pub fn released(mut order: Order, number: &str, now: Timestamp) -> Result<Outcome<Order>, Refused> {
    if order.invoice.state == InvoiceState::Released {
        return Ok(Outcome::quiet(order));
    }
    step(&mut order, InvoiceCommand::Confirm)?;
    order.invoice.number = Some(number.to_owned());
    order.invoice.kept_by.clear();
    order::invoiced(&mut order)?;
    let mut follows = Follows::default();
    for shipment in order.outcomes.keys() {
        let mut data = order::facts(&order);
        data["shipment"] = json!(shipment);
        data["invoice"] = json!(number);
        follows.announce(MilestoneKind::InvoiceReleased, shipment.as_str(), now, data);
    }
    Ok(Outcome { state: order, follows })
}

/// The ERP refuses to release it for good.
pub fn blocked(mut order: Order, why: &str) -> Result<Outcome<Order>, Refused> {
    step(&mut order, InvoiceCommand::Block)?;
    order.invoice.kept_by = vec![why.to_owned()];
    Ok(Outcome::quiet(order))
}

/// A person has seen to a blocked invoice: it is tried again.
pub fn retry(mut order: Order, shipments: &[Shipment]) -> Result<Outcome<Order>, Refused> {
    step(&mut order, InvoiceCommand::Retry)?;
    Ok(try_release(order, shipments))
}

fn step(order: &mut Order, command: InvoiceCommand) -> Result<(), Refused> {
    let from = order.invoice.state;
    order.invoice.state = next(from, command).ok_or_else(|| {
        let number = &order.content.number;
        Refused::new(
            "invoice_state",
            format!("the invoice of order {number} is {from:?}; it does not allow {command:?}"),
        )
    })?;
    Ok(())
}
