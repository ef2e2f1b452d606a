//! Hours of offline work at once: every item is taken in by itself, in any order, as often as it is sent.

use super::{item::SyncItem, view::Receipt};
use crate::{
    app::App,
    body::Body,
    domain::{id::StopId, refused::Refused, report::Reception, stop::StopState, text::Sha256},
    error::{Error, Pointed},
    policy::Call,
    process::{
        Case,
        deliveries::{Reporter, Taken, Told, note_skew, take_reports},
    },
    reply::Reply,
};
use axum::extract::State;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeMap};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{AnyOfBuilder, ObjectBuilder, Ref, Schema, SchemaType},
    },
};

/// How many orders are worked on at once.
const AT_ONCE: usize = 8;

/// What a phone has gathered.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "sent_at": "2026-11-23T12:00:00Z",
    "items": [
        {"event": "01JD9Y6T3N4S7Q8V2W5Z", "kind": "milestone", "stop": "stp_1f0c9a7be2.1.1",
         "occurred_at": "2026-11-23T09:38:00Z", "milestone": "arrived"},
        {"event": "01JD9Y6T3N4S7Q8V2W5X", "kind": "confirm", "stop": "stp_1f0c9a7be2.1.1",
         "occurred_at": "2026-11-23T09:42:10Z", "handover": {"received_by": "M. Krause"}}
    ]
})))]
pub struct SyncBatch {
    /// The phone's clock as it sends this: how far it is off is measured by it, and raised as `clock_skew` once a day
    /// where it is too far.
    pub sent_at: Timestamp,
    /// In any order.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<OfferedItem>,
}

/// An item as it came: a `SyncItem`, or something that is rejected by itself and keeps no other item out.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct OfferedItem(Value);

impl PartialSchema for OfferedItem {
    fn schema() -> RefOr<Schema> {
        let any = ObjectBuilder::new()
            .schema_type(SchemaType::AnyValue)
            .description(Some("Anything else is rejected by itself."))
            .build();
        RefOr::T(Schema::AnyOf(AnyOfBuilder::new().item(Ref::from_schema_name("SyncItem")).item(any).build()))
    }
}

impl ToSchema for OfferedItem {
    fn name() -> Cow<'static, str> {
        "OfferedItem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((SyncItem::name().into_owned(), SyncItem::schema()));
        SyncItem::schemas(schemas);
    }
}

/// What came of a batch.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "received_at": "2026-11-23T12:00:01Z", "clock_skew_seconds": -1,
    "items": [
        {"event": "01JD9Y6T3N4S7Q8V2W5Z", "outcome": "applied", "state": "completed", "clamped": false, "upload": [],
         "errors": []},
        {"event": "01JD9Y6T3N4S7Q8V2W5X", "outcome": "applied", "state": "completed", "clamped": false, "upload": [],
         "errors": []}
    ]
})))]
pub struct SyncResult {
    pub received_at: Timestamp,
    /// How far the phone's clock is ahead of ours, by `sent_at`; the way the batch took is part of it.
    pub clock_skew_seconds: i64,
    /// One for each item, in the order they were sent.
    #[schema(max_items = 500)]
    pub items: Vec<SyncedItem>,
}

/// What came of one item. Only `rejected` needs the phone to do something: it will be rejected again.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SyncedItem {
    /// As it was sent; none where there was none to read.
    #[schema(max_length = 128)]
    pub event: Option<String>,
    pub outcome: SyncOutcome,
    /// What the stop is now.
    pub state: Option<StopState>,
    /// The time lay ahead of ours and was set back to when it was received.
    pub clamped: bool,
    /// The artifacts to upload yet.
    #[schema(value_type = Vec<Sha256>, max_items = 50)]
    pub upload: Vec<String>,
    /// Why it was rejected, for programs.
    #[schema(max_length = 60, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: Option<String>,
    /// Why it was rejected, for people.
    #[schema(max_length = 2000)]
    pub detail: Option<String>,
    /// Where in the item.
    #[schema(max_items = 100)]
    pub errors: Vec<Pointed>,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SyncOutcome {
    /// It moved the state.
    Applied,
    /// It had been received before.
    Duplicate,
    /// It is older than what is known: kept in the history.
    Late,
    /// It contradicts what is known: kept whole, a person decides.
    Quarantined,
    /// It makes no sense by itself.
    #[default]
    Rejected,
}

/// Takes in hours of offline work.
///
/// Send everything the phone holds, in any order, as often as needed: each item is taken once, by its `event`. The
/// answer says of each what became of it. A batch whose answer was lost is sent again whole.
#[utoipa::path(post, path = "/experience/driver/v1/sync", operation_id = "sync", tag = "driver",
    request_body = SyncBatch,
    responses((status = 200, description = "What became of each item, in the order they were sent.", body = SyncResult)))]
