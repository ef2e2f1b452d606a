//! A solver.

use super::{Plan, PlanProblem, Planner, Projected, Sequence};
use crate::{
    clock::Clock,
    system::{errand::Errand, figures::ConnectorState, guard::Guard, settings::PlannerSettings, trouble::Trouble},
};
use async_trait::async_trait;

pub struct Embedded {
    guard: Guard,
}

impl Embedded {
    pub fn open(settings: &PlannerSettings, clock: Clock) -> Result<Self, String> {
        Ok(Self { guard: Guard::new("planner", &settings.limits, clock) })
    }
}

#[async_trait]
impl Planner for Embedded {
    async fn solve(&self, _: &Errand, _: &PlanProblem) -> Result<Plan, Trouble> {
        todo!()
    }
    async fn evaluate(&self, _: &Errand, _: &Sequence) -> Result<Vec<Projected>, Trouble> {
        todo!()
    }
    fn state(&self) -> ConnectorState {
        self.guard.state()
    }
}
