//! Claiming: as many tasks as there are free workers, woken by commits, else by looking from time to time.

use super::{Heard, Relay, work::signed};
use crate::{
    spawn::Background,
    store::{Store, Task},
};
use futures_util::future::join_all;
use std::{sync::PoisonError, time::Duration};
use tokio::{
    sync::broadcast::error::RecvError,
    task::JoinSet,
    time::{sleep, timeout},
};

impl Relay {
    /// Works until the process is asked to stop; then finishes what is under way within `drain`, and gives the rest
    /// back.
    pub async fn run(&self, background: Background, drain: Duration) {
        let tending = self.clone();
        let (stop, tended) = (background.clone(), background.clone());
        tended.spawn(async move { tending.tend(&stop).await });
        self.keep_up(&background);
        let mut under_way = JoinSet::new();
        let mut heard = self.heard();
        while !background.is_stopping() {
            let more = self.claim_into(&mut under_way).await;
            while under_way.try_join_next().is_some() {}
            if more {
                continue;
            }
            let is_free = under_way.len() < self.workers();
            tokio::select! {
                () = background.stopping() => {}
                () = news(&mut heard), if is_free => {}
                Some(_) = under_way.join_next() => {}
                () = sleep(self.poll()), if is_free => {}
            }
        }
        self.finish(under_way, drain).await;
    }

    /// Works off everything that is due now by the clock, and what becomes due by that; answers how many deliveries
    /// it took. Never sleeps: for tests and the demo, which hold the clock.
    pub async fn work_off(&self) -> usize {
        let mut worked = 0;
        loop {
            let claimed = self.claim(self.workers()).await;
            if claimed.is_empty() {
                return worked;
            }
            worked += claimed.len();
            join_all(claimed.into_iter().map(|task| self.work(task))).await;
        }
    }

    /// Starts work on what can be claimed; true if there may be more.
    async fn claim_into(&self, under_way: &mut JoinSet<()>) -> bool {
        let free = self.workers().saturating_sub(under_way.len());
        // A quarter at a time, so that no lane takes much more than its share.
        let limit = free.min((self.workers() / 4).max(1));
        let claimed = self.claim(limit).await;
        let more = claimed.len() == limit && limit > 0;
        for task in claimed {
            let relay = self.clone();
            under_way.spawn(async move { relay.work(task).await });
        }
        more
    }

    async fn claim(&self, limit: usize) -> Vec<Task> {
        let (now, lease) = (self.desk.clock.now(), signed(self.desk.settings.lease()));
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let except = self.bench.crowded(self.workers());
        let claimed = self.desk.store.tasks().claim_except(&self.name, now, now + lease, limit, &except).await;
        claimed.unwrap_or_else(|error| {
            tracing::warn!(%error, "nothing could be claimed");
            Vec::new()
        })
    }

    /// Waits for what is under way; what is not over by then is given back at once, not when its lease runs out.
    async fn finish(&self, mut under_way: JoinSet<()>, drain: Duration) {
        let over = timeout(drain, async { while under_way.join_next().await.is_some() {} }).await;
        if over.is_ok() {
            return;
        }
        under_way.shutdown().await;
        let (tasks, now) = (self.desk.store.tasks(), self.desk.clock.now());
        for task in self.bench.clear() {
            if let Err(error) = tasks.put_back(&task, now, "returned", "the relay stopped").await {
                tracing::warn!(task = %task.id, %error, "not given back; its lease will run out");
            }
        }
    }

    fn heard(&self) -> Vec<Heard> {
        let also = self.also.lock().unwrap_or_else(PoisonError::into_inner).take();
        [Some(Store::committed(&self.desk.store)), also].into_iter().flatten().collect()
    }

    fn workers(&self) -> usize {
        self.desk.settings.workers.max(1)
    }

    fn poll(&self) -> Duration {
        Duration::from_millis(self.desk.settings.poll_ms.max(1))
    }
}

/// Until something was committed. Several commits at once are one piece of news.
async fn news(heard: &mut Vec<Heard>) {
    if heard.is_empty() {
        return std::future::pending().await;
    }
    let (first, place, _) = futures_util::future::select_all(heard.iter_mut().map(|one| Box::pin(one.recv()))).await;
    if first == Err(RecvError::Closed) {
        heard.remove(place);
    }
    for one in heard {
        *one = one.resubscribe();
    }
}
