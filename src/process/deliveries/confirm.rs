//! Confirming a delivery for somebody else: scanners, carriers' systems, the back office.

use super::{
    receive::{Taken, take_report},
    told::{Reporter, Told},
    view::ConfirmationReceipt,
};
use crate::{
    app::App,
    body::Body,
    domain::{
        id::{DriverId, StopId},
        place::Position,
        report::{Handover, Reception, Reported},
    },
    error::Error,
    policy::Call,
    process::{Case, Settled},
    reply::{answer, located},
    store::Answer,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

/// A hand-over at a stop.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5X", "stop": "stp_1f0c9a7be2.1.1", "occurred_at": "2026-11-23T09:42:10Z",
    "position": {"latitude": 52.5208, "longitude": 13.4095},
    "handover": {
        "received_by": "M. Krause",
        "differences": [{"line": 2, "damaged": 1}],
        "proofs": [{
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "kind": "photo",
            "media_type": "image/jpeg", "taken_at": "2026-11-23T09:41:00Z"
        }]
    }
})))]
pub struct Confirmation {
    /// The hand-over's own name, kept over retries: the same event is taken once, under whatever key it comes.
    #[schema(min_length = 8, max_length = 128, pattern = "^[!-~]+$")]
    pub event: String,
    pub stop: StopId,
    pub occurred_at: Timestamp,
    pub position: Option<Position>,
    #[schema(max_length = 100)]
    pub device: Option<String>,
    /// The driver who handed it over, if it is known; another's stop is not believed.
    pub driver: Option<DriverId>,
    #[serde(default)]
    pub handover: Handover,
}

/// Confirms a delivery.
///
/// Nothing listed under `differences` means that everything was handed over. A confirmation of an unknown stop, of a
/// cancelled order or of another driver's stop is kept whole and answered with 202: a person decides. Artifacts may
/// arrive before or after the confirmation that names them.
#[utoipa::path(post, path = "/process/deliveries/v1/deliveries", operation_id = "confirm_delivery", tag = "deliveries",
    params(("Idempotency-Key" = String, Header, description = "Names this request over its retries.", example = "8e03978e-40d5-43e8-bc93-6894a57f9324")),
    request_body = Confirmation,
    responses(
        (status = 201, description = "The delivery is confirmed.", body = ConfirmationReceipt,
            headers(("Location" = String, description = "The delivery."))),
        (status = 200, description = "Nothing moved: it was received before, or is older than what is known.", body = ConfirmationReceipt),
        (status = 202, description = "It contradicts what is known: kept whole, a person decides.", body = ConfirmationReceipt),
    ))]
pub async fn confirm_delivery(
    State(app): State<App>,
    call: Call,
    Body(confirmation): Body<Confirmation>,
) -> Result<Settled<Taken>, Error> {
    let mut reporter = Reporter::of(&call)?;
    let Confirmation { event, stop, occurred_at, position, device, driver, handover } = confirmation;
    reporter.driver = reporter.driver.or(driver);
    let told =
        Told { stop, event, occurred_at, position, device, inferred: false, what: Reported::HandedOver(handover) };
    take_report(&app, &Case::of(&call), &reporter, &told, receipt).await
}

fn receipt(taken: &Taken) -> Answer {
    let status = match taken.reception {
        Reception::Applied => 201,
        Reception::Quarantined => 202,
        Reception::Duplicate | Reception::Late | Reception::Rejected => 200,
    };
    let answer = answer(status, &ConfirmationReceipt::of(taken));
    match &taken.now {
        Some(now) if status == 201 => located(answer, &format!("/process/deliveries/v1/deliveries/{}", now.shipment)),
        _ => answer,
    }
}
