//! The embedded planner: `vrp-pragmatic` in a bounded number of blocking threads of its own.
//! It is random and may panic, so it starts from a plan that holds, and a better one is taken only if it holds as well.

use super::{
    Plan, PlanProblem, Planner, Projected, Sequence, insertion::insert_all, pragmatic, projection::project, schedule,
    travel::Travel,
};
use crate::system::{
    caller::Caller,
    errand::Errand,
    figures::ConnectorState,
    guard::{Guard, Repeatable},
    settings::PlannerSettings,
    trouble::Trouble,
};
use async_trait::async_trait;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

const NAME: &str = "planner";
/// Of small problems several plans are made, and the best is kept: with windows, starting anew helps more than time.
const SMALL: usize = 150;
const RESTARTS: u32 = 3;
/// What is kept back from the deadline for putting the plan together.
const RESERVE: Duration = Duration::from_millis(300);

pub struct Embedded {
    guard: Guard,
    /// Outlives a caller who left: the thread keeps its seat until it has stopped.
    seats: Arc<Semaphore>,
    metres_per_second: f64,
    thinking: Duration,
}

impl Embedded {
    pub fn open(settings: &PlannerSettings, caller: Caller) -> Result<Self, String> {
        if settings.metres_per_second.is_nan() || settings.metres_per_second <= 0.0 {
            return Err("planner: metres_per_second must be above zero".to_owned());
        }
        Ok(Self {
            guard: Guard::new(NAME, &settings.limits, caller),
            seats: Arc::new(Semaphore::new(settings.limits.calls_at_once)),
            metres_per_second: settings.metres_per_second,
            thinking: Duration::from_secs(settings.thinking_seconds.into()),
        })
    }

    async fn think(&self, problem: Arc<PlanProblem>, travel: Arc<Travel>, thinking: Duration) -> Result<Plan, Trouble> {
        let seat = self.seats.clone().acquire_owned().await;
        let seat = seat.map_err(|_| Trouble::away(NAME, Duration::ZERO, "no seat"))?;
        let until_left = UntilLeft::default();
        let left = until_left.0.clone();
        let thought = tokio::task::spawn_blocking(move || {
            let _seat = seat;
            best_plan(&problem, &travel, thinking, &left)
        });
        let plan = thought.await.map_err(|error| Trouble::away(NAME, Duration::ZERO, error.to_string()));
        drop(until_left);
        plan
    }
}

#[async_trait]
impl Planner for Embedded {
    async fn solve(&self, errand: &Errand, problem: &PlanProblem) -> Result<Plan, Trouble> {
        let travel = Travel::of(problem, self.metres_per_second);
        let travel = Arc::new(travel.map_err(|why| Trouble::refused(NAME, "problem_malformed", why, ""))?);
        let problem = Arc::new(problem.clone());
        let asked = problem.thinking_seconds.map_or(self.thinking, |seconds| Duration::from_secs(seconds.into()));
        let attempt = || {
            let thinking = asked.min(errand.remaining().saturating_sub(RESERVE));
            self.think(problem.clone(), travel.clone(), thinking)
        };
        self.guard.run(errand, Repeatable::No, attempt).await
    }

    async fn evaluate(&self, _errand: &Errand, sequence: &Sequence) -> Result<Vec<Projected>, Trouble> {
        Ok(project(sequence, self.metres_per_second))
    }

    fn state(&self) -> ConnectorState {
        self.guard.state()
    }
}

/// Tells the thread that nobody waits any more.
#[derive(Default)]
struct UntilLeft(Arc<AtomicBool>);

impl Drop for UntilLeft {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn best_plan(problem: &PlanProblem, travel: &Travel, thinking: Duration, left: &Arc<AtomicBool>) -> Plan {
    let began = Instant::now();
    let tours = insert_all(problem, travel);
    let first = schedule::plan(problem, travel, &tours);
    let restarts = if problem.jobs.len() <= SMALL { RESTARTS } else { 1 };
    let better = (1..=restarts).filter_map(|number| {
        let until = began + thinking * number / restarts;
        let solved = catch_unwind(AssertUnwindSafe(|| pragmatic::solve(problem, travel, &tours, until, left.clone())));
        match solved {
            Ok(Ok(tours)) => Some(schedule::plan(problem, travel, &tours)),
            Ok(Err(why)) => {
                tracing::warn!(why, "the solver found fault with the problem; the first plan stands");
                None
            }
            Err(_) => {
                tracing::error!("the solver panicked; the first plan stands");
                None
            }
        }
    });
    better.chain([first.clone()]).min_by_key(schedule::rank).unwrap_or(first)
}
