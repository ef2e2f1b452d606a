//! What only follows in a batch, once nothing in it is refused: marks on tasks, links of the event log, new tasks.

use super::{
    batch::{Outcome, ROWS_IN_A_STATEMENT, Writing},
    event,
    lane::Lane,
    link::FORM,
    marks,
    origin::Origin,
    prepared::{Asked, Event},
    statement::{Bind, Statement},
};
use jiff::Timestamp;

/// An event with its place in the lane.
struct Linked<'a> {
    event: &'a Event,
    origin: &'a Origin,
    position: i64,
    previous: String,
    hash: String,
}

impl Writing<'_> {
    pub async fn append(&mut self, lane: &mut Lane) -> Outcome<()> {
        let mut all = self.finished();
        all.extend(self.events(lane));
        all.extend(self.tasks());
        self.run_all(all).await.map(drop)
    }

    fn finished(&self) -> Vec<Statement> {
        let finished = self
            .accepted()
            .into_iter()
            .flat_map(|(_, waiting)| waiting.change.finished.iter().map(|id| (id.as_str(), waiting.change.origin.now)));
        let mut finished: Vec<(&str, Timestamp)> = finished.collect();
        finished.sort_unstable();
        finished.dedup_by_key(|(id, _)| *id);
        let finish = |some: &[(&str, Timestamp)]| {
            let ids: Vec<&str> = some.iter().map(|(id, _)| *id).collect();
            marks::finish(self.dialect(), some[0].1, &ids)
        };
        finished.chunks(ROWS_IN_A_STATEMENT).map(finish).collect()
    }

    fn events(&self, lane: &mut Lane) -> Vec<Statement> {
        let mut rows = Vec::new();
        for (_, waiting) in self.accepted() {
            for event in &waiting.change.events {
                let previous = lane.hash.clone();
                lane.append(event, &waiting.change.origin);
                let (position, hash) = (lane.position, lane.hash.clone());
                rows.push(Linked { event, origin: &waiting.change.origin, position, previous, hash });
            }
        }
        let number = lane.number;
        let insert = |some: &[Linked<'_>]| {
            let mut statement = self.statement("INSERT INTO event (");
            statement.push(event::COLUMNS).push(") ");
            statement.given(some, |link| event_row(number, link));
            statement
        };
        let mut all: Vec<Statement> = rows.chunks(ROWS_IN_A_STATEMENT).map(insert).collect();
        if !rows.is_empty() {
            all.push(lane.record_head(self.dialect()));
        }
        all
    }

    /// A task comes after every earlier one of its key that can be seen, and those of one batch in the batch's order.
    /// Gateways' clocks differ, so a time would not do.
    fn tasks(&self) -> Vec<Statement> {
        let asked = self
            .accepted()
            .into_iter()
            .flat_map(|(_, waiting)| waiting.change.tasks.iter().map(|task| (task, &waiting.change.origin)));
        let numbered: Vec<_> = (1_i64..).zip(asked).collect();
        let insert = |some: &[(i64, (&Asked, &Origin))]| {
            let mut statement = self.statement(
                "INSERT INTO task (id, task_key, sequence, kind, status, blocking, due, attempts, created, updated, \
                 effect, story, subject, correlation_id, traceparent, actor, consumer, region) \
                 SELECT column1, column2, \
                 column3 + COALESCE((SELECT MAX(other.sequence) FROM task AS other WHERE other.task_key = column2), 0), \
                 column4, 'waiting', column5, column6, 0, column7, column7, column8, '[]', column9, column10, column11, \
                 column12, column13, column14 FROM (",
            );
            statement.rows(some, |(number, (task, origin))| task_row(*number, task, origin));
            statement.push(") AS asked WHERE column1 IS NOT NULL");
            statement
        };
        numbered.chunks(ROWS_IN_A_STATEMENT).map(insert).collect()
    }
}

fn event_row(lane: i64, Linked { event, origin, position, previous, hash }: &Linked) -> Vec<Bind> {
    let (decision, policy) = origin.decided();
    vec![
        event.id.as_str().into(),
        lane.into(),
        (*position).into(),
        previous.into(),
        hash.into(),
        (&event.subject).into(),
        event.subject_version.into(),
        (&event.name).into(),
        event.kind.name().into(),
        event.occurred_at.into(),
        origin.now.into(),
        (&origin.correlation_id).into(),
        (&origin.traceparent).into(),
        (&origin.actor).into(),
        (&origin.consumer).into(),
        (&origin.operation).into(),
        (&origin.contract.name).into(),
        (&origin.contract.version).into(),
        (&origin.contract.hash).into(),
        origin.region.as_ref().map(ToString::to_string).into(),
        (&event.data).into(),
        FORM.into(),
        decision.into(),
        policy.into(),
    ]
}

fn task_row(number: i64, task: &Asked, origin: &Origin) -> Vec<Bind> {
    vec![
        task.id.as_str().into(),
        (&task.key).into(),
        number.into(),
        task.kind.into(),
        task.blocking.into(),
        task.due.into(),
        origin.now.into(),
        (&task.effect).into(),
        (&task.subject).into(),
        (&origin.correlation_id).into(),
        (&origin.traceparent).into(),
        (&origin.actor).into(),
        (&origin.consumer).into(),
        origin.region.as_ref().map(ToString::to_string).into(),
    ]
}
