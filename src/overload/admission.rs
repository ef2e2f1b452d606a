//! Admission: takes requests in while there is room for their like, and learns from how long they take.

use super::{elsewhere::with_place, limit::Limit, priority::Priority, usual::Usual};
use crate::contract::OperationKey;
use std::{
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

/// With so few under way nobody waits for anybody.
const QUIET: usize = 4;
/// How often the log says that requests are refused.
const TOLD_EVERY: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Admission {
    under_way: AtomicUsize,
    /// The limit as it was weighed last.
    limit: AtomicUsize,
    learnt: Mutex<Learnt>,
    told: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Learnt {
    limit: Limit,
    usual: Usual,
}

/// There is no room for this request now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl Admission {
    /// With so many places at least, however slow everything becomes, and so many at most.
    pub fn between(least: usize, most: usize, now: Instant) -> Arc<Self> {
        let limit = Limit::between(least, most, now);
        Arc::new(Self {
            under_way: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit.value()),
            learnt: Mutex::new(Learnt { limit, usual: Usual::default() }),
            told: Mutex::new(None),
        })
    }

    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    /// A place for a request of this priority, if there is one.
    pub fn admit(self: &Arc<Self>, priority: Priority) -> Result<Place, Full> {
        let room = priority.share_of(self.limit());
        let taken = |under_way: usize| (under_way < room).then_some(under_way + 1);
        match self.under_way.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken) {
            Ok(before) => Ok(Place(Arc::new(Taken::by(self, before + 1)))),
            Err(under_way) => {
                metrics::counter!("overload_refused_total", "priority" => priority.name()).increment(1);
                self.tell(under_way, Instant::now());
                Err(Full)
            }
        }
    }

    /// One line now and then: a line for every request would be work that is not there to be done.
    fn tell(&self, under_way: usize, now: Instant) {
        let mut told = lock(&self.told);
        if told.is_none_or(|before| now.duration_since(before) >= TOLD_EVERY) {
            *told = Some(now);
            tracing::warn!(limit = self.limit(), under_way, "more is asked than can be served; requests are refused");
        }
    }

    fn learn(&self, operation: &OperationKey, took: Duration, under_way: usize, now: Instant) {
        let mut learnt = lock(&self.learnt);
        let usual = learnt.usual.learn(operation, took, under_way <= QUIET);
        if learnt.limit.ended(now, took, usual, under_way) {
            self.limit.store(learnt.limit.value(), Ordering::Relaxed);
            metrics::gauge!("overload_limit").set(learnt.limit.value() as f64);
            metrics::gauge!("overload_under_way").set(self.under_way.load(Ordering::Relaxed) as f64);
        }
    }
}

/// A place among those that are worked on, until it is dropped.
#[derive(Clone, Debug)]
pub struct Place(Arc<Taken>);

#[derive(Debug)]
struct Taken {
    admission: Arc<Admission>,
    since: Instant,
    /// How many were under way with it as it began.
    among: usize,
    away: Mutex<Away>,
}

/// The time a request waited for other systems.
#[derive(Debug, Default)]
struct Away {
    /// Calls under way, and since when there are any.
    calls: usize,
    since: Option<Instant>,
    took: Duration,
}

/// Waiting for another system, until it is dropped.
pub struct SteppedOut(Place);

impl Place {
    /// Does a request's work on this place.
    pub async fn working<F: Future>(&self, work: F) -> F::Output {
        with_place(self.clone(), work).await
    }

    /// The request was served: what it took is learnt.
    pub fn served(self, operation: &OperationKey) {
        let now = Instant::now();
        let took = now.duration_since(self.0.since).saturating_sub(lock(&self.0.away).took);
        self.0.admission.learn(operation, took, self.0.among, now);
    }

    pub(super) fn step_out(&self) -> SteppedOut {
        let mut away = lock(&self.0.away);
        away.calls += 1;
        if away.calls == 1 {
            away.since = Some(Instant::now());
            self.0.admission.under_way.fetch_sub(1, Ordering::AcqRel);
        }
        SteppedOut(self.clone())
    }
}

impl Drop for SteppedOut {
    fn drop(&mut self) {
        let taken = &self.0.0;
        let mut away = lock(&taken.away);
        away.calls -= 1;
        if away.calls == 0 {
            let waited = away.since.take().map_or(Duration::ZERO, |since| since.elapsed());
            away.took += waited;
            taken.admission.under_way.fetch_add(1, Ordering::AcqRel);
        }
    }
}

impl Taken {
    fn by(admission: &Arc<Admission>, among: usize) -> Self {
        Self { admission: admission.clone(), since: Instant::now(), among, away: Mutex::default() }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.admission.under_way.fetch_sub(1, Ordering::AcqRel);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overload::{Arriving, elsewhere};
    use std::task::Poll;

    fn places(admission: &Arc<Admission>, priority: Priority) -> Vec<Place> {
        std::iter::from_fn(|| admission.admit(priority).ok()).collect()
    }

    #[test]
    fn what_goes_first_finds_room_where_others_find_none() {
        let admission = Admission::between(32, 400, Instant::now());
        assert_eq!(admission.limit(), 100);
        let polling = places(&admission, Priority::Polling);
        let assignments = places(&admission, Priority::Assignment);
        let confirmations = places(&admission, Priority::Confirmation);
        let releases = places(&admission, Priority::Release);
        let all = [&polling, &assignments, &confirmations, &releases].map(Vec::len);
        assert_eq!(all, [60, 20, 15, 5]);
        drop(releases);
        assert!(admission.admit(Priority::Confirmation).is_err());
        assert!(admission.admit(Priority::Release).is_ok());
        drop((polling, assignments, confirmations));
        assert!(admission.admit(Priority::Polling).is_ok());
    }

    #[test]
    fn whoever_waits_for_a_slow_caller_takes_no_place() {
        let admission = Admission::between(8, 8, Instant::now());
        let under_way = || admission.under_way.load(Ordering::Relaxed);
        let mut arriving = Arriving::on(admission.admit(Priority::Release).unwrap());
        for _ in 0..2 {
            assert!(arriving.polled(Poll::<()>::Pending).is_pending());
            assert_eq!(under_way(), 0);
        }
        assert!(arriving.polled(Poll::Ready(())).is_ready());
        assert_eq!(under_way(), 1);
        assert!(arriving.polled(Poll::<()>::Pending).is_pending());
        drop(arriving);
        assert_eq!(under_way(), 0);
    }

    #[tokio::test]
    async fn whoever_waits_for_another_system_takes_no_place() {
        let admission = Admission::between(8, 8, Instant::now());
        let place = admission.admit(Priority::Release).unwrap();
        let under_way = || admission.under_way.load(Ordering::Relaxed);
        place
            .working(async {
                let call = || elsewhere(async { assert_eq!(under_way(), 0) });
                tokio::join!(call(), elsewhere(call()));
                assert_eq!(under_way(), 1);
            })
            .await;
        drop(place);
        assert_eq!(under_way(), 0);
        elsewhere(async { assert_eq!(under_way(), 0) }).await;
    }
}
