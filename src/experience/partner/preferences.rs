//! How a party wants to be served: in everything, or with one shipment.

use crate::{
    app::App,
    body::{Body, Path},
    domain::{customer::Preferences, id::ShipmentId},
    error::Error,
    policy::{Call, Viewer},
    process::{
        Settled,
        preferences::{self, Set, Subject},
    },
    reply::{Reply, answer, tagged},
};
use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// Preferences in force.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({"preferences": {
    "safe_place": "behind the gate", "neighbour": null, "instructions": "Ring twice",
    "window": {"from": "2026-11-23T10:00:00Z", "until": "2026-11-23T12:00:00Z"}, "notify": "mailto:dock@acme.example"
}})))]
pub struct DeliveryPreferences {
    preferences: Preferences,
}

/// Tells how the party wants to be served with everything.
#[utoipa::path(get, path = "/experience/partner/v1/preferences", operation_id = "get_party_preferences",
    tag = "partner",
    params(("If-None-Match" = Option<String>, Header, description = "The ETag of the answer you have.")),
    responses(
        (status = 200, description = "The preferences.", body = DeliveryPreferences,
            headers(("ETag" = String, description = "Their version."))),
        (status = 304, description = "The answer you have still holds."),
        (status = 404, description = "None were set.", body = crate::error::Problem,
            content_type = "application/problem+json")))]
pub async fn get_party_preferences(State(app): State<App>, call: Call) -> Result<Reply, Error> {
    told(&app, &call, &Subject::Party).await
}

/// Tells how the party wants to be served with one shipment.
#[utoipa::path(get, path = "/experience/partner/v1/shipments/{shipment}/preferences",
    operation_id = "get_delivery_preferences", tag = "partner",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment."),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of the answer you have.")),
    responses(
        (status = 200, description = "The preferences.", body = DeliveryPreferences,
            headers(("ETag" = String, description = "Their version."))),
        (status = 304, description = "The answer you have still holds.")))]
pub async fn get_delivery_preferences(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ShipmentId>,
) -> Result<Reply, Error> {
    told(&app, &call, &Subject::Shipment(id)).await
}

/// Sets how the party wants to be served from the next release on.
///
/// The first time without `If-Match`; later with the ETag that was read, so that nobody's change is lost.
#[utoipa::path(put, path = "/experience/partner/v1/preferences", operation_id = "set_party_preferences",
    tag = "partner",
    params(("If-Match" = Option<String>, Header, description = "The version that is replaced.")),
    request_body(content = Preferences, example = json!({"notify": "mailto:dock@acme.example"})),
    responses(
        (status = 200, description = "The preferences that were set.", body = DeliveryPreferences,
            headers(("ETag" = String, description = "Their version."))),
        (status = 201, description = "The first preferences that were set.", body = DeliveryPreferences,
            headers(("ETag" = String, description = "Their version.")))))]
pub async fn set_party_preferences(
    State(app): State<App>,
    call: Call,
    Body(wanted): Body<Preferences>,
) -> Result<Response, Error> {
    set(&app, &call, &Subject::Party, wanted).await
}

/// Sets how the party wants to be served with one shipment.
///
/// A preferred window lies inside the order's and counts from the next plan on; once the vehicle is under way it is
/// refused. The first time without `If-Match`; later with the ETag that was read.
#[utoipa::path(put, path = "/experience/partner/v1/shipments/{shipment}/preferences",
    operation_id = "set_delivery_preferences", tag = "partner",
    params(
        ("shipment" = ShipmentId, Path, description = "The shipment."),
        ("If-Match" = Option<String>, Header, description = "The version that is replaced.")),
    request_body(content = Preferences, example = json!({"safe_place": "behind the gate", "instructions": "Ring twice"})),
    responses(
        (status = 200, description = "The preferences that were set.", body = DeliveryPreferences,
            headers(("ETag" = String, description = "Their version."))),
        (status = 201, description = "The first preferences that were set.", body = DeliveryPreferences,
            headers(("ETag" = String, description = "Their version.")))))]
pub async fn set_delivery_preferences(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ShipmentId>,
    Body(wanted): Body<Preferences>,
) -> Result<Response, Error> {
    set(&app, &call, &Subject::Shipment(id), wanted).await
}

async fn told(app: &App, call: &Call, subject: &Subject) -> Result<Reply, Error> {
    let known = preferences::preferences(app, &Viewer::of(call), subject).await?;
    Reply::versioned(call, known.version, || DeliveryPreferences { preferences: known.preferences.clone() })
}

async fn set(app: &App, call: &Call, subject: &Subject, wanted: Preferences) -> Result<Response, Error> {
    let word = |set: &Set| {
        let status = if set.version == 1 { 201 } else { 200 };
        tagged(answer(status, &DeliveryPreferences { preferences: set.preferences.clone() }), set.version)
    };
    let settled: Settled<Set> = preferences::set_preferences(app, call, subject, wanted, word).await?;
    Ok(settled.into_response())
}
