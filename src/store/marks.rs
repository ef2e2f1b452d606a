//! Marks of finished tasks: collected while a statement is on its way, so that hundreds share the next one.

use super::{
    db::Db,
    error::StoreError,
    statement::{Dialect, Statement},
};
use crate::{clock::Clock, domain::id::TaskId, spawn::Background};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Where finished tasks are handed in.
#[derive(Clone)]
pub(super) struct Marks {
    sender: mpsc::Sender<Finished>,
}

struct Finished {
    ids: Vec<TaskId>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

const WAITING_MARKS: usize = 1024;
const MARKS_IN_A_STATEMENT: usize = 500;

impl Marks {
    pub fn start(db: Arc<Db>, clock: Clock, background: &Background) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MARKS);
        let stopping = background.clone();
        background.spawn(async move { collect(&db, &clock, receiver, &stopping).await });
        Self { sender }
    }

    pub async fn done(&self, ids: Vec<TaskId>) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let stopped = || StoreError::Stopped("the process is stopping".to_owned());
        self.sender.send(Finished { ids, answer }).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }
}

async fn collect(db: &Db, clock: &Clock, mut receiver: mpsc::Receiver<Finished>, background: &Background) {
    loop {
        let first = tokio::select! {
            biased;
            finished = receiver.recv() => finished,
            () = background.stopping(), if !receiver.is_closed() => { receiver.close(); continue }
        };
        let Some(first) = first else { return };
        let mut together = vec![first];
        while together.iter().map(|finished| finished.ids.len()).sum::<usize>() < MARKS_IN_A_STATEMENT
            && let Ok(next) = receiver.try_recv()
        {
            together.push(next);
        }
        let outcome = mark(db, clock, together.iter().flat_map(|finished| &finished.ids)).await;
        for finished in together {
            // Whoever no longer waits for the answer needs none.
            let _ = finished.answer.send(outcome.clone());
        }
    }
}

async fn mark(db: &Db, clock: &Clock, ids: impl Iterator<Item = &TaskId>) -> Result<(), StoreError> {
    let mut ids: Vec<&str> = ids.map(TaskId::as_str).collect();
    ids.sort_unstable();
    ids.dedup();
    for some in ids.chunks(MARKS_IN_A_STATEMENT) {
        db.write(finish(db.dialect(), clock.now(), some)).await?;
    }
    Ok(())
}

/// Done is done: whatever the task's status was, unless a person has given it up.
pub(super) fn finish(dialect: Dialect, now: jiff::Timestamp, ids: &[&str]) -> Statement {
    let mut statement = Statement::text(dialect, "UPDATE task SET status = 'done', lease_owner = NULL, updated = ");
    statement.bind(now).push(" WHERE id IN ").list(ids.iter().copied());
    statement.push(" AND status <> 'discarded' RETURNING id");
    statement
}
