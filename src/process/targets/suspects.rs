//! Suspects: the shipments whose cases began in a span and may not be over. Finds them by what the log and the tasks say
//! of the span; whoever raises looks at each again.

use super::Watched;
use crate::{
    domain::{id::ShipmentId, shipment::Shipment},
    error::Error,
    store::{EventRow, Query, Store, TaskStatus},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What a figure's cases begin with.
#[derive(Clone, Copy)]
pub(super) enum Begins {
    /// One of these events, of a shipment or of its order.
    Events(&'static [&'static str]),
    /// A task of this kind, of an order, that is not done.
    Tasks(&'static str),
}

/// A shipment whose case may have missed its target.
#[derive(Clone, Debug)]
pub(super) struct Suspect {
    pub shipment: ShipmentId,
    pub began: Timestamp,
    /// The attempt it began with, where that matters.
    pub attempt: Option<u64>,
}

/// When the cases of each subject began, and with which attempt.
type Begun = BTreeMap<String, (Timestamp, Option<u64>)>;

const EVENTS_AT_ONCE: u32 = 500;
const TASKS_AT_ONCE: u32 = 500;
const SUBJECTS_AT_ONCE: usize = 200;
const UNFINISHED: [TaskStatus; 3] = [TaskStatus::Waiting, TaskStatus::Leased, TaskStatus::Dead];

pub(super) async fn suspects(
    store: &Store,
    watched: &Watched,
    span: (Timestamp, Timestamp),
) -> Result<Vec<Suspect>, Error> {
    let begun = match watched.begins {
        Begins::Events(names) => events(store, names, span).await?,
        Begins::Tasks(kind) => tasks(store, kind, span.1).await?,
    };
    let subjects: Vec<String> = begun.keys().cloned().collect();
    let mut suspects = Vec::new();
    for some in subjects.chunks(SUBJECTS_AT_ONCE) {
        let (orders, ids): (Vec<String>, Vec<String>) = some.iter().cloned().partition(|id| id.starts_with("ord_"));
        for query in [Query { belonging: orders, ..Query::default() }, Query { ids, ..Query::default() }] {
            // Nothing to look for would be found everywhere.
            if !query.belonging.is_empty() || !query.ids.is_empty() {
                suspects.extend(open(store, watched.open, query, &begun).await?);
            }
        }
    }
    Ok(suspects)
}

/// The newest event of each subject.
async fn events(store: &Store, names: &[&str], span: (Timestamp, Timestamp)) -> Result<Begun, Error> {
    let mut begun = Begun::new();
    let mut last: Option<EventRow> = None;
    loop {
        let page = store.events_recorded(names, span, last.as_ref(), EVENTS_AT_ONCE).await?;
        for event in &page {
            let attempt = event.data["attempt"].as_u64();
            begun.insert(event.subject.clone(), (event.recorded_at, attempt));
        }
        match page.len() < EVENTS_AT_ONCE as usize {
            true => return Ok(begun),
            false => last = page.into_iter().next_back(),
        }
    }
}

/// The oldest task of each subject. However long ago: there are no more than are not done.
async fn tasks(store: &Store, kind: &str, until: Timestamp) -> Result<Begun, Error> {
    let mut begun = Begun::new();
    for status in UNFINISHED {
        let mut after = None;
        loop {
            let page = store.tasks().list(status, Some(kind), &[], after.as_ref(), TASKS_AT_ONCE).await?;
            let old: Vec<_> = page.iter().take_while(|task| task.created < until).collect();
            for task in &old {
                begun.entry(task.subject.clone()).or_insert((task.created, None));
            }
            if old.len() < TASKS_AT_ONCE as usize {
                break;
            }
            after = page.last().map(|task| task.id.clone());
        }
    }
    Ok(begun)
}

/// The shipments found that may not be over.
async fn open(store: &Store, states: &[&str], query: Query, begun: &Begun) -> Result<Vec<Suspect>, Error> {
    let mut query = Query { statuses: states.iter().map(|state| (*state).to_owned()).collect(), ..query };
    let mut found = Vec::new();
    loop {
        let slice = store.list::<Shipment>(&query).await?;
        for shipment in slice.rows {
            let of = begun.get(shipment.id.as_str()).or_else(|| begun.get(shipment.order.as_str()));
            if let Some((began, attempt)) = of {
                found.push(Suspect { shipment: shipment.state.id, began: *began, attempt: *attempt });
            }
        }
        match slice.next {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}
