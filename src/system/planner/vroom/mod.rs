//! VROOM behind vroom-express: solve mode for plans, plan mode for the times of a fixed sequence.
//! Its ids and skills are integers, so both are mapped; its times are counted from the first shift's beginning.

mod wire;

use super::{
    Plan, PlanProblem, Planner, Projected, Sequence, Violation,
    schedule::{self, Tour},
    travel::Travel,
};
use crate::system::{
    caller::Caller,
    errand::Errand,
    figures::ConnectorState,
    http::{Outbound, Reply, Request},
    settings::PlannerSettings,
    trouble::Trouble,
};
use async_trait::async_trait;
use jiff::Timestamp;
use wire::{Answer, Question, Step};

const NAME: &str = "planner";

pub struct Vroom {
    outbound: Outbound,
    metres_per_second: f64,
}

impl Vroom {
    pub fn open(settings: &PlannerSettings, caller: Caller) -> Result<Self, String> {
        let url = settings.url.as_deref().ok_or("planner: vroom needs a url")?;
        let outbound = Outbound::open(NAME, url, &settings.limits, caller)?;
        Ok(Self { outbound, metres_per_second: settings.metres_per_second })
    }

    async fn ask(&self, errand: &Errand, question: &Question) -> Result<Answer, Trouble> {
        // Solving twice does no harm.
        match self.outbound.send::<Answer>(errand, Request::post(&[]).repeatable().json(question)).await? {
            Reply::Good(answer) if answer.code == 0 => Ok(answer),
            Reply::Good(answer) => Err(Trouble::wrong_shape(NAME, format!("200 with code {}", answer.code))),
            Reply::Declined { status: 413, .. } => {
                let detail = "The problem has more places or vehicles than the planner takes.";
                Err(Trouble::refused(NAME, "problem_too_large", detail, "413"))
            }
            Reply::Declined { body, .. } => {
                let detail = "The planner cannot read the problem.";
                Err(Trouble::refused(NAME, "problem_malformed", detail, String::from_utf8_lossy(&body)))
            }
        }
    }
}

#[async_trait]
impl Planner for Vroom {
    /// VROOM's times are its own router's; with a matrix of ours they are ours, and the plan is held against it.
    async fn solve(&self, errand: &Errand, problem: &PlanProblem) -> Result<Plan, Trouble> {
        let malformed = |why: String| Trouble::refused(NAME, "problem_malformed", why, "");
        let travel = Travel::of(problem, self.metres_per_second).map_err(malformed)?;
        let answer = self.ask(errand, &Question::solve(problem, &travel)).await?;
        let tours = tours(problem, &answer).ok_or_else(|| Trouble::wrong_shape(NAME, "an id we did not give"))?;
        Ok(schedule::plan(problem, &travel, &tours))
    }

    async fn evaluate(&self, errand: &Errand, sequence: &Sequence) -> Result<Vec<Projected>, Trouble> {
        let question = Question::evaluate(sequence, self.metres_per_second);
        let answer = self.ask(errand, &question).await?;
        let steps = answer.routes.into_iter().flat_map(|route| route.steps);
        let steps: Vec<Step> = steps.filter(|step| step.is_stop()).collect();
        if steps.len() != sequence.stops.len() {
            return Err(Trouble::wrong_shape(NAME, "not every stop of the sequence was timed"));
        }
        let base = question.base();
        let projected = steps.into_iter().map(|step| projected(sequence, &step, base));
        projected.collect::<Option<_>>().ok_or_else(|| Trouble::wrong_shape(NAME, "an id we did not give"))
    }

    fn state(&self) -> ConnectorState {
        self.outbound.state()
    }
}

/// None if the answer names what we did not ask about, or one thing twice.
fn tours(problem: &PlanProblem, answer: &Answer) -> Option<Vec<Tour>> {
    let (mut seen, mut tours) = (vec![false; problem.jobs.len()], Vec::new());
    for route in &answer.routes {
        let vehicle = index(route.vehicle).filter(|vehicle| *vehicle < problem.vehicles.len())?;
        let mut jobs = Vec::new();
        for step in route.steps.iter().filter(|step| step.is_stop()) {
            let job = index(step.id?)?;
            if std::mem::replace(seen.get_mut(job)?, true) {
                return None;
            }
            jobs.push(job);
        }
        tours.push(Tour { vehicle, jobs });
    }
    Some(tours)
}

fn projected(sequence: &Sequence, step: &Step, base: i64) -> Option<Projected> {
    let job = sequence.stops.get(index(step.id?)?)?;
    let at = |second: i64| Timestamp::from_second(base.checked_add(second)?).ok();
    let begins = step.arrival.checked_add(step.waiting_time)?;
    Some(Projected {
        job: job.id.clone(),
        arrival: at(step.arrival)?,
        departure: at(begins.checked_add(step.setup)?.checked_add(step.service)?)?,
        violations: step.violations.iter().filter_map(violation).collect(),
    })
}

fn violation(found: &wire::Found) -> Option<Violation> {
    let seconds = found.duration.unwrap_or_default().unsigned_abs();
    match found.cause.as_str() {
        "delay" => Some(Violation::Late { seconds }),
        "lead_time" => Some(Violation::Early { seconds }),
        "load" => Some(Violation::Load),
        "skills" => Some(Violation::Skills),
        _ => None,
    }
}

/// Ids are places in the problem, counted from 1: some of VROOM's readers take 0 for none.
fn index(id: u64) -> Option<usize> {
    usize::try_from(id.checked_sub(1)?).ok()
}
