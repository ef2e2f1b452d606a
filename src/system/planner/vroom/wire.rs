//! VROOM's own JSON, as far as we write and read it.

use super::super::{PlanJob, PlanProblem, PlanVehicle, Sequence, travel::Travel, travel::whole};
use crate::domain::{place::Position, time::Window};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

const PROFILE: &str = "car";

#[derive(Debug, Serialize)]
pub struct Question {
    vehicles: Vec<VehicleWire>,
    jobs: Vec<JobWire>,
    matrices: BTreeMap<&'static str, MatrixWire>,
    options: Options,
    #[serde(skip)]
    base: i64,
}

#[derive(Debug, Serialize)]
struct VehicleWire {
    id: u64,
    profile: &'static str,
    start_index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_index: Option<usize>,
    capacity: [u64; 1],
    time_window: [i64; 2],
    skills: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepWire>,
}

#[derive(Debug, Serialize)]
struct StepWire {
    #[serde(rename = "type")]
    kind: &'static str,
    id: u64,
}

#[derive(Debug, Serialize)]
struct JobWire {
    id: u64,
    /// Longitude before latitude.
    location: [f64; 2],
    location_index: usize,
    service: u32,
    delivery: [u64; 1],
    pickup: [u64; 1],
    skills: Vec<u64>,
    time_windows: [[i64; 2]; 1],
    description: String,
}

#[derive(Debug, Serialize)]
struct MatrixWire {
    durations: Vec<Vec<i64>>,
    distances: Vec<Vec<i64>>,
}

#[derive(Debug, Serialize)]
struct Options {
    g: bool,
    /// Plan mode: time the given steps.
    c: bool,
}

#[derive(Debug, Deserialize)]
pub struct Answer {
    pub code: i64,
    #[serde(default)]
    pub routes: Vec<RouteWire>,
}

#[derive(Debug, Deserialize)]
pub struct RouteWire {
    pub vehicle: u64,
    pub steps: Vec<Step>,
}

#[derive(Debug, Deserialize)]
pub struct Step {
    #[serde(rename = "type")]
    kind: String,
    pub id: Option<u64>,
    pub arrival: i64,
    #[serde(default)]
    pub setup: i64,
    #[serde(default)]
    pub service: i64,
    #[serde(default)]
    pub waiting_time: i64,
    #[serde(default)]
    pub violations: Vec<Found>,
}

#[derive(Debug, Deserialize)]
pub struct Found {
    pub cause: String,
    pub duration: Option<i64>,
}

impl Step {
    pub fn is_stop(&self) -> bool {
        self.kind == "job"
    }
}

impl Question {
    pub fn solve(problem: &PlanProblem, travel: &Travel) -> Self {
        let base = problem.vehicles.iter().map(|vehicle| vehicle.shift.from.as_second()).min().unwrap_or_default();
        let skills = Skills::of(&problem.jobs, &problem.vehicles);
        let vehicles = problem.vehicles.iter().zip(1..);
        let (seconds, metres) = travel.rows();
        let rows = |cells: &[i64]| cells.chunks(travel.places()).map(<[i64]>::to_vec).collect();
        Self {
            vehicles: vehicles.map(|(vehicle, id)| vehicle_wire(vehicle, id, base, &skills)).collect(),
            jobs: problem.jobs.iter().zip(1..).map(|(job, id)| job_wire(job, id, base, &skills)).collect(),
            matrices: BTreeMap::from([(PROFILE, MatrixWire { durations: rows(seconds), distances: rows(metres) })]),
            options: Options { g: false, c: false },
            base,
        }
    }

    pub fn evaluate(sequence: &Sequence, metres_per_second: f64) -> Self {
        let base = sequence.leaves_at.as_second().min(sequence.vehicle.shift.from.as_second());
        let skills = Skills::of(&sequence.stops, std::slice::from_ref(&sequence.vehicle));
        let stops = 1..=sequence.stops.len() as u64;
        let leaves = sequence.leaves_at.as_second() - base;
        let mut vehicle = vehicle_wire(&sequence.vehicle, 1, base, &skills);
        vehicle.time_window[0] = leaves;
        vehicle.time_window[1] = vehicle.time_window[1].max(leaves);
        vehicle.end_index = sequence.end.map(|_| sequence.stops.len() + 1);
        vehicle.steps = stops.map(|id| StepWire { kind: "job", id }).collect();
        Self {
            vehicles: vec![vehicle],
            jobs: sequence.stops.iter().zip(1..).map(|(job, id)| job_wire(job, id, base, &skills)).collect(),
            matrices: BTreeMap::from([(PROFILE, as_the_crow_flies(sequence, metres_per_second))]),
            options: Options { g: false, c: true },
            base,
        }
    }

    /// The instant its times are counted from.
    pub fn base(&self) -> i64 {
        self.base
    }
}

/// Skills by number.
struct Skills(BTreeMap<String, u64>);

impl Skills {
    fn of(jobs: &[PlanJob], vehicles: &[PlanVehicle]) -> Self {
        let named = jobs.iter().flat_map(|job| &job.skills).chain(vehicles.iter().flat_map(|vehicle| &vehicle.skills));
        let distinct: BTreeSet<&String> = named.collect();
        Self(distinct.into_iter().cloned().zip(1..).collect())
    }

    fn numbers(&self, names: &BTreeSet<String>) -> Vec<u64> {
        names.iter().filter_map(|name| self.0.get(name).copied()).collect()
    }
}

fn vehicle_wire(vehicle: &PlanVehicle, id: u64, base: i64, skills: &Skills) -> VehicleWire {
    VehicleWire {
        id,
        profile: PROFILE,
        start_index: 0,
        end_index: Some(0),
        capacity: [vehicle.capacity_grams],
        time_window: window(&vehicle.shift, base),
        skills: skills.numbers(&vehicle.skills),
        steps: Vec::new(),
    }
}

fn job_wire(job: &PlanJob, id: u64, base: i64, skills: &Skills) -> JobWire {
    let (delivery, pickup) = if job.pickup { (0, job.weight_grams) } else { (job.weight_grams, 0) };
    JobWire {
        id,
        location: [job.position.longitude, job.position.latitude],
        location_index: usize::try_from(id).expect("as many places as fit in memory"),
        service: job.service_seconds,
        delivery: [delivery],
        pickup: [pickup],
        skills: skills.numbers(&job.skills),
        time_windows: [window(&job.window, base)],
        description: job.id.clone(),
    }
}

/// VROOM knows no time before zero.
fn window(window: &Window, base: i64) -> [i64; 2] {
    [window.from, window.until].map(|instant| (instant.as_second() - base).max(0))
}

/// Start, stops, and the end if there is one.
fn as_the_crow_flies(sequence: &Sequence, metres_per_second: f64) -> MatrixWire {
    let stops = sequence.stops.iter().map(|job| job.position);
    let places: Vec<Position> = std::iter::once(sequence.start).chain(stops).chain(sequence.end).collect();
    let cells = |per: f64| -> Vec<Vec<i64>> {
        places.iter().map(|from| places.iter().map(|to| whole(from.metres_to(to) / per)).collect()).collect()
    };
    MatrixWire { durations: cells(metres_per_second), distances: cells(1.0) }
}
