//! A shipment's history: its milestones in the order they happened, with both clocks and without anybody's name.

use crate::{
    app::App,
    domain::id::ShipmentId,
    error::Error,
    policy::Viewer,
    store::{Cursor, EventKind, EventRow},
};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Milestones of one shipment that are read at once; a shipment has a few dozen.
const MOST_EVENTS: u32 = 1000;

/// What a milestone may tell whoever waits: facts about goods and times, nothing people wrote.
const TOLD: [&str; 15] = [
    "state",
    "attempt",
    "route",
    "stop",
    "eta",
    "lines",
    "kind",
    "missing",
    "exception",
    "code",
    "severity",
    "action",
    "invoice",
    "order_number",
    "shipments",
];

/// Something that happened to a shipment.
#[derive(Clone, Debug)]
pub struct Happening {
    pub id: String,
    pub milestone: String,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    /// Where a follower goes on after it.
    pub mark: String,
    pub facts: Value,
}

/// A part of the history, and where the next one begins.
pub async fn history(
    app: &App,
    viewer: &Viewer,
    id: &ShipmentId,
    after: Option<Cursor>,
    limit: u32,
) -> Result<(Vec<Happening>, Option<Cursor>), Error> {
    super::shipment(app, viewer, id).await?;
    let rows = app.store.events_of(id.as_str(), None, MOST_EVENTS).await?;
    let mut rows: Vec<_> = rows.into_iter().filter(|row| row.kind == EventKind::Milestone).collect();
    rows.sort_by(|one, other| place(one).cmp(&place(other)));
    let begun = |row: &EventRow| after.as_ref().is_some_and(|after| place(row) <= (after.created, after.id.as_str()));
    let from = rows.partition_point(begun);
    let until = rows.len().min(from + limit as usize);
    let next = (until < rows.len()).then(|| &rows[until - 1]);
    let next = next.map(|last| Cursor { created: last.occurred_at, id: last.id.to_string() });
    Ok((rows[from..until].iter().map(happening).collect(), next))
}

fn place(row: &EventRow) -> (Timestamp, &str) {
    (row.occurred_at, row.id.as_str())
}

fn happening(row: &EventRow) -> Happening {
    let facts = row.data.as_object().map(|data| {
        let told = data.iter().filter(|(name, value)| TOLD.contains(&name.as_str()) && !value.is_null());
        told.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()
    });
    Happening {
        id: row.id.to_string(),
        milestone: row.name.clone(),
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        mark: row.mark().to_string(),
        facts: Value::Object(facts.unwrap_or_default()),
    }
}
