//! Patience with a slow peer: so much waiting altogether, and more of it for every byte that comes through. A peer that
//! keeps to the slowest speed allowed never uses it up; one that trickles does.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::{Instant, Sleep, sleep_until};

pub struct Patience {
    full: Duration,
    left: Duration,
    bytes_per_second: u32,
    /// Since when the peer is waited for, if it is.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Patience {
    pub fn new(full: Duration, bytes_per_second: u32) -> Self {
        Self { full, left: full, bytes_per_second: bytes_per_second.max(1), waiting: None }
    }

    /// The peer has to be waited for: ready when it was waited for long enough.
    pub fn wait(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let left = self.left;
        let (_, timer) = self.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(sleep_until(now + left)))
        });
        timer.as_mut().poll(context)
    }

    /// So many bytes came through.
    pub fn progress(&mut self, bytes: usize) {
        let Some((since, _)) = self.waiting.take() else { return };
        let earned = Duration::from_secs_f64(bytes as f64 / f64::from(self.bytes_per_second));
        self.left = self.left.saturating_sub(since.elapsed()).saturating_add(earned).min(self.full);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;
    use tokio::time::advance;

    const SECOND: Duration = Duration::from_secs(1);

    async fn is_out(patience: &mut Patience) -> bool {
        poll_fn(|context| Poll::Ready(patience.wait(context).is_ready())).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_keeps_the_slowest_speed_is_waited_for_for_ever() {
        let mut patience = Patience::new(30 * SECOND, 1000);
        for _ in 0..100 {
            assert!(!is_out(&mut patience).await);
            advance(29 * SECOND).await;
            patience.progress(29_000);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_peer_that_trickles_is_not() {
        let mut patience = Patience::new(30 * SECOND, 1000);
        for _ in 0..3 {
            assert!(!is_out(&mut patience).await);
            advance(9 * SECOND).await;
            patience.progress(1);
        }
        assert!(!is_out(&mut patience).await);
        advance(9 * SECOND).await;
        assert!(is_out(&mut patience).await);
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_waits_costs_nothing() {
        let mut patience = Patience::new(30 * SECOND, 1000);
        advance(3600 * SECOND).await;
        patience.progress(1);
        assert!(!is_out(&mut patience).await);
    }
}
