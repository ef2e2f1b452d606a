//! The event log as it is read: by subject, by correlation, by lane. Nothing here writes or changes an event.

use super::{
    Store,
    db::Purpose,
    draft::EventKind,
    error::StoreError,
    origin::{ContractStamp, Decision, Verdict},
    statement::{Row, Statement},
};
use crate::domain::{
    cloud_event::CloudEvent,
    id::{EventId, RegionId},
};
use jiff::Timestamp;
use serde_json::Value;
use std::{fmt, str::FromStr};

/// One row of the event log.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    pub id: EventId,
    pub lane: i64,
    /// Counted from 1 in its lane.
    pub position: i64,
    pub previous_hash: String,
    pub hash: String,
    pub subject: String,
    /// The subject's version after the change; 0 if the change did not write its subject.
    pub subject_version: i64,
    /// A milestone's name, or what was audited.
    pub name: String,
    pub kind: EventKind,
    pub occurred_at: Timestamp,
    pub recorded_at: Timestamp,
    pub correlation_id: String,
    pub traceparent: String,
    pub actor: String,
    pub consumer: String,
    pub operation: String,
    pub contract: ContractStamp,
    pub region: Option<RegionId>,
    pub data: Value,
    /// What was decided on the request it comes from, if it comes from one.
    pub verdict: Option<Verdict>,
}

impl EventRow {
    pub fn mark(&self) -> EventMark {
        EventMark {
            version: self.subject_version,
            recorded_at: self.recorded_at,
            lane: self.lane,
            position: self.position,
        }
    }

    /// What the world is told of it: the same bytes of meaning to webhooks, followers and brokers.
    pub fn cloud_event(&self) -> CloudEvent {
        let (recorded, data) = (self.recorded_at, self.data.clone());
        let sequence = format!("{:08}.{:017}.{:012}", self.subject_version, recorded.as_microsecond(), self.position);
        CloudEvent {
            correlationid: self.correlation_id.clone(),
            traceparent: self.traceparent.clone(),
            sequence: Some(sequence),
            ..CloudEvent::new(self.id.as_str(), &self.name, &self.subject, self.occurred_at, recorded, data)
        }
    }
}

/// How far a reader of one subject has come. A subject's versions are committed one after the other, so a reader who
/// goes by them misses nothing; a time or a global sequence would become visible out of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventMark {
    pub version: i64,
    pub recorded_at: Timestamp,
    pub lane: i64,
    pub position: i64,
}

impl fmt::Display for EventMark {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{}.{}.{}.{}", self.version, self.recorded_at.as_microsecond(), self.lane, self.position)
    }
}

impl FromStr for EventMark {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let numbers: Result<Vec<i64>, _> = text.split('.').map(str::parse).collect();
        if let Ok([version, recorded_at, lane, position]) = numbers.as_deref()
            && let Ok(recorded_at) = Timestamp::from_microsecond(*recorded_at)
        {
            return Ok(Self { version: *version, recorded_at, lane: *lane, position: *position });
        }
        Err(StoreError::Unreadable("not a mark in the event log".to_owned()))
    }
}

pub(super) const COLUMNS: &str = "id, lane, lane_position, previous_hash, hash, subject, subject_version, type, kind, \
    occurred_at, recorded_at, correlation_id, traceparent, actor, consumer, operation, contract_name, \
    contract_version, contract_hash, region, data, form, decision, policy";

const IN_SUBJECT: &str = " ORDER BY subject_version, recorded_at, lane, lane_position LIMIT ";
pub(super) const BY_TIME: &str = " ORDER BY recorded_at, lane, lane_position LIMIT ";

impl Store {
    /// A subject's events after a mark, in the order they were committed.
    pub async fn events_of(
        &self,
        subject: &str,
        after: Option<EventMark>,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("subject = ").bind(subject);
        if let Some(EventMark { version, recorded_at, lane, position }) = after {
            statement.push(" AND (subject_version, recorded_at, lane, lane_position) > ");
            statement.list([version, recorded_at.as_microsecond(), lane, position]);
        }
        self.events(statement, IN_SUBJECT, limit).await
    }

    /// The events of several subjects, oldest record first: the whole story of an order.
    pub async fn events_of_any(&self, subjects: &[String], limit: u32) -> Result<Vec<EventRow>, StoreError> {
        if subjects.is_empty() {
            return Ok(Vec::new());
        }
        let mut statement = self.select_events();
        statement.push("subject IN ").list(subjects);
        self.events(statement, BY_TIME, limit).await
    }

