//! A shipment's milestones as they happen, over server-sent events.

use crate::{
    app::App,
    body::Path,
    domain::{cloud_event::CloudEvent, id::ShipmentId},
    error::Error,
    policy::Call,
    process::tracking,
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::StreamExt;
use std::{convert::Infallible, time::Duration};
use utoipa::ToSchema;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Follows a shipment: its milestones as CloudEvents, as they happen.
///
/// A stream of server-sent events. Each has a CloudEvent as its data, its type as the event's name, and a mark as its
/// `id`; after a break send the last mark as `Last-Event-ID` and nothing is missed or told twice. Comments keep a quiet
/// stream open. It ends with the token; come back with a new one.
#[utoipa::path(get, path = "/experience/partner/v1/shipments/{shipment}/follow", operation_id = "follow_shipment",
    tag = "partner",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment."),
        ("Last-Event-ID" = Option<String>, Header, description = "The mark to go on from.")),
    responses((status = 200, description = "The milestones, until the token ends.", content_type = "text/event-stream",
        body = EventStream, example = json!("id: 7.1763898002000000.1.41\nevent: haulgate.delivery.completed.v1\ndata: {\"specversion\":\"1.0\"}\n\n"))))]
pub async fn follow_shipment(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ShipmentId>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let mark = headers.get(LAST_EVENT_ID).and_then(|value| value.to_str().ok()).filter(|mark| !mark.is_empty());
    let told = tracking::follow(&app, &call, &id, mark).await?;
    let events = told.map(|(mark, event)| Ok::<_, Infallible>(worded(&mark, &event)));
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).text("still here");
    let unbuffered = [(HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, Sse::new(events).keep_alive(heartbeat)).into_response())
}

/// Server-sent events (HTML Living Standard §9.2).
#[derive(ToSchema)]
#[schema(value_type = serde_json::Value)]
pub struct EventStream(pub String);

fn worded(mark: &str, event: &CloudEvent) -> Event {
    let data = serde_json::to_string(event).expect("a CloudEvent is plain data");
    Event::default().id(mark).event(&event.r#type).data(data)
}
