//! A problem in the words of `vrp-pragmatic`, its solver run until an instant, and its answer as tours.
//! The solver prints a line to standard output while it reads; a command whose output is data must not plan.

use super::{PlanProblem, PlanVehicle, schedule::Tour, travel::Travel};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use vrp_pragmatic::{
    core::{
        construction::heuristics::{InsertionContext, UnassignmentInfo},
        models::{
            Problem as Core, Solution,
            problem::{Job as CoreJob, JobIdDimension, Single, VehicleIdDimension},
            solution::{Activity, Place, Registry, Route, Tour as CoreTour},
        },
        prelude::*,
        rosomaxa::{
            evolution::TelemetryMode,
            utils::{DefaultRandom, Parallelism, Quota},
        },
    },
    format::{
        Location,
        problem::{
            Fleet, Job, JobPlace, JobSkills, JobTask, Matrix, MatrixProfile, Plan, PragmaticProblem, Problem, ShiftEnd,
            ShiftStart, VehicleCosts, VehicleProfile, VehicleShift, VehicleType,
        },
    },
};

const PROFILE: &str = "van";
const CPUS: usize = 2;
const MOST_GENERATIONS: usize = 3_000;
/// Above this many jobs only the given first plan starts the search; more of them would eat the time.
const LARGE: usize = 300;

/// Reached when the time is up or nobody waits any more.
struct Until {
    instant: Instant,
    left: Arc<AtomicBool>,
}

impl Quota for Until {
    fn is_reached(&self) -> bool {
        Instant::now() >= self.instant || self.left.load(Ordering::Relaxed)
    }
}

/// Better tours than the given ones, if there is time to find any.
pub fn solve(
    problem: &PlanProblem,
    travel: &Travel,
    first: &[Tour],
    until: Instant,
    left: Arc<AtomicBool>,
) -> Result<Vec<Tour>, String> {
    let core: Arc<Core> = Arc::new(
        (described(problem), Some(vec![matrix(travel)])).read_pragmatic().map_err(|errors| errors.to_string())?,
    );
    let random = Arc::new(DefaultRandom::default());
    let quota: Arc<dyn Quota> = Arc::new(Until { instant: until, left });
    let parallelism = Parallelism::new_with_cpus(CPUS);
    let environment = Arc::new(Environment::new(random, Some(quota), parallelism, Arc::new(|_| {}), false));
    let start = InsertionContext::new_from_solution(core.clone(), (begun(&core, first), None), environment.clone());
    let most_first_plans = (problem.jobs.len() > LARGE).then_some(1);
    let config = VrpConfigBuilder::new(core.clone())
        .set_environment(environment)
        .set_telemetry_mode(TelemetryMode::None)
        .prebuild()
        .and_then(|builder| {
            builder
                .with_init_solutions(vec![start], most_first_plans)
                .with_max_generations(Some(MOST_GENERATIONS))
                .build()
        })
        .map_err(|error| error.to_string())?;
    let solution = Solver::new(core, config).solve().map_err(|error| error.to_string())?;
    Ok(tours(&solution))
}

fn described(problem: &PlanProblem) -> Problem {
    let profile = MatrixProfile { name: PROFILE.to_owned(), speed: None };
    Problem {
        plan: Plan {
            jobs: (0..problem.jobs.len()).map(|index| job(problem, index)).collect(),
            relations: None,
            clustering: None,
        },
        fleet: Fleet { vehicles: vehicle_types(problem), profiles: vec![profile], resources: None },
        objectives: None,
    }
}

fn job(problem: &PlanProblem, index: usize) -> Job {
    let job = &problem.jobs[index];
    let place = JobPlace {
        location: Location::Reference { index: index + 1 },
        duration: f64::from(job.service_seconds),
        times: Some(vec![vec![written(job.window.from), written(job.window.until)]]),
        tag: None,
    };
    let task = JobTask { places: vec![place], demand: Some(vec![weight(job.weight_grams)]), order: None };
    let (pickups, deliveries) = if job.pickup { (Some(vec![task]), None) } else { (None, Some(vec![task])) };
    let skills = (!job.skills.is_empty()).then(|| JobSkills {
        all_of: Some(job.skills.iter().cloned().collect()),
        one_of: None,
        none_of: None,
    });
    Job {
        id: format!("j{index}"),
        pickups,
        deliveries,
        replacements: None,
        services: None,
        skills,
        value: None,
        group: None,
        compatibility: None,
    }
}

