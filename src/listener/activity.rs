//! What goes on on one connection: requests under way, answers that wait to be read, and since when nothing does.

use super::head::Misread;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep, sleep_until};

#[derive(Debug)]
pub struct Activity {
    begun: AtomicUsize,
    under_way: AtomicUsize,
    quiet_since: Mutex<Instant>,
    /// Answers of which a piece was handed over and the next one not yet asked for.
    unasked: Mutex<BTreeMap<usize, Instant>>,
    /// The number of the request that takes a refused head's place, and why.
    refused: OnceLock<(usize, Misread)>,
}

/// Why a connection should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tired {
    /// No request has come for long.
    Idle,
    /// The peer does not read its answers.
    Stalled,
}

impl Activity {
    pub fn begin() -> Arc<Self> {
        Arc::new(Self {
            begun: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            quiet_since: Mutex::new(Instant::now()),
            unasked: Mutex::default(),
            refused: OnceLock::new(),
        })
    }

    /// A request begins; it is under way until what this returns is dropped.
    pub fn request(self: &Arc<Self>) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay { number: self.begun.fetch_add(1, Ordering::AcqRel), activity: self.clone() }
    }

    pub fn is_quiet(&self) -> bool {
        self.under_way.load(Ordering::Acquire) == 0
    }

    /// Something came through: the connection is not idle now.
    pub fn touch(&self) {
        *lock(&self.quiet_since) = Instant::now();
    }

    /// The request of this number takes a refused head's place.
    pub fn refuse(&self, number: usize, misread: Misread) {
        self.refused.get_or_init(|| (number, misread));
    }

    pub fn refused(&self) -> Option<(usize, Misread)> {
        self.refused.get().copied()
    }

    /// Resolves when the connection should end.
    pub async fn tired(&self, idle: Duration, read_within: Duration) -> Tired {
        loop {
            let (now, next) = (Instant::now(), self.next(idle, read_within));
            match next {
                Some((at, why)) if at <= now => return why,
                Some((at, _)) => sleep_until(at.min(now + idle)).await,
                // A request that ends meanwhile is quiet for less than this.
                None => sleep(idle.min(read_within)).await,
            }
        }
    }

    /// When the connection should end as things stand.
    fn next(&self, idle: Duration, read_within: Duration) -> Option<(Instant, Tired)> {
        if self.is_quiet() {
            return Some((*lock(&self.quiet_since) + idle, Tired::Idle));
        }
        let oldest = lock(&self.unasked).values().min().copied()?;
        Some((oldest + read_within, Tired::Stalled))
    }
}

/// A request under way, until its answer has been handed over.
#[derive(Debug)]
pub struct UnderWay {
    activity: Arc<Activity>,
    number: usize,
}

impl UnderWay {
    /// Why this request takes a refused head's place, if it does.
    pub fn refused(&self) -> Option<Misread> {
        self.activity.refused().filter(|(number, _)| *number == self.number).map(|(_, misread)| misread)
    }

    /// A piece of the answer was handed over.
    pub fn handed_over(&self) {
        lock(&self.activity.unasked).insert(self.number, Instant::now());
    }

    /// The next piece is asked for.
    pub fn asked_for(&self) {
        lock(&self.activity.unasked).remove(&self.number);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.asked_for();
        self.activity.touch();
        self.activity.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn a_quiet_connection_is_idle_after_a_while() {
        let (activity, start) = (Activity::begin(), Instant::now());
        let request = activity.request();
        tokio::time::advance(100 * SECOND).await;
        drop(request);
        assert_eq!(activity.tired(60 * SECOND, 30 * SECOND).await, Tired::Idle);
        assert_eq!(start.elapsed().as_secs(), 160);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_nobody_asks_on_for_has_stalled_and_a_followed_stream_has_not() {
        let (activity, start) = (Activity::begin(), Instant::now());
        let (stream, page) = (activity.request(), activity.request());
        stream.handed_over();
        stream.asked_for();
        tokio::time::advance(3600 * SECOND).await;
        page.handed_over();
        assert_eq!(activity.tired(60 * SECOND, 30 * SECOND).await, Tired::Stalled);
        assert!((3630..3661).contains(&start.elapsed().as_secs()));
    }
}
