//! Reading one delivery.

use super::{links::expiry, run::combined, view::DeliveryView};
use crate::{
    app::App,
    body::Path,
    domain::{id::ShipmentId, shipment::Shipment, stop::Stop},
    error::Error,
    policy::{Call, Viewer},
    reply::Reply,
};
use axum::extract::State;

/// A delivery with its proof.
///
/// The links to the artifacts last a quarter of an hour at least; the ETag changes with them.
#[utoipa::path(get, path = "/process/deliveries/v1/deliveries/{shipment}", operation_id = "get_delivery", tag = "deliveries",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment's id.", example = "shp_1f0c9a7be2.1"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of what the caller holds."),
    ),
    responses(
        (status = 200, description = "The delivery.", body = DeliveryView, headers(("ETag" = String, description = "Its version."))),
        (status = 304, description = "The caller holds it already."),
    ))]
pub async fn get_delivery(
    State(app): State<App>,
    call: Call,
    Path(shipment): Path<ShipmentId>,
) -> Result<Reply, Error> {
    let found = app.store.look::<Shipment>(shipment.as_str()).await?;
    let shipment = Viewer::of(&call).shown("delivery", found)?;
    let stop = match shipment.last_stop() {
        Some(stop) => app.store.look::<Stop>(stop.as_str()).await?,
        None => None,
    };
    let now = call.now();
    // The links change with the span they are made in; without any, only what is known of the delivery counts.
    let span = if shipment.proof.arrived.is_empty() { 0 } else { expiry(now).as_second() };
    let seen =
        [("shipment", shipment.version), ("stop", stop.as_ref().map_or(0, |stop| stop.version)), ("links", span)];
    let tag = combined(seen.into_iter());
    Reply::versioned(&call, tag, || DeliveryView::of(&app, &shipment, stop.as_deref(), now))
}
