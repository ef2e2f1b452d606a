//! The limit itself: how many requests are worked on at once, from what requests take. A gradient, as in Netflix's
//! concurrency limits and Envoy's adaptive concurrency: the limit is multiplied by how far requests keep to the time
//! allowed, and a little room to grow is added.

use std::time::{Duration, Instant};

/// Requests may take twice what they usually take, or this much longer: changes that come at the same time share a
/// commit, which costs each of them some waiting and serves all of them better.
const ALLOWANCE: Duration = Duration::from_millis(50);
/// A request that takes longer than so many times what is allowed counts as if it took that: one must not decide.
const MOST_TIMES: u32 = 10;
/// The limit is weighed anew so often, if so many requests have ended.
const WINDOW: Duration = Duration::from_millis(100);
const ENOUGH: u32 = 10;
/// The least a window multiplies the limit with, and how much of the outcome counts at once.
const STEEPEST: f64 = 0.5;
const SMOOTHING: f64 = 0.5;

#[derive(Clone, Debug)]
pub struct Limit {
    least: f64,
    most: f64,
    value: f64,
    window: Window,
}

/// What the requests of one window took.
#[derive(Clone, Copy, Debug)]
struct Window {
    since: Instant,
    requests: u32,
    took: Duration,
    allowed: Duration,
    /// The most requests that were under way.
    peak: usize,
}

impl Window {
    fn begin(since: Instant) -> Self {
        Self { since, requests: 0, took: Duration::ZERO, allowed: Duration::ZERO, peak: 0 }
    }
}

impl Limit {
    /// Begins well below the most: a process that is overloaded as it starts must not have to find out slowly.
    pub fn between(least: usize, most: usize, now: Instant) -> Self {
        let (least, most) = (least.min(most) as f64, most as f64);
        Self { least, most, value: (most / 4.0).clamp(least, most), window: Window::begin(now) }
    }

    pub fn value(&self) -> usize {
        self.value as usize
    }

    /// A request is over. It took so long, its operation usually takes so long, and so many were under way with it.
    /// Answers whether the limit was weighed anew.
    pub fn ended(&mut self, now: Instant, took: Duration, usual: Duration, under_way: usize) -> bool {
        let allowed = (usual * 2).max(usual + ALLOWANCE);
        let window = &mut self.window;
        window.requests += 1;
        window.took += took.min(allowed * MOST_TIMES);
        window.allowed += allowed;
        window.peak = window.peak.max(under_way);
        let over = now.duration_since(window.since) >= WINDOW && window.requests >= ENOUGH;
        if over {
            self.weigh();
            self.window = Window::begin(now);
        }
        over
    }

    fn weigh(&mut self) {
        let Window { took, allowed, peak, .. } = self.window;
        let keeps_to = allowed.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON);
        if keeps_to >= 1.0 && (peak as f64) < self.value / 2.0 {
            // Few were under way: that they were fast says nothing of what more would take.
            return;
        }
        let aim = self.value * keeps_to.clamp(STEEPEST, 1.0) + self.value.sqrt();
        self.value = (self.value + (aim - self.value) * SMOOTHING).clamp(self.least, self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// A server that works on so many at once without any becoming slower; with more, all become slower alike.
    struct Server {
        at_once: usize,
        service: Duration,
    }

    impl Server {
        fn takes(&self, under_way: usize) -> Duration {
            self.service * u32::try_from(under_way.max(self.at_once)).unwrap() / u32::try_from(self.at_once).unwrap()
        }

        /// Fills the limit, or `asked` places if that is less, for so long.
        fn press(&self, limit: &mut Limit, now: &mut Instant, asked: usize, time: Duration) {
            let end = *now + time;
            while *now < end {
                let under_way = limit.value().min(asked).max(1);
                let takes = self.takes(under_way);
                *now += takes / u32::try_from(under_way).unwrap();
                limit.ended(*now, takes, self.service, under_way);
            }
        }
    }

    #[test]
    fn under_any_pressure_requests_take_little_more_than_is_allowed_and_the_server_is_busy() {
        for (at_once, service) in [(8, 2), (16, 10), (64, 5), (100, 50), (200, 100)] {
            let (server, mut now) = (Server { at_once, service: MILLISECOND * service }, Instant::now());
            let mut limit = Limit::between(16, 10_000, now);
            server.press(&mut limit, &mut now, usize::MAX, Duration::from_secs(60));
            let (takes, allowed) = (server.takes(limit.value()), (server.service * 2).max(server.service + ALLOWANCE));
            assert!(limit.value() >= at_once, "{at_once} × {service} ms: {}", limit.value());
            assert!(takes <= allowed * 5 / 4, "{at_once} × {service} ms: {takes:?} at {}", limit.value());
        }
    }

    #[test]
    fn a_server_that_becomes_slower_is_asked_less_within_seconds_and_more_again_when_it_recovers() {
        let mut now = Instant::now();
        let mut limit = Limit::between(16, 1024, now);
        let (well, ill) =
            (Server { at_once: 256, service: 4 * MILLISECOND }, Server { at_once: 16, service: 4 * MILLISECOND });
        well.press(&mut limit, &mut now, usize::MAX, Duration::from_secs(30));
        let before = limit.value();
        ill.press(&mut limit, &mut now, usize::MAX, Duration::from_secs(3));
        let meanwhile = limit.value();
        well.press(&mut limit, &mut now, usize::MAX, Duration::from_secs(5));
        let (takes, allowed) = (ill.takes(meanwhile), ill.service + ALLOWANCE);
        assert!(takes <= allowed * 5 / 4, "{takes:?} at {meanwhile}");
        assert!(before > 512 && limit.value() > 2 * meanwhile, "{before} {meanwhile} {}", limit.value());
    }

    #[test]
    fn quiet_neither_raises_nor_lowers_it() {
        let mut now = Instant::now();
        let mut limit = Limit::between(16, 1024, now);
        let before = limit.value();
        Server { at_once: 64, service: MILLISECOND }.press(&mut limit, &mut now, 4, Duration::from_secs(10));
        assert_eq!(limit.value(), before);
    }

    #[test]
    fn one_that_hangs_does_not_decide() {
        let mut now = Instant::now();
        let mut limit = Limit::between(16, 1024, now);
        let before = limit.value();
        for turn in 0..100 {
            now += MILLISECOND * 2;
            let took = if turn == 50 { Duration::from_secs(3600) } else { MILLISECOND };
            limit.ended(now, took, MILLISECOND, before);
        }
        assert!(limit.value() >= before, "{}", limit.value());
    }

    proptest! {
        #[test]
        fn it_stays_within_its_bounds(
            least in 0usize..64,
            most in 0usize..2048,
            times in prop::collection::vec((0u64..10_000, 0u64..1_000, 0usize..4096), 0..300),
        ) {
            let mut now = Instant::now();
            let mut limit = Limit::between(least, most, now);
            for (took, usual, under_way) in times {
                now += Duration::from_millis(15);
                limit.ended(now, Duration::from_micros(took * 100), Duration::from_micros(usual * 100), under_way);
                prop_assert!((least.min(most)..=most).contains(&limit.value()));
            }
        }
    }
}
