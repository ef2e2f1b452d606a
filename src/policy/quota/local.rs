//! Counting in this process alone (governor's GCRA). Keys are consumers, their operations and their people; those that
//! have been quiet are forgotten, so the counters are bounded by the policies and by who has called lately.

use super::window::{Counter, Limit, Standing};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock, Reference},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

type Limiter<C> = RateLimiter<String, DashMapStateStore<String>, C, StateInformationMiddleware>;
/// By requests and seconds: windows that count alike share a limiter.
type Limiters<C> = HashMap<(NonZeroU32, NonZeroU32), Arc<Limiter<C>>>;

/// The counters of this process.
#[derive(Default)]
pub struct Local<C: Clock = DefaultClock> {
    limiters: RwLock<Limiters<C>>,
    clock: C,
}

impl<C: Clock + Clone> Local<C>
where
    C::Instant: Reference,
{
    /// Counts a request in each window, and says how it stands with it.
    pub fn count(&self, counters: &[Counter<'_>]) -> Vec<Standing> {
        counters.iter().map(|counter| self.stand(counter.window.limit, &counter.key)).collect()
    }

    /// The same against what each of so many gateways may admit by itself.
    #[cfg(feature = "redis")]
    pub fn count_share(&self, counters: &[Counter<'_>], gateways: NonZeroU32) -> Vec<Standing> {
        counters.iter().map(|counter| self.stand(counter.window.limit.share(gateways), &counter.key)).collect()
    }

    /// Forgets the keys that have been quiet for a whole window, and the windows nobody counts in any more, so that the
    /// counters stay bounded however often the policies change.
    pub fn tidy(&self) {
        let mut limiters = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
        limiters.retain(|_, limiter| {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            !limiter.is_empty()
        });
    }

    fn stand(&self, limit: Limit, key: &str) -> Standing {
        match self.limiter(limit).check_key(&key.to_owned()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                Standing { remaining, seconds: limit.whole_in(remaining), exceeded: false }
            }
            Err(until) => {
                let seconds = whole_seconds(until.wait_time_from(self.clock.now()));
                Standing { remaining: 0, seconds, exceeded: true }
            }
        }
    }

    fn limiter(&self, limit: Limit) -> Arc<Limiter<C>> {
        let kind = (limit.requests, limit.seconds);
        if let Some(limiter) = self.limiters.read().unwrap_or_else(PoisonError::into_inner).get(&kind) {
            return limiter.clone();
        }
        let mut limiters = self.limiters.write().unwrap_or_else(PoisonError::into_inner);
        limiters.entry(kind).or_insert_with(|| Arc::new(limiter(limit, self.clock.clone()))).clone()
    }
}

fn limiter<C: Clock>(limit: Limit, clock: C) -> Limiter<C> {
    let quota = Quota::with_period(limit.every()).expect("a limit lasts at least a second");
    RateLimiter::dashmap_with_clock(quota.allow_burst(limit.requests), clock)
        .with_middleware::<StateInformationMiddleware>()
}

fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::quota::Window;
    use governor::clock::FakeRelativeClock;

    fn limit(requests: u32, seconds: u32) -> Limit {
        let number = |number| NonZeroU32::new(number).expect("a positive number");
        Limit { requests: number(requests), seconds: number(seconds), shadow: None }
    }

    #[test]
    fn what_is_used_up_comes_back_with_time() {
        let clock = FakeRelativeClock::default();
        let local = Local { limiters: RwLock::default(), clock: clock.clone() };
        let window = Window { name: "burst".into(), limit: limit(2, 10) };
        let count = || local.count(&[Counter { window: &window, key: "acme".into() }])[0];
        assert_eq!(count(), Standing { remaining: 1, seconds: 5, exceeded: false });
        assert_eq!(count(), Standing { remaining: 0, seconds: 10, exceeded: false });
        assert_eq!(count(), Standing { remaining: 0, seconds: 5, exceeded: true });
        clock.advance(Duration::from_secs(5));
        assert!(!count().exceeded && count().exceeded);
    }

    #[test]
    fn a_million_keys_are_forgotten_when_they_have_been_quiet() {
        let clock = FakeRelativeClock::default();
        let local = Local { limiters: RwLock::default(), clock: clock.clone() };
        let limit = limit(2, 10);
        for number in 0..1_000_000 {
            local.stand(limit, &number.to_string());
        }
        let kept = || local.limiters.read().unwrap().values().map(|limiter| limiter.len()).sum::<usize>();
        assert_eq!(kept(), 1_000_000);
        clock.advance(Duration::from_secs(11));
        local.stand(limit, "acme");
        local.tidy();
        assert_eq!(kept(), 1);
        clock.advance(Duration::from_secs(11));
        local.tidy();
        assert!(local.limiters.read().unwrap().is_empty());
    }
}
