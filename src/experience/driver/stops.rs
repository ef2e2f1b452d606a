//! What happens at a stop, told at once: the hand-over, what went wrong, and the milestones on the way.

use super::{
    item::{DriverMilestone, StopTrouble},
    view::Receipt,
};
use crate::{
    app::App,
    body::{Body, Path},
    domain::{
        id::StopId,
        place::Position,
        report::{Handover, Reported},
    },
    error::Error,
    policy::Call,
    process::{
        Case, Settled,
        deliveries::{Reporter, Taken, Told, note_skew, take_report},
    },
    reply::answer,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::{IntoResponses, ToSchema};

/// The hand-over at the door.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5X", "occurred_at": "2026-11-23T09:42:10Z",
    "position": {"latitude": 52.4521, "longitude": 13.3849},
    "handover": {
        "received_by": "M. Krause",
        "proofs": [{
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "kind": "photo",
            "media_type": "image/jpeg", "taken_at": "2026-11-23T09:41:00Z"
        }]
    }
})))]
pub struct StopConfirmation {
    /// The event's own name, kept over retries and syncs: the same event is taken once, under whatever key it comes.
    #[schema(min_length = 8, max_length = 128, pattern = "^[!-~]+$")]
    pub event: String,
    /// By the phone's clock.
    pub occurred_at: Timestamp,
    pub position: Option<Position>,
    #[schema(max_length = 100)]
    pub device: Option<String>,
    /// Left out, everything was handed over as picked.
    #[serde(default)]
    pub handover: Handover,
}

/// What went wrong at a stop.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5Y", "occurred_at": "2026-11-23T10:05:00Z",
    "exception": {"code": "receiver_absent", "note": "Nobody at the gate, called twice."}
})))]
pub struct StopException {
    /// The event's own name, kept over retries and syncs.
    #[schema(min_length = 8, max_length = 128, pattern = "^[!-~]+$")]
    pub event: String,
    /// By the phone's clock.
    pub occurred_at: Timestamp,
    pub position: Option<Position>,
    #[schema(max_length = 100)]
    pub device: Option<String>,
    pub exception: StopTrouble,
}

/// A milestone on the way.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "event": "01JD9Y6T3N4S7Q8V2W5Z", "occurred_at": "2026-11-23T09:38:00Z", "milestone": "arrived",
    "position": {"latitude": 52.4521, "longitude": 13.3849}
})))]
pub struct StopMilestone {
    /// The event's own name, kept over retries and syncs.
    #[schema(min_length = 8, max_length = 128, pattern = "^[!-~]+$")]
    pub event: String,
    /// By the phone's clock.
    pub occurred_at: Timestamp,
    pub position: Option<Position>,
    #[schema(max_length = 100)]
    pub device: Option<String>,
    pub milestone: DriverMilestone,
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl StopConfirmation {
    fn at(self, stop: StopId) -> Told {
        let Self { event, occurred_at, position, device, handover } = self;
        Told { stop, event, occurred_at, position, device, inferred: false, what: Reported::HandedOver(handover) }
    }
}

impl StopException {
    fn at(self, stop: StopId) -> Told {
        let Self { event, occurred_at, position, device, exception } = self;
        Told { stop, event, occurred_at, position, device, inferred: false, what: exception.reported() }
    }
}

impl StopMilestone {
    fn at(self, stop: StopId) -> Told {
        let Self { event, occurred_at, position, device, milestone, note } = self;
        Told { stop, event, occurred_at, position, device, inferred: false, what: milestone.reported(note) }
    }
}

/// What may come of any of them beside what was meant.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "it stands for the document's words; the receipt says which it is")]
enum Otherwise {
    /// Nothing moved: it was received before, or is older than what is known.
    #[response(status = 200)]
    Unmoved(Receipt),
    /// It contradicts what is known: kept whole, a person decides.
    #[response(status = 202)]
    Quarantined(Receipt),
}

/// Confirms the delivery at a stop.
///
/// Artifacts may be uploaded before or after. What contradicts the books (an unknown stop, a cancelled order, another
/// driver's stop) is kept whole and answered with 202: a person decides.
#[utoipa::path(post, path = "/experience/driver/v1/stops/{stop}/confirmation", operation_id = "confirm_stop", tag = "driver",
    params(
        ("stop" = StopId, Path, description = "The stop's id.", example = "stp_1f0c9a7be2.1.1"),
        ("Idempotency-Key" = String, Header, description = "Names this request over its retries.", example = "8e03978e-40d5-43e8-bc93-6894a57f9324"),
    ),
    request_body = StopConfirmation,
    responses(
        (status = 201, description = "The delivery is confirmed.", body = Receipt),
        Otherwise,
    ))]
pub async fn confirm_stop(
    State(app): State<App>,
    call: Call,
    Path(stop): Path<StopId>,
    Body(body): Body<StopConfirmation>,
) -> Result<Settled<Taken>, Error> {
    take(&app, &call, body.at(stop)).await
}

/// Reports what went wrong at a stop.
///
/// The taxonomy says whether the code ends the attempt; one that does not is only noted.
#[utoipa::path(post, path = "/experience/driver/v1/stops/{stop}/exceptions", operation_id = "report_exception", tag = "driver",
    params(
        ("stop" = StopId, Path, description = "The stop's id.", example = "stp_1f0c9a7be2.1.1"),
        ("Idempotency-Key" = String, Header, description = "Names this request over its retries.", example = "8e03978e-40d5-43e8-bc93-6894a57f9325"),
    ),
    request_body = StopException,
    responses(
        (status = 201, description = "The exception is noted.", body = Receipt),
        Otherwise,
    ))]
pub async fn report_exception(
    State(app): State<App>,
    call: Call,
    Path(stop): Path<StopId>,
    Body(body): Body<StopException>,
) -> Result<Settled<Taken>, Error> {
    take(&app, &call, body.at(stop)).await
}

/// Records a milestone at a stop.
#[utoipa::path(post, path = "/experience/driver/v1/stops/{stop}/milestones", operation_id = "record_milestone", tag = "driver",
    params(
        ("stop" = StopId, Path, description = "The stop's id.", example = "stp_1f0c9a7be2.1.1"),
        ("Idempotency-Key" = String, Header, description = "Names this request over its retries.", example = "8e03978e-40d5-43e8-bc93-6894a57f9326"),
    ),
    request_body = StopMilestone,
    responses(
        (status = 201, description = "The milestone is recorded.", body = Receipt),
        Otherwise,
    ))]
pub async fn record_milestone(
    State(app): State<App>,
    call: Call,
    Path(stop): Path<StopId>,
    Body(body): Body<StopMilestone>,
) -> Result<Settled<Taken>, Error> {
    take(&app, &call, body.at(stop)).await
}

async fn take(app: &App, call: &Call, told: Told) -> Result<Settled<Taken>, Error> {
    let reporter = Reporter::of(call)?;
    let stop = told.stop.as_str();
    // What is no id is not worth keeping: everything else about an unknown stop is quarantined.
    if stop.len() > 96 || !stop.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(&b)) {
        return Err(Error::NotFound("stop"));
    }
    let case = Case::of(call);
    let word = |taken: &Taken| {
        let receipt = Receipt::of(taken);
        answer(receipt.status(), &receipt)
    };
    let settled = take_report(app, &case, &reporter, &told, word).await?;
    if let Settled::Now(taken, _) = &settled {
        note_skew(app, &case, &reporter, told.device.as_deref(), taken.skew_seconds).await;
    }
    Ok(settled)
}
