//! Taking in a bulk release: records are stored in chunks as they arrive, each chunk with the task that works it off.
//! Holds one chunk in memory, never the file. Sent again under the same key, it goes on where it broke off.

use super::{
    RELEASES,
    get_release_batch::BatchProgress,
    lines::{Cutter, Record},
    records::{Format, line},
};
use crate::{
    app::App,
    body::broken_off,
    domain::{
        batch::{Batch, BatchLine, BatchState, LineOutcome},
        effect::Effect,
        id::BatchId,
    },
    error::Error,
    ids,
    policy::{Call, Viewer},
    process::{Case, Settled, decide},
    reply::{answer, located},
    store::{Answer, Change, CommitError, Loaded, Query},
};
use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use serde_json::json;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// Lines stored, and later worked off, together.
const CHUNK: usize = 100;
/// An upload that is silent for longer has broken off.
const LONGEST_SILENCE: Duration = Duration::from_secs(30);
/// What is kept of the deadline for writing down how it ended.
const TO_WRITE: Duration = Duration::from_secs(2);

pub(super) struct Intake {
    app: App,
    call: Call,
    case: Case,
    viewer: Viewer,
    format: Format,
    cutter: Cutter,
    id: BatchId,
    batch: Option<Loaded<Batch>>,
    chunk: Vec<BatchLine>,
    lines: u64,
    bytes: usize,
}

impl Intake {
    /// A new batch, or the one that was begun under this key.
    pub async fn open(app: App, call: Call, format: Format) -> Result<Self, Error> {
        let id = batch_id(&call);
        let batch = app.store.load_fresh::<Batch>(id.as_str()).await?;
        let (case, viewer, cutter) = (Case::of(&call), Viewer::of(&call), Cutter::of(format.has_quotes()));
        Ok(Self { app, call, case, viewer, format, cutter, id, batch, chunk: Vec::new(), lines: 0, bytes: 0 })
    }

    /// Takes in the body to its end, or marks where it broke off.
    pub async fn take(mut self, body: Body) -> Result<Settled<BatchProgress>, Error> {
        match self.receive(body).await {
            Ok(()) => self.complete().await,
            Err(error) => {
                self.break_off().await;
                Err(error)
            }
        }
    }

    async fn receive(&mut self, mut body: Body) -> Result<(), Error> {
        while let Some(bytes) = self.piece(&mut body).await? {
            let mut bytes = &bytes[..];
            while let Some(record) = self.cutter.next(&mut bytes) {
                self.record(&record).await?;
            }
        }
        if let Some(record) = self.cutter.last() {
            self.record(&record).await?;
        }
        self.store_chunk().await
    }

    /// The next piece of the body; `None` at its end.
    async fn piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, Error> {
        let until = (self.call.deadline() - TO_WRITE).min(Instant::now() + LONGEST_SILENCE);
        let frame = tokio::select! {
            () = self.app.background.stopping() => return Err(Error::overloaded()),
            frame = timeout_at(until, body.frame()) => frame.map_err(|_| Error::Deadline)?,
        };
        let Some(frame) = frame else { return Ok(None) };
        let frame = frame.map_err(|error| broken_off(&error, self.call.governed().policy.body_limit))?;
        let bytes = frame.into_data().unwrap_or_default();
        self.bytes += bytes.len();
        let limit = self.call.governed().policy.body_limit;
        if self.bytes > limit {
            return Err(Error::invalid("body_too_large", format!("The body has more than {limit} bytes.")));
        }
        Ok(Some(bytes))
    }

    async fn record(&mut self, record: &Record) -> Result<(), Error> {
        if self.format.takes_as_header(record)? {
            return Ok(());
        }
        self.lines += 1;
        self.chunk.push(line(&self.app, &self.viewer, &self.format, &self.id, self.lines, record));
        if self.chunk.len() < CHUNK { Ok(()) } else { self.store_chunk().await }
    }

    /// Stores what was gathered, except for what an earlier upload stored already.
    async fn store_chunk(&mut self) -> Result<(), Error> {
        let received = self.batch.as_ref().map_or(0, |batch| batch.received);
        let chunk = std::mem::take(&mut self.chunk);
        let (known, new): (Vec<_>, Vec<_>) = chunk.into_iter().partition(|line| line.line <= received);
        self.assert_same(known).await?;
        let Some((first, last)) = new.first().zip(new.last()).map(|(first, last)| (first.line, last.line)) else {
            return Ok(());
        };
        let batch = self.continued(last)?;
        let mut change = self.case.change();
        if new.iter().any(|line| line.outcome == LineOutcome::Waiting) {
            change.effect(Effect::ReleaseLines { batch: self.id.to_string(), first, last });
        }
        for line in new {
            change.create(line);
        }
        self.write(change, batch).await
    }