pub async fn sync(State(app): State<App>, call: Call, Body(batch): Body<SyncBatch>) -> Result<Reply, Error> {
    let (case, reporter) = (Case { once: None, ..Case::of(&call) }, Reporter::of(&call)?);
    let clock_skew_seconds = batch.sent_at.as_second().saturating_sub(call.now().as_second());
    metrics::histogram!("haulgate_device_clock_skew_seconds").record(clock_skew_seconds.unsigned_abs() as f64);
    let mut items = vec![SyncedItem::default(); batch.items.len()];
    let mut device = None;
    let mut orders: BTreeMap<String, BTreeMap<StopId, Vec<(usize, Told)>>> = BTreeMap::new();
    for (place, item) in batch.items.into_iter().enumerate() {
        match read(&app, &call, item.0) {
            Ok(told) => {
                device = device.or_else(|| told.device.clone());
                let stops = orders.entry(order_of(&told.stop)).or_default();
                stops.entry(told.stop.clone()).or_default().push((place, told));
            }
            Err(rejected) => items[place] = *rejected,
        }
    }
    note_skew(&app, &case, &reporter, device.as_deref(), clock_skew_seconds).await;
    let working = orders.into_values().map(|stops| work(&app, &case, &reporter, stops));
    let worked: Vec<_> = stream::iter(working).buffer_unordered(AT_ONCE).try_collect().await?;
    for (place, item) in worked.into_iter().flatten() {
        items[place] = item;
    }
    Ok(Reply::ok(&SyncResult { received_at: call.now(), clock_skew_seconds, items }))
}

/// The stops of one order are worked off one after the other: they change the same order.
async fn work(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    stops: BTreeMap<StopId, Vec<(usize, Told)>>,
) -> Result<Vec<(usize, SyncedItem)>, Error> {
    let mut worked = Vec::new();
    for (stop, told) in stops {
        let (places, told): (Vec<usize>, Vec<Told>) = told.into_iter().unzip();
        let outcomes = match take_reports(app, case, reporter, &stop, &told).await {
            Ok(outcomes) => outcomes,
            Err(Error::NotFound(_)) => vec![Err(Refused::new("not_found", "There is no such stop.")); told.len()],
            Err(error) => return Err(error),
        };
        let items = told.iter().zip(outcomes).map(|(told, outcome)| match outcome {
            Ok(taken) => accepted(&taken),
            Err(refused) => refusal(&told.event, &refused),
        });
        worked.extend(places.into_iter().zip(items));
    }
    Ok(worked)
}

/// The item, if it keeps to its schema.
fn read(app: &App, call: &Call, item: Value) -> Result<Told, Box<SyncedItem>> {
    let event = item.get("event").and_then(Value::as_str).map(str::to_owned);
    let departures = app.schemas.check_named(&call.governed().contract, "SyncItem", &item);
    let errors: Vec<Pointed> = departures.iter().map(|one| Pointed::new(&one.pointer, &one.detail)).collect();
    if !errors.is_empty() {
        return Err(unreadable(event, errors));
    }
    let item: SyncItem = serde_json::from_value(item)
        .map_err(|error| unreadable(event.clone(), vec![Pointed::new("", &error.to_string())]))?;
    item.told().map_err(|error| unreadable(event, vec![error]))
}

fn unreadable(event: Option<String>, errors: Vec<Pointed>) -> Box<SyncedItem> {
    let (code, detail) = ("schema_violation".to_owned(), "The item does not keep to the contract.".to_owned());
    let outcome = SyncOutcome::Rejected;
    // A name that is longer than names may be is not repeated.
    let event = event.filter(|event| event.len() <= 128);
    Box::new(SyncedItem { event, outcome, code: Some(code), detail: Some(detail), errors, ..SyncedItem::default() })
}

fn refusal(event: &str, refused: &Refused) -> SyncedItem {
    SyncedItem {
        event: Some(event.to_owned()),
        outcome: SyncOutcome::Rejected,
        code: Some(refused.code.to_owned()),
        detail: Some(refused.detail.to_string()),
        errors: refused.pointers.iter().map(|pointer| Pointed::new(pointer, &refused.detail)).collect(),
        ..SyncedItem::default()
    }
}

fn accepted(taken: &Taken) -> SyncedItem {
    let Receipt { event, state, upload, skew_seconds, .. } = Receipt::of(taken);
    let outcome = match taken.reception {
        Reception::Applied => SyncOutcome::Applied,
        Reception::Duplicate => SyncOutcome::Duplicate,
        Reception::Late => SyncOutcome::Late,
        Reception::Quarantined => SyncOutcome::Quarantined,
        Reception::Rejected => SyncOutcome::Rejected,
    };
    SyncedItem { event: Some(event), outcome, state, clamped: skew_seconds > 0, upload, ..SyncedItem::default() }
}

/// What the ids of all stops of one order have in common.
fn order_of(stop: &StopId) -> String {
    stop.token().split('.').next().unwrap_or_default().to_owned()
}
