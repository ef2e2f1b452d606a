//! Releasing orders in bulk: the door. How lines are taken in is `intake`, how they are worked off `work_off`.

use super::{
    get_release_batch::{BatchProgress, example_progress},
    intake::Intake,
    records::Format,
    view::example_content,
};
use crate::{app::App, body::media_type, error::Error, policy::Call, process::Settled};
use axum::{body::Body, extract::State, http::HeaderMap};
use utoipa::ToSchema;

/// Releases a file of orders, one a line.
///
/// Send NDJSON (one `OrderContent` a line) or CSV with a header, of any length; a line has at most 64 KiB. Lines are
/// kept as they arrive and released in the background, each as `release_order` would: poll the batch named in
/// `Location`. Lines are worked off side by side, in no order. A line that cannot be read or breaks the contract is that line's outcome and harms no other. With an
/// `Idempotency-Key` an upload that broke off can be sent again whole: lines that arrived before are not taken twice.
///
/// CSV columns, in any order: `number`, `party`, `region`, `kind`?, `line`?, `item`, `description`, `quantity`,
/// `weight_grams`, `drop`?, `name`, `street`, `postal_code`, `city`, `country`, `latitude`, `longitude`, `window_from`,
/// `window_until`, `skills`?, `proof`?, `service_seconds`?, `value_minor`, `currency`; those with a question mark may be
/// left out. An order of several lines has the parts of `line`, `item`, `description`, `quantity`, `weight_grams` and
/// `drop` separated by `|`, as have several `skills` and `proof` classes.
#[utoipa::path(
    post, path = "/process/orders/v1/releases", operation_id = "release_orders", tag = "orders",
    extensions(("x-when-away" = json!(["hold", "accept", "refuse"]))),
    params(("Idempotency-Key" = Option<String>, Header, description = "A key of your own: under the same key the upload goes on where it broke off.", example = json!("\"8e03978e-40d5-43e8-bc93-6894a57f9328\""))),
    request_body(description = "The orders, one a line.", content(
        (OrderLines = "application/x-ndjson", example = json!(example_line())),
        (OrderLines = "text/csv", example = json!(EXAMPLE_CSV)),
    )),
    responses((status = 202, description = "Every line is kept; see the batch for what becomes of them.", body = BatchProgress,
        headers(("Location" = String, description = "Where the batch is found.")), example = json!(example_progress())))
)]
pub async fn release_orders(
    State(app): State<App>,
    call: Call,
    headers: HeaderMap,
    body: Body,
) -> Result<Settled<BatchProgress>, Error> {
    let format = Format::of(&media_type(&headers))?;
    let intake = Intake::open(app.clone(), call, format).await?;
    // A task of its own: a caller that goes away must not take the mark with it that the upload broke off.
    let taken = app.background.spawn(intake.take(body));
    taken.await.map_err(|error| Error::Internal(format!("an intake ended early: {error}")))?
}

/// Orders, one a line: in NDJSON each line is what a single release takes; in CSV the first line names the columns.
#[derive(ToSchema)]
#[schema(value_type = serde_json::Value)]
pub struct OrderLines(pub String);

const EXAMPLE_CSV: &str = "number,party,region,item,description,quantity,weight_grams,name,street,postal_code,city,\
country,latitude,longitude,window_from,window_until,value_minor,currency\n\
SO-2026-104711,pty_acme,reg_north,itm_pump,Circulation pump,2,8400,\"Acme, dock 3\",Hafenstrasse 12,10115,Berlin,DE,\
52.5208,13.4095,2026-11-23T08:00:00Z,2026-11-23T12:00:00Z,129900,EUR\n";

fn example_line() -> String {
    format!("{}\n", example_content())
}
