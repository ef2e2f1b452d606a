//! From sequences to times: what a plan says about each stop, and whether it can be driven at all.
//! Every solver's answer passes here, so a plan that is shown is one that holds.

use super::{
    Plan, PlanJob, PlanProblem, PlanVehicle, PlannedRoute, PlannedStop, Unassigned, UnassignedReason, travel::Travel,
};
use jiff::Timestamp;

/// One vehicle's jobs in driving order, both by their place in the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tour {
    pub vehicle: usize,
    pub jobs: Vec<usize>,
}

/// The plan these tours come to. A tour that cannot be driven is left out, and its jobs are unassigned.
pub fn plan(problem: &PlanProblem, travel: &Travel, tours: &[Tour]) -> Plan {
    let mut assigned = vec![false; problem.jobs.len()];
    let mut routes = Vec::new();
    for tour in tours.iter().filter(|tour| !tour.jobs.is_empty()) {
        if let Some(route) = route(problem, travel, tour) {
            tour.jobs.iter().for_each(|job| assigned[*job] = true);
            routes.push(route);
        }
    }
    let left = problem.jobs.iter().enumerate().filter(|(index, _)| !assigned[*index]);
    Plan {
        unassigned: left.map(|(index, job)| unassigned(problem, travel, index, job)).collect(),
        distance_metres: routes.iter().map(|route| route.distance_metres).sum(),
        routes,
    }
}

/// Fewer jobs left over, then fewer vehicles, then fewer metres.
pub fn rank(plan: &Plan) -> (usize, usize, u64) {
    (plan.unassigned.len(), plan.routes.len(), plan.distance_metres)
}

fn route(problem: &PlanProblem, travel: &Travel, tour: &Tour) -> Option<PlannedRoute> {
    let vehicle = &problem.vehicles[tour.vehicle];
    let (opens, closes) = (vehicle.shift.from.as_second(), vehicle.shift.until.as_second());
    let first = tour.jobs[0];
    // No earlier than needed: waiting is done at the depot.
    let leaves = opens.max(problem.jobs[first].window.from.as_second() - travel.seconds(0, first + 1));
    let (mut now, mut place, mut metres, mut stops) = (leaves, 0, 0, Vec::new());
    for &index in &tour.jobs {
        let job = &problem.jobs[index];
        let arrival = now + travel.seconds(place, index + 1);
        let begins = arrival.max(job.window.from.as_second());
        if begins > job.window.until.as_second() || !job.skills.is_subset(&vehicle.skills) {
            return None;
        }
        metres += travel.metres(place, index + 1);
        (now, place) = (begins + i64::from(job.service_seconds), index + 1);
        stops.push(PlannedStop { job: job.id.clone(), arrival: instant(arrival)?, departure: instant(now)? });
    }
    let back = now + travel.seconds(place, 0);
    metres += travel.metres(place, 0);
    let holds = back <= closes && most_loaded(problem, tour) <= vehicle.capacity_grams;
    let (leaves_at, back_at) = (instant(leaves)?, instant(back)?);
    holds.then(|| PlannedRoute {
        vehicle: vehicle.id.clone(),
        leaves_at,
        back_at,
        distance_metres: metres.unsigned_abs(),
        stops,
    })
}

/// What is delivered is aboard from the depot on, what is collected stays until the end.
fn most_loaded(problem: &PlanProblem, tour: &Tour) -> u64 {
    let jobs = || tour.jobs.iter().map(|index| &problem.jobs[*index]);
    let mut load: u64 = jobs().filter(|job| !job.pickup).map(|job| job.weight_grams).sum();
    let mut most = load;
    for job in jobs() {
        load = if job.pickup { load + job.weight_grams } else { load - job.weight_grams };
        most = most.max(load);
    }
    most
}

fn unassigned(problem: &PlanProblem, travel: &Travel, index: usize, job: &PlanJob) -> Unassigned {
    let able = || problem.vehicles.iter().filter(|vehicle| job.skills.is_subset(&vehicle.skills));
    let roomy = || able().filter(|vehicle| vehicle.capacity_grams >= job.weight_grams);
    let (reason, detail) = if able().next().is_none() {
        (UnassignedReason::Skills, "No vehicle has the skills it asks for.")
    } else if roomy().next().is_none() {
        (UnassignedReason::Capacity, "No vehicle can carry its weight.")
    } else if !roomy().any(|vehicle| gets_there_alone(travel, index, job, vehicle)) {
        (UnassignedReason::Time, "No vehicle gets there in its window and back in its shift.")
    } else {
        (UnassignedReason::NoVehicleLeft, "The vehicles that could serve it are used up.")
    };
    Unassigned { job: job.id.clone(), reason, detail: detail.to_owned() }
}

fn gets_there_alone(travel: &Travel, index: usize, job: &PlanJob, vehicle: &PlanVehicle) -> bool {
    let arrival = vehicle.shift.from.as_second() + travel.seconds(0, index + 1);
    let begins = arrival.max(job.window.from.as_second());
    let back = begins + i64::from(job.service_seconds) + travel.seconds(index + 1, 0);
    begins <= job.window.until.as_second() && back <= vehicle.shift.until.as_second()
}

fn instant(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}
