//! Background work: the only place that starts it, so that a stopping process can wait for all of it.

use std::future::Future;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Starts background work and ends it: `stopping` tells it to finish, `drain` waits until it has.
#[derive(Clone, Default)]
pub struct Background {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Background {
    #[expect(clippy::disallowed_methods, reason = "this is where background work is started")]
    pub fn spawn<F>(&self, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        tokio::spawn(self.tracker.track_future(work))
    }

    /// Resolves when the process was asked to stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    pub fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Asks everything to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Asks everything to stop and waits for it.
    pub async fn drain(&self) {
        self.stop();
        self.tracker.close();
        self.tracker.wait().await;
    }
}