    pub async fn events_of_correlation(&self, correlation: &str, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("correlation_id = ").bind(correlation);
        self.events(statement, BY_TIME, limit).await
    }

    /// A lane's events after a position: the change feed.
    pub async fn lane_events(&self, lane: i64, after: i64, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("lane = ").bind(lane).push(" AND lane_position > ").bind(after);
        self.events(statement, " ORDER BY lane_position LIMIT ", limit).await
    }

    /// Events of one type since an instant, by when they were recorded: for figures, not for feeds.
    pub async fn events_of_type(&self, name: &str, since: Timestamp, limit: u32) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("type = ").bind(name).push(" AND recorded_at >= ").bind(since);
        self.events(statement, BY_TIME, limit).await
    }

    /// Events of some types recorded in a span, oldest record first, going on after one of them: for upkeep, which asks
    /// what began when.
    pub async fn events_recorded(
        &self,
        names: &[&str],
        (from, until): (Timestamp, Timestamp),
        after: Option<&EventRow>,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("type IN ").list(names.iter().copied());
        statement.push(" AND recorded_at >= ").bind(from).push(" AND recorded_at < ").bind(until);
        if let Some(EventRow { recorded_at, lane, position, .. }) = after {
            statement.push(" AND (recorded_at, lane, lane_position) > ");
            statement.list([recorded_at.as_microsecond(), *lane, *position]);
        }
        self.events(statement, BY_TIME, limit).await
    }

    /// Milestones about a party's shipments and orders since an instant, by when they were recorded.
    pub async fn milestones_of_party(
        &self,
        party: &str,
        names: &[&str],
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("kind = 'milestone' AND type IN ").list(names.iter().copied());
        statement.push(" AND recorded_at >= ").bind(since);
        statement.push(" AND subject IN (SELECT id FROM shipment WHERE party = ").bind(party);
        statement.push(" UNION ALL SELECT id FROM customer_order WHERE party = ").bind(party).push(")");
        self.events(statement, BY_TIME, limit).await
    }

    pub async fn event(&self, id: &str) -> Result<Option<EventRow>, StoreError> {
        let mut statement = self.select_events();
        statement.push("id = ").bind(id);
        Ok(self.events(statement, BY_TIME, 1).await?.pop())
    }

    /// Every lane there is.
    pub async fn lanes(&self) -> Result<Vec<i64>, StoreError> {
        let statement = Statement::text(self.inner.db.dialect(), "SELECT id FROM lane ORDER BY id");
        self.inner.db.read(Purpose::Serving, statement).await?.iter().map(|row| row.int(0)).collect()
    }

    pub(super) fn select_events(&self) -> Statement {
        Statement::text(self.inner.db.dialect(), format!("SELECT {COLUMNS} FROM event WHERE "))
    }

    pub(super) async fn events(
        &self,
        mut statement: Statement,
        order: &str,
        limit: u32,
    ) -> Result<Vec<EventRow>, StoreError> {
        statement.push(order).bind(i64::from(limit));
        self.inner.db.read(Purpose::Serving, statement).await?.iter().map(event).collect()
    }
}

fn event(row: &Row) -> Result<EventRow, StoreError> {
    let data = row.text(20)?;
    Ok(EventRow {
        id: row.text(0)?.into(),
        lane: row.int(1)?,
        position: row.int(2)?,
        previous_hash: row.text(3)?,
        hash: row.text(4)?,
        subject: row.text(5)?,
        subject_version: row.int(6)?,
        name: row.text(7)?,
        kind: if row.text(8)? == EventKind::Milestone.name() { EventKind::Milestone } else { EventKind::Audit },
        occurred_at: row.instant(9)?,
        recorded_at: row.instant(10)?,
        correlation_id: row.text(11)?,
        traceparent: row.text(12)?,
        actor: row.text(13)?,
        consumer: row.text(14)?,
        operation: row.text(15)?,
        contract: ContractStamp { name: row.text(16)?, version: row.text(17)?, hash: row.text(18)? },
        region: row.maybe_text(19)?.map(RegionId::from),
        data: serde_json::from_str(&data).map_err(|error| StoreError::Unreadable(error.to_string()))?,
        verdict: verdict(&row.text(22)?, row.text(23)?),
    })
}

fn verdict(decision: &str, policy: String) -> Option<Verdict> {
    let decision = Decision::ALL.into_iter().find(|known| known.name() == decision)?;
    Some(Verdict { decision, policy })
}
