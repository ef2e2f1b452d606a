//! The guard around every connector: deadline → bulkhead → breaker → attempt → retry, with its figures.
//! Knows nothing of HTTP: the proof store, the mail server and the embedded planner stand behind it as well.

use super::{
    breaker::{Breaker, Pass},
    budget::Budget,
    bulkhead::Bulkhead,
    caller::Caller,
    errand::Errand,
    figures::{ConnectorState, Figures},
    retry::{MOST_ATTEMPTS, pause_before},
    settings::Limits,
    trouble::{Trouble, TroubleKind},
};
use crate::overload::elsewhere;
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// A caller who left less time than this learns nothing about the system by missing it.
const FAIR_TIME: Duration = Duration::from_millis(50);
/// What callers hear who found no place.
const FULL_RETRY_AFTER: Duration = Duration::from_secs(1);

pub struct Guard {
    name: &'static str,
    timeout: Duration,
    breaker: Breaker,
    bulkhead: Bulkhead,
    budget: Budget,
    figures: Figures,
}

/// Whether doing it twice is the same as doing it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeatable {
    Yes,
    No,
}

impl Guard {
    pub fn new(name: &'static str, limits: &Limits, caller: Caller) -> Self {
        Self {
            name,
            timeout: Duration::from_millis(limits.timeout_ms),
            breaker: Breaker::default(),
            bulkhead: Bulkhead::of(limits.calls_at_once),
            budget: Budget::default(),
            figures: Figures::new(name, caller),
        }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn now(&self) -> Timestamp {
        self.figures.now()
    }

    /// Makes the call, as often as it is allowed to and no longer than there is time.
    pub async fn run<T, F>(
        &self,
        errand: &Errand,
        repeatable: Repeatable,
        mut attempt: impl FnMut() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        let began = Instant::now();
        let outcome = elsewhere(self.within_bulkhead(errand, repeatable, &mut attempt)).await;
        self.figures.called(began.elapsed(), outcome.as_ref().err());
        self.figures.breaker(self.breaker.state());
        outcome
    }

    pub fn state(&self) -> ConnectorState {
        self.figures.state(&self.breaker, &self.bulkhead)
    }

    async fn within_bulkhead<T, F>(
        &self,
        errand: &Errand,
        repeatable: Repeatable,
        attempt: &mut impl FnMut() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        if let Some(left) = self.breaker.remaining_penalty() {
            return Err(self.kept_away(left));
        }
        let Ok(_place) = self.bulkhead.enter(errand.remaining()).await else {
            return Err(match errand.remaining().is_zero() {
                true => Trouble::new(self.name, TroubleKind::Deadline, "no place before the deadline"),
                false => Trouble::away(self.name, FULL_RETRY_AFTER, "the bulkhead is full"),
            });
        };
        self.budget.earn();
        self.with_retries(errand, repeatable, attempt).await
    }

    async fn with_retries<T, F>(
        &self,
        errand: &Errand,
        repeatable: Repeatable,
        attempt: &mut impl FnMut() -> F,
    ) -> Result<T, Trouble>
    where
        F: Future<Output = Result<T, Trouble>>,
    {
        for number in 1..MOST_ATTEMPTS {
            let trouble = match self.once(errand, attempt()).await {
                Err(trouble) if repeatable == Repeatable::Yes => trouble,
                outcome => return outcome,
            };
            let Some(pause) = pause_before(number, &trouble, errand.remaining()) else { return Err(trouble) };
            if self.breaker.remaining_penalty().is_some() || !self.budget.spend() {
                return Err(trouble);
            }
            self.figures.retried();
            sleep(pause).await;
        }
        self.once(errand, attempt()).await
    }

    async fn once<T>(&self, errand: &Errand, call: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        let began = Instant::now();
        if errand.remaining().is_zero() {
            return Err(Trouble::new(self.name, TroubleKind::Deadline, "the deadline had passed before the call"));
        }
        let pass = self.breaker.admit().map_err(|left| self.kept_away(left))?;
        let until = errand.deadline.min(began + self.timeout);
        let outcome = timeout_at(until, call)
            .await
            .unwrap_or_else(|_| Err(Trouble::new(self.name, TroubleKind::Deadline, "no answer before the deadline")));
        judge(pass, outcome.as_ref().err(), until - began);
        outcome
    }

    fn kept_away(&self, left: Duration) -> Trouble {
        Trouble::away(self.name, left, "the breaker is open")
    }
}

fn judge(pass: Pass<'_>, trouble: Option<&Trouble>, given: Duration) {
    match trouble {
        Some(trouble) if trouble.kind == TroubleKind::Deadline && given < FAIR_TIME => {}
        Some(trouble) if trouble.is_failure() => pass.failed(),
        _ => pass.succeeded(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{clock::Clock, system::By};
    use std::cell::Cell;

    fn guard(places: usize) -> Guard {
        let limits = Limits { calls_at_once: places, timeout_ms: 5_000, ..Limits::default() };
        Guard::new("erp", &limits, By::Api.at(Clock::System))
    }

    fn errand(seconds: u64) -> Errand {
        Errand::within(Duration::from_secs(seconds), "correlation", "")
    }

    async fn reset(calls: &Cell<u32>) -> Result<(), Trouble> {
        calls.set(calls.get() + 1);
        Err(Trouble::away("erp", Duration::ZERO, "reset"))
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_be_repeated_is_and_three_times_at_most() {
        let (guard, calls) = (guard(4), Cell::new(0));
        guard.run(&errand(9), Repeatable::No, || reset(&calls)).await.expect_err("away");
        assert_eq!(calls.take(), 1);
        guard.run(&errand(9), Repeatable::Yes, || reset(&calls)).await.expect_err("away");
        assert_eq!(calls.take(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn after_five_failures_nobody_is_called_and_the_caller_hears_when_to_return() {
        let (guard, calls) = (guard(4), Cell::new(0));
        for _ in 0..5 {
            guard.run(&errand(9), Repeatable::No, || reset(&calls)).await.expect_err("away");
        }
        let (before, trouble) =
            (Instant::now(), guard.run(&errand(9), Repeatable::Yes, || reset(&calls)).await.expect_err("open"));
        assert_eq!((calls.get(), before.elapsed()), (5, Duration::ZERO));
        assert!(trouble.retry_after().is_some_and(|wait| !wait.is_zero()), "{trouble}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_ends_at_the_deadline_even_while_it_would_be_retried() {
        let guard = guard(4);
        let before = Instant::now();
        let hung = guard.run(&errand(2), Repeatable::Yes, std::future::pending::<Result<(), Trouble>>).await;
        assert_eq!(hung.expect_err("hung").kind, TroubleKind::Deadline);
        assert_eq!(before.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_an_answer_and_never_opens_the_breaker() {
        let guard = guard(4);
        for _ in 0..50 {
            let no = || async { Err::<(), _>(Trouble::refused("erp", "no", "No.", "")) };
            guard.run(&errand(9), Repeatable::Yes, no).await.expect_err("refused");
        }
        guard.run(&errand(9), Repeatable::No, || async { Ok(()) }).await.expect("still closed");
    }
}