    /// Lines that were stored before have to be the ones that come now.
    async fn assert_same(&self, lines: Vec<BatchLine>) -> Result<(), Error> {
        if lines.is_empty() {
            return Ok(());
        }
        let ids = lines.iter().map(|line| line.id.clone()).collect();
        let stored = self.app.store.list::<BatchLine>(&Query { ids, ..Query::default() }).await?.rows;
        let same = |line: &BatchLine| stored.iter().any(|other| other.id == line.id && other.digest == line.digest);
        if lines.iter().all(same) { Ok(()) } else { Err(Error::key_reused()) }
    }

    /// The batch with lines up to this one. A batch that was complete takes no more.
    fn continued(&self, received: u64) -> Result<Batch, Error> {
        match &self.batch {
            Some(Loaded { state: batch, .. }) if is_open(batch.state) => {
                Ok(Batch { state: BatchState::Receiving, received, ..batch.clone() })
            }
            Some(_) => Err(Error::key_reused()),
            None => Ok(Batch {
                id: self.id.clone(),
                consumer: self.call.consumer().id.clone(),
                state: BatchState::Receiving,
                received,
                created_at: self.case.now(),
                finished_at: None,
            }),
        }
    }

    async fn write(&mut self, mut change: Change, batch: Batch) -> Result<(), Error> {
        match &self.batch {
            Some(loaded) => change.replace(loaded, batch.clone()),
            None => change.create(batch.clone()),
        };
        match self.app.store.commit(change).await {
            Ok(_) => {
                let version = self.batch.as_ref().map_or(0, |loaded| loaded.version) + 1;
                self.batch = Some(Loaded { version, state: batch });
                Ok(())
            }
            Err(CommitError::Stale) => Err(Error::gate(
                "in_progress",
                "An upload with this Idempotency-Key is being taken in; ask again in a second.",
            )),
            Err(other) => Err(other.into()),
        }
    }

    async fn complete(self) -> Result<Settled<BatchProgress>, Error> {
        if self.lines == 0 {
            return Err(Error::invalid("content_invalid", "The upload has no line."));
        }
        if self.batch.as_ref().is_some_and(|batch| batch.received > self.lines) {
            return Err(Error::key_reused());
        }
        decide(&self.app.store, &self.case, told, || self.closing()).await
    }

    /// The last task, for no lines, looks whether all are worked off when the last of them were faster than this.
    async fn closing(&self) -> Result<(Change, BatchProgress), Error> {
        let missing = || Error::Internal(format!("batch {} is gone", self.id));
        let loaded = self.app.store.load_fresh::<Batch>(self.id.as_str()).await?.ok_or_else(missing)?;
        let mut batch = loaded.state.clone();
        let mut change = self.case.change();
        if is_open(batch.state) {
            batch.state = BatchState::Working;
            change.replace(&loaded, batch.clone());
            let last = batch.received;
            change.effect(Effect::ReleaseLines { batch: self.id.to_string(), first: last + 1, last });
            change.audit("release_orders", self.id.as_str(), json!({ "lines": last }));
        }
        let progress = BatchProgress::read(&self.app.store, &batch).await?;
        Ok((change, progress))
    }

    /// Keeps what had come, and says that there should have been more.
    async fn break_off(&mut self) {
        if let Err(error) = self.store_chunk().await {
            tracing::info!(batch = %self.id, %error, "the last lines of an upload that broke off were not stored");
        }
        let Some(Loaded { state: batch, .. }) = &self.batch else { return };
        if batch.state != BatchState::Receiving {
            return;
        }
        let batch = Batch { state: BatchState::BrokenOff, ..batch.clone() };
        let change = self.case.change();
        if let Err(error) = self.write(change, batch).await {
            tracing::info!(batch = %self.id, %error, "an upload that broke off could not be marked");
        }
    }
}

fn is_open(state: BatchState) -> bool {
    matches!(state, BatchState::Receiving | BatchState::BrokenOff)
}

/// The same consumer's same key names the same batch, so that an upload can be sent again.
fn batch_id(call: &Call) -> BatchId {
    match call.once() {
        Some(once) => {
            let named = format!("{}\n{}", once.key.consumer, once.key.key);
            BatchId::from_token(&ids::sha256(named.as_bytes())[..24])
        }
        None => BatchId::from_token(&ids::fresh_token()),
    }
}

fn told(progress: &BatchProgress) -> Answer {
    located(answer(202, progress), &format!("{RELEASES}/{}", progress.batch))
}
