//! One task, from its claim to what became of it: delivered, put back, or a dead letter.

use super::{
    Relay,
    backoff::{Verdict, judge, lost_claims},
    desk::Delivered,
    effects,
    failed::Failed,
};
use crate::store::Task;
use futures_util::FutureExt;
use jiff::SignedDuration;
use std::{panic::AssertUnwindSafe, time::Duration};
use tokio::time::{Instant, sleep};

/// The lease has passed to another relay: what becomes of the task is no longer ours to say.
struct Lost;

impl Relay {
    /// Works on a claimed task. Never fails: what goes wrong is written into the task's story.
    pub(super) async fn work(&self, task: Task) {
        if !self.bench.put(&task) {
            return;
        }
        let outcome = tokio::select! {
            outcome = self.deliver(&task) => Ok(outcome),
            lost = self.keep_lease(&task) => Err(lost),
        };
        match outcome {
            Ok(Ok(delivered)) => self.delivered(&task, delivered).await,
            Ok(Err(failed)) => self.failed(&self.bench.claim_of(&task), failed).await,
            Err(Lost) => tracing::warn!(task = %task.id, kind = task.kind, "another relay has taken over"),
        }
        self.bench.take(&task.id);
    }

    /// A panic is the failure of this task, and nobody else's.
    async fn deliver(&self, task: &Task) -> Result<Delivered, Failed> {
        if lost_claims(task) >= i64::from(self.desk.settings.attempts) {
            return Err(Failed::refused("relay_died", "relays have died at this task again and again"));
        }
        let delivery = AssertUnwindSafe(effects::deliver(&self.desk, task)).catch_unwind();
        delivery.await.unwrap_or_else(|panic| Err(Failed::Broken(said(&*panic))))
    }

    /// Keeps the lease for as long as the work takes; ends when it is lost.
    ///
    /// A lease is a row that other processes read, so its end is written by the wall clock: monotonic clocks cannot be
    /// compared across machines. It does no harm when those clocks differ or jump: every claim raises the task's
    /// attempts, and only the holder of the newest claim may put back or bury; the work itself is keyed by the task's
    /// id, so that two relays at it have one effect. When to renew, and when to let go because renewing did not work,
    /// is this process's own affair and goes by the monotonic clock.
    async fn keep_lease(&self, task: &Task) -> Lost {
        let lease = self.desk.settings.lease();
        let mut kept_at = Instant::now();
        loop {
            sleep(lease / 3).await;
            let claim = self.bench.claim_of(task);
            let until = self.desk.clock.now() + signed(lease);
            match self.desk.store.tasks().renew(&claim, until).await {
                Ok(true) => kept_at = Instant::now(),
                Ok(false) if self.bench.claim_of(task).attempts != claim.attempts => {}
                Ok(false) => return Lost,
                Err(_) if kept_at.elapsed() >= lease => return Lost,
                Err(error) => tracing::info!(task = %task.id, %error, "the lease could not be renewed yet"),
            }
        }
    }

    async fn delivered(&self, task: &Task, delivered: Delivered) {
        let tasks = self.desk.store.tasks();
        if delivered == Delivered::Done
            && let Err(error) = tasks.done(std::slice::from_ref(&task.id)).await
        {
            // The lease will run out and the task be delivered again, under the same key.
            tracing::warn!(task = %task.id, kind = task.kind, %error, "delivered, but not marked");
            return;
        }
        let took = self.desk.clock.now().duration_since(task.created);
        metrics::counter!("haulgate_relay_delivered_total", "kind" => task.kind.clone()).increment(1);
        metrics::histogram!("haulgate_relay_delivery_seconds", "kind" => task.kind.clone())
            .record(took.as_secs_f64().max(0.0));
        tracing::debug!(task = %task.id, kind = task.kind, correlation = task.correlation_id, "delivered");
    }

    async fn failed(&self, task: &Task, failed: Failed) {
        let (now, chance) = (self.desk.clock.now(), rand::random::<f64>());
        let why = failed.to_string();
        match judge(task, &failed, &self.desk.settings, now, chance) {
            Verdict::Again { due, word } => {
                metrics::counter!("haulgate_relay_retried_total", "kind" => task.kind.clone(), "why" => failed.name())
                    .increment(1);
                tracing::info!(task = %task.id, kind = task.kind, attempt = task.attempts, why, %due, "put back");
                self.written(task, self.desk.store.tasks().put_back(task, due, word, &why).await);
            }
            Verdict::Dead => {
                metrics::counter!("haulgate_relay_dead_total", "kind" => task.kind.clone()).increment(1);
                tracing::error!(
                    task = %task.id, kind = task.kind, subject = task.subject, correlation = task.correlation_id, why,
                    "a dead letter"
                );
                self.bury(task, &why).await;
            }
        }
    }

    /// With what follows from it, in one commit; if that cannot be said, without.
    async fn bury(&self, task: &Task, why: &str) {
        if let Err(error) = effects::buried(&self.desk, task, why).await {
            tracing::warn!(task = %task.id, kind = task.kind, %error, "buried without what follows from it");
            self.written(task, self.desk.store.tasks().bury(task, why).await);
        }
    }

    fn written(&self, task: &Task, outcome: Result<bool, crate::store::StoreError>) {
        match outcome {
            Ok(true) => {}
            Ok(false) => tracing::info!(task = %task.id, "somebody else has moved the task meanwhile"),
            Err(error) => tracing::warn!(task = %task.id, %error, "not written; the lease will run out"),
        }
    }
}

pub(super) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
