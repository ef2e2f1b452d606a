//! The circuit breaker: stops calling a system that keeps failing, and asks with one probe whether it is back.
//! Time comes from `tokio::time`, so that tests can hold it. Knows nothing of HTTP.

use rand::Rng;
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

const CONSECUTIVE_FAILURES: u32 = 5;
const WINDOW: Duration = Duration::from_secs(10);
const ENOUGH_CALLS: u32 = 20;
const FIRST_PENALTY: Duration = Duration::from_secs(1);
const LONGEST_PENALTY: Duration = Duration::from_secs(60);

/// closed → open → half_open → closed, or open again for twice as long.
#[derive(Default)]
pub struct Breaker {
    inner: Mutex<Inner>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    Closed,
    HalfOpen,
    Open,
}

#[derive(Default)]
struct Inner {
    consecutive: u32,
    /// Whole seconds of the last ten, each with its calls and failures.
    seconds: VecDeque<Second>,
    open: Option<Open>,
}

struct Second {
    began: Instant,
    calls: u32,
    failures: u32,
}

struct Open {
    until: Instant,
    penalty: Duration,
    probing: bool,
}

/// Leave to make one call. Dropped without a verdict (the caller went away), it only frees the probe's place.
pub struct Pass<'a> {
    breaker: &'a Breaker,
    probe: bool,
    judged: bool,
}

impl Breaker {
    /// Leave to call, or how long to keep away.
    pub fn admit(&self) -> Result<Pass<'_>, Duration> {
        let now = Instant::now();
        let mut inner = self.lock();
        let probe = match &mut inner.open {
            None => false,
            Some(open) if now < open.until => return Err(open.until - now),
            Some(open) if open.probing => return Err(FIRST_PENALTY),
            Some(open) => {
                open.probing = true;
                true
            }
        };
        Ok(Pass { breaker: self, probe, judged: false })
    }

    pub fn state(&self) -> BreakerState {
        match &self.lock().open {
            None => BreakerState::Closed,
            Some(open) if Instant::now() < open.until => BreakerState::Open,
            Some(_) => BreakerState::HalfOpen,
        }
    }

    /// How long calls are still kept away.
    pub fn remaining_penalty(&self) -> Option<Duration> {
        let now = Instant::now();
        self.lock().open.as_ref().map(|open| open.until.saturating_duration_since(now)).filter(|left| !left.is_zero())
    }

    fn judge(&self, failed: bool, probe: bool) {
        let now = Instant::now();
        let mut inner = self.lock();
        match (&inner.open, probe) {
            (Some(open), true) if failed => inner.open = Some(Open::after(now, open.penalty * 2)),
            (Some(_), true) => *inner = Inner::default(),
            // A call that was under way when the breaker opened says nothing new.
            (Some(_), false) => {}
            (None, _) => {
                inner.count(now, failed);
                if inner.is_failing() {
                    *inner = Inner { open: Some(Open::after(now, FIRST_PENALTY)), ..Inner::default() };
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn count(&mut self, now: Instant, failed: bool) {
        self.consecutive = if failed { self.consecutive + 1 } else { 0 };
        while self.seconds.front().is_some_and(|second| now - second.began >= WINDOW) {
            self.seconds.pop_front();
        }
        if self.seconds.back().is_none_or(|second| now - second.began >= Duration::from_secs(1)) {
            self.seconds.push_back(Second { began: now, calls: 0, failures: 0 });
        }
        if let Some(second) = self.seconds.back_mut() {
            second.calls += 1;
            second.failures += u32::from(failed);
        }
    }

    fn is_failing(&self) -> bool {
        let (calls, failures) = self.seconds.iter().fold((0, 0), |(c, f), s| (c + s.calls, f + s.failures));
        self.consecutive >= CONSECUTIVE_FAILURES || (calls >= ENOUGH_CALLS && failures * 2 >= calls)
    }
}

impl Open {
    /// Half of the penalty is certain, the other half is chance, so that many gateways do not return at once.
    fn after(now: Instant, penalty: Duration) -> Self {
        let penalty = penalty.min(LONGEST_PENALTY);
        let jittered = penalty.mul_f64(rand::rng().random_range(0.5..=1.0)).max(FIRST_PENALTY);
        Self { until: now + jittered, penalty, probing: false }
    }
}

impl Pass<'_> {
    pub fn succeeded(mut self) {
        self.judged = true;
        self.breaker.judge(false, self.probe);
    }

    pub fn failed(mut self) {
        self.judged = true;
        self.breaker.judge(true, self.probe);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe
            && !self.judged
            && let Some(open) = &mut self.breaker.lock().open
        {
            open.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    fn fail(breaker: &Breaker, times: u32) {
        (0..times).for_each(|_| breaker.admit().expect("closed").failed());
    }

    #[tokio::test(start_paused = true)]
    async fn five_failures_in_a_row_open_it_and_callers_hear_how_long() {
        let breaker = Breaker::default();
        fail(&breaker, 4);
        breaker.admit().expect("closed").succeeded();
        fail(&breaker, 4);
        assert_eq!(breaker.state(), BreakerState::Closed);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), BreakerState::Open);
        let wait = breaker.admit().err().expect("open");
        assert!(wait > Duration::ZERO && wait <= FIRST_PENALTY);
    }

    #[tokio::test(start_paused = true)]
    async fn half_of_twenty_within_ten_seconds_opens_it() {
        let breaker = Breaker::default();
        for _ in 0..10 {
            assert_eq!(breaker.state(), BreakerState::Closed);
            breaker.admit().expect("closed").succeeded();
            breaker.admit().expect("closed").failed();
        }
        assert_eq!(breaker.state(), BreakerState::Open);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_long_ago_are_forgotten() {
        let breaker = Breaker::default();
        for _ in 0..60 {
            breaker.admit().expect("closed").succeeded();
            breaker.admit().expect("closed").failed();
            advance(Duration::from_millis(1200)).await;
        }
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn one_probe_at_a_time_decides_and_each_failed_probe_doubles_the_penalty() {
        let breaker = Breaker::default();
        fail(&breaker, 5);
        for step in 0..8 {
            let left = breaker.remaining_penalty().expect("open");
            assert!(left <= Duration::from_secs(1 << step).min(LONGEST_PENALTY), "{left:?} at step {step}");
            advance(left).await;
            let probe = breaker.admit().expect("one probe");
            assert!(breaker.admit().is_err(), "a second probe must wait");
            probe.failed();
        }
        advance(LONGEST_PENALTY).await;
        breaker.admit().expect("one probe").succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_whose_caller_left_frees_its_place() {
        let breaker = Breaker::default();
        fail(&breaker, 5);
        advance(FIRST_PENALTY).await;
        drop(breaker.admit().expect("one probe"));
        breaker.admit().expect("the next probe").succeeded();
        assert_eq!(breaker.state(), BreakerState::Closed);
    }
}
