//! Telling the customer how a delivery goes, where the customer asked to be told.

use crate::{
    domain::{
        cloud_event::CloudEvent,
        customer::{PartyPreferences, Preferences},
        id::ShipmentId,
        milestone::MilestoneKind,
        order::Order,
        shipment::Shipment,
    },
    relay::{Delivered, Desk, Failed},
    store::Task,
    system::customers::Notification,
};
use serde_json::{Value, json};

pub async fn notify(desk: &Desk, task: &Task, shipment: &ShipmentId, milestone: &str) -> Result<Delivered, Failed> {
    let shipment = desk.load::<Shipment>(shipment.as_str()).await?.state;
    let Some(to) = address(desk, &shipment).await? else { return Ok(Delivered::Done) };
    let (subject, text) = words(&shipment, milestone);
    let event = event(task, &shipment, milestone);
    let notification = Notification { id: task.id.to_string(), to, subject, text, event };
    desk.connectors.customers.notify(&desk.errand(task), &notification).await?;
    Ok(Delivered::Done)
}

/// What was asked for this shipment, else for all of the party's, else what the customer system said at the release.
async fn address(desk: &Desk, shipment: &Shipment) -> Result<Option<String>, Failed> {
    for id in [shipment.id.as_str(), shipment.party.as_str()] {
        let set = desk.store.load_fresh::<PartyPreferences>(id).await?;
        if let Some(Preferences { notify: Some(to), .. }) = set.map(|set| set.state.preferences) {
            return Ok(Some(to));
        }
    }
    let order = desk.load::<Order>(shipment.order.as_str()).await?.state;
    Ok(order.preferences.and_then(|preferences| preferences.notify))
}

/// Short, and without names or addresses: mail travels in the open.
fn words(shipment: &Shipment, milestone: &str) -> (String, String) {
    let number = &shipment.order_number;
    let news = match MilestoneKind::named(milestone) {
        Some(MilestoneKind::DeliveryCompleted) => "was delivered",
        Some(MilestoneKind::DeliveryPartiallyCompleted) => "was delivered in part",
        Some(MilestoneKind::DeliveryExceptionRaised) => "has met with a problem, and we are looking into it",
        Some(MilestoneKind::DeliveryExceptionResolved) => "is on its way to a solution",
        Some(MilestoneKind::StopEtaChanged) => "is expected at another time",
        Some(MilestoneKind::StopArrived) => "has arrived",
        Some(MilestoneKind::VehicleDeparted) => "is on its way",
        _ => "has news",
    };
    let expected = shipment.eta.as_ref().filter(|_| shipment.delivered.is_none());
    let expected = expected.map(|eta| format!("\nExpected at {}.", eta.at.strftime("%Y-%m-%d %H:%M UTC")));
    let text = format!("Your order {number} {news}.{}\n", expected.unwrap_or_default());
    (format!("Your order {number} {news}"), text)
}

/// What a webhook in the place of a mail address gets.
fn event(task: &Task, shipment: &Shipment, milestone: &str) -> Value {
    let data = json!({
        "order_number": shipment.order_number,
        "shipment": shipment.id,
        "state": shipment.state,
        "expected_at": shipment.eta.as_ref().map(|eta| eta.at),
    });
    let (id, subject) = (task.id.as_str(), shipment.id.as_str());
    let event = CloudEvent {
        correlationid: task.correlation_id.clone(),
        traceparent: task.traceparent.clone(),
        ..CloudEvent::new(id, milestone, subject, task.created, task.created, data)
    };
    json!(event)
}
