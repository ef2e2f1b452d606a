//! The bulkhead: how many calls one connector may have under way, so that a hung system holds up nobody else.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Nobody waits longer than this for a place.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// For each place this many may wait.
const WAITING_PER_PLACE: usize = 8;

pub struct Bulkhead {
    places: Semaphore,
    size: usize,
    waiting: AtomicUsize,
}

/// No place came free in time, or too many wait already.
#[derive(Debug, PartialEq, Eq)]
pub struct Full;

impl Bulkhead {
    pub fn of(size: usize) -> Self {
        Self { places: Semaphore::new(size), size, waiting: AtomicUsize::new(0) }
    }

    /// A place, waiting no longer than there is time and never longer than a second.
    pub async fn enter(&self, time: Duration) -> Result<SemaphorePermit<'_>, Full> {
        if let Ok(place) = self.places.try_acquire() {
            return Ok(place);
        }
        let _waiting = Waiting::among(&self.waiting, self.size * WAITING_PER_PLACE)?;
        match timeout(time.min(LONGEST_WAIT), self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Full),
        }
    }

    pub fn in_flight(&self) -> usize {
        self.size - self.places.available_permits()
    }

    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// One place in the queue, given back however the wait ends.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(waiting: &'a AtomicUsize, most: usize) -> Result<Self, Full> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) < most { Ok(place) } else { Err(Full) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_waits_a_second_at_most() {
        let bulkhead = Bulkhead::of(1);
        let _place = bulkhead.enter(Duration::from_secs(9)).await.expect("empty");
        let before = Instant::now();
        assert_eq!(bulkhead.enter(Duration::from_secs(9)).await.err(), Some(Full));
        assert_eq!(before.elapsed(), LONGEST_WAIT);
        assert_eq!(bulkhead.enter(Duration::from_millis(30)).await.err(), Some(Full));
        assert_eq!((bulkhead.in_flight(), bulkhead.waiting()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn when_too_many_wait_the_next_is_turned_away_at_once() {
        let bulkhead = Bulkhead::of(1);
        let place = bulkhead.enter(Duration::from_secs(9)).await.expect("empty");
        let mut waiting: Vec<_> =
            (0..WAITING_PER_PLACE).map(|_| Box::pin(bulkhead.enter(Duration::from_secs(9)))).collect();
        for wait in &mut waiting {
            assert!(futures_util::poll!(wait.as_mut()).is_pending());
        }
        let before = Instant::now();
        assert_eq!(bulkhead.enter(Duration::from_secs(9)).await.err(), Some(Full));
        assert_eq!(before.elapsed(), Duration::ZERO);
        drop(place);
        assert!(waiting.swap_remove(0).await.is_ok());
    }
}