/// Vehicles that are alike are one type: the solver looks at types, and a fleet has few of them.
fn vehicle_types(problem: &PlanProblem) -> Vec<VehicleType> {
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, vehicle) in problem.vehicles.iter().enumerate() {
        let kind = (vehicle.capacity_grams, &vehicle.skills, vehicle.shift.from, vehicle.shift.until);
        alike.entry(kind).or_default().push(index);
    }
    alike.into_values().map(|members| vehicle_type(&problem.vehicles[members[0]], &members)).collect()
}

fn vehicle_type(vehicle: &PlanVehicle, members: &[usize]) -> VehicleType {
    let depot = || Location::Reference { index: 0 };
    VehicleType {
        type_id: format!("t{}", members[0]),
        vehicle_ids: members.iter().map(|index| format!("v{index}")).collect(),
        profile: VehicleProfile { matrix: PROFILE.to_owned(), scale: None },
        costs: VehicleCosts { fixed: Some(50.0), distance: 1.0, time: 0.0001 },
        shifts: vec![VehicleShift {
            start: ShiftStart { earliest: written(vehicle.shift.from), latest: None, location: depot() },
            end: Some(ShiftEnd { earliest: None, latest: written(vehicle.shift.until), location: depot() }),
            breaks: None,
            reloads: None,
            recharges: None,
        }],
        capacity: vec![weight(vehicle.capacity_grams)],
        skills: (!vehicle.skills.is_empty()).then(|| vehicle.skills.iter().cloned().collect()),
        limits: None,
    }
}

fn matrix(travel: &Travel) -> Matrix {
    let (seconds, metres) = travel.rows();
    Matrix {
        profile: Some(PROFILE.to_owned()),
        timestamp: None,
        travel_times: seconds.to_vec(),
        distances: metres.to_vec(),
        error_codes: None,
    }
}

/// The first plan as the solver's own solution.
fn begun(core: &Arc<Core>, first: &[Tour]) -> Solution {
    let mut registry = Registry::new(&core.fleet, Arc::new(DefaultRandom::default()));
    let actors: HashMap<usize, _> =
        registry.all().filter_map(|actor| Some((numbered(actor.vehicle.dimens.get_vehicle_id()?)?, actor))).collect();
    let mut jobs: HashMap<usize, CoreJob> =
        core.jobs.all().iter().filter_map(|job| Some((numbered(job.dimens().get_job_id()?)?, job.clone()))).collect();
    let mut routes = Vec::new();
    for tour in first {
        let Some(actor) = actors.get(&tour.vehicle) else { continue };
        registry.use_actor(actor);
        let mut driven = CoreTour::new(actor);
        for job in &tour.jobs {
            if let Some(activity) = jobs.remove(job).as_ref().and_then(CoreJob::as_single).and_then(activity) {
                driven.insert_last(activity);
            }
        }
        routes.push(Route { actor: actor.clone(), tour: driven });
    }
    let unassigned = jobs.into_values().map(|job| (job, UnassignmentInfo::Unknown)).collect();
    Solution { cost: 0.0, registry, routes, unassigned, telemetry: None }
}

fn activity(single: &Arc<Single>) -> Option<Activity> {
    let place = single.places.first()?;
    let time = place.times.first()?.to_time_window(0.0);
    let mut activity = Activity::new_with_job(single.clone());
    activity.place = Place { idx: 0, location: place.location?, duration: place.duration, time };
    Some(activity)
}

fn tours(solution: &Solution) -> Vec<Tour> {
    let job = |activity: &Activity| numbered(activity.job.as_ref()?.dimens.get_job_id()?);
    let tour = |route: &Route| {
        let vehicle = numbered(route.actor.vehicle.dimens.get_vehicle_id()?)?;
        Some(Tour { vehicle, jobs: route.tour.all_activities().filter_map(job).collect() })
    };
    solution.routes.iter().filter_map(tour).collect()
}

/// The number behind `j` or `v`.
fn numbered(id: &str) -> Option<usize> {
    id.get(1..)?.parse().ok()
}

fn written(instant: Timestamp) -> String {
    format!("{instant:.0}")
}

/// Grams as the solver counts them; more than two thousand tonnes is as good as no limit.
fn weight(grams: u64) -> i32 {
    i32::try_from(grams).unwrap_or(i32::MAX)
}
