//! VROOM's stand-in: `POST /` in solve and in plan mode, `GET /health`. It plans by cheapest insertion, times by the
//! matrix it is given, and like the real one gives no reason for what it leaves over.

use axum::{
    Json, Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

const MOST_LOCATIONS: usize = 1_000;
const MOST_VEHICLES: usize = 200;

pub(super) fn routes() -> Router {
    Router::new()
        .route("/", post(answer))
        .route("/health", get(async || StatusCode::OK))
        .layer(DefaultBodyLimit::max(64 << 20))
}

#[derive(Deserialize)]
struct Question {
    vehicles: Vec<Vehicle>,
    jobs: Vec<Job>,
    matrices: HashMap<String, Matrix>,
    #[serde(default)]
    options: Options,
}

#[derive(Deserialize)]
struct Vehicle {
    id: u64,
    profile: String,
    start_index: usize,
    end_index: Option<usize>,
    capacity: Vec<i64>,
    time_window: [i64; 2],
    #[serde(default)]
    skills: Vec<u64>,
    #[serde(default)]
    steps: Vec<GivenStep>,
}

#[derive(Deserialize)]
struct GivenStep {
    #[serde(rename = "type")]
    kind: String,
    id: Option<u64>,
}

#[derive(Deserialize)]
struct Job {
    id: u64,
    location_index: usize,
    service: i64,
    delivery: Vec<i64>,
    pickup: Vec<i64>,
    #[serde(default)]
    skills: Vec<u64>,
    time_windows: Vec<[i64; 2]>,
}

#[derive(Deserialize)]
struct Matrix {
    durations: Vec<Vec<i64>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Options {
    c: bool,
}

async fn answer(Json(question): Json<Question>) -> Response {
    if question.jobs.len() > MOST_LOCATIONS || question.vehicles.len() > MOST_VEHICLES {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, 4, "Too many locations or vehicles.");
    }
    let Some(matrix) = question.vehicles.first().and_then(|vehicle| question.matrices.get(&vehicle.profile)) else {
        return refuse(StatusCode::BAD_REQUEST, 2, "Missing matrix.");
    };
    let routes = if question.options.c { given(&question) } else { solved(&question, matrix) };
    let driven = routes.iter().filter(|(_, jobs)| !jobs.is_empty());
    let shown: Vec<Value> = driven.map(|(vehicle, jobs)| show(vehicle, jobs, matrix, question.options.c)).collect();
    let assigned: Vec<u64> = routes.iter().flat_map(|(_, jobs)| jobs.iter().map(|job| job.id)).collect();
    let left = question.jobs.iter().filter(|job| !assigned.contains(&job.id));
    let unassigned: Vec<Value> = left.map(|job| json!({"id": job.id, "type": "job"})).collect();
    let summary = json!({"cost": 0, "routes": shown.len(), "unassigned": unassigned.len()});
    Json(json!({"code": 0, "summary": summary, "unassigned": unassigned, "routes": shown})).into_response()
}

fn refuse(status: StatusCode, code: i64, error: &str) -> Response {
    (status, Json(json!({"code": code, "error": error}))).into_response()
}

type Driven<'a> = (&'a Vehicle, Vec<&'a Job>);

fn given(question: &Question) -> Vec<Driven<'_>> {
    let job = |step: &GivenStep| question.jobs.iter().find(|job| step.kind == "job" && Some(job.id) == step.id);
    question.vehicles.iter().map(|vehicle| (vehicle, vehicle.steps.iter().filter_map(job).collect())).collect()
}

fn solved<'a>(question: &'a Question, matrix: &Matrix) -> Vec<Driven<'a>> {
    let mut routes: Vec<Driven<'a>> = question.vehicles.iter().map(|vehicle| (vehicle, Vec::new())).collect();
    let mut jobs: Vec<&Job> = question.jobs.iter().collect();
    jobs.sort_by_key(|job| job.time_windows[0][1]);
    for job in jobs {
        let offers = routes.iter().enumerate().filter_map(|(route, (vehicle, driven))| {
            let tries = (0..=driven.len()).filter_map(|at| {
                let mut tried = driven.clone();
                tried.insert(at, job);
                Some((finished(vehicle, &tried, matrix)? - finished(vehicle, driven, matrix)?, at))
            });
            tries.min().map(|(cost, at)| (cost, route, at))
        });
        if let Some((_, route, at)) = offers.min() {
            routes[route].1.insert(at, job);
        }
    }
    routes
}

/// How long the route drives, if it keeps its windows, its vehicle's shift, capacity and skills.
fn finished(vehicle: &Vehicle, jobs: &[&Job], matrix: &Matrix) -> Option<i64> {
    let weight: i64 = jobs.iter().map(|job| job.delivery[0] + job.pickup[0]).sum();
    let able = jobs.iter().all(|job| job.skills.iter().all(|skill| vehicle.skills.contains(skill)));
    let (mut now, mut place, mut driving) = (vehicle.time_window[0], vehicle.start_index, 0);
    for job in jobs {
        let leg = matrix.durations[place][job.location_index];
        now = (now + leg).max(job.time_windows[0][0]);
        if now > job.time_windows[0][1] {
            return None;
        }
        (now, place, driving) = (now + job.service, job.location_index, driving + leg);
    }
    let home = vehicle.end_index.map_or(0, |end| matrix.durations[place][end]);
    (able && weight <= vehicle.capacity[0] && now + home <= vehicle.time_window[1]).then_some(driving + home)
}

fn show(vehicle: &Vehicle, jobs: &[&Job], matrix: &Matrix, plan_mode: bool) -> Value {
    let (mut now, mut place) = (vehicle.time_window[0], vehicle.start_index);
    let mut load: i64 = jobs.iter().map(|job| job.delivery[0]).sum();
    let mut steps = vec![json!({"type": "start", "arrival": now, "duration": 0, "load": [load]})];
    for job in jobs {
        let arrival = now + matrix.durations[place][job.location_index];
        let waiting = (job.time_windows[0][0] - arrival).max(0);
        let violations = if plan_mode { violations(vehicle, job, arrival, load) } else { Vec::new() };
        load += job.pickup[0] - job.delivery[0];
        steps.push(json!({
            "type": "job", "id": job.id, "arrival": arrival, "setup": 0, "service": job.service,
            "waiting_time": waiting, "load": [load], "violations": violations,
        }));
        (now, place) = (arrival + waiting + job.service, job.location_index);
    }
    if let Some(end) = vehicle.end_index {
        steps.push(json!({"type": "end", "arrival": now + matrix.durations[place][end], "load": [load]}));
    }
    json!({"vehicle": vehicle.id, "steps": steps})
}

fn violations(vehicle: &Vehicle, job: &Job, arrival: i64, load: i64) -> Vec<Value> {
    let delay = arrival - job.time_windows[0][1];
    let mut found = Vec::new();
    if delay > 0 {
        found.push(json!({"cause": "delay", "duration": delay}));
    }
    if load > vehicle.capacity[0] {
        found.push(json!({"cause": "load"}));
    }
    if !job.skills.iter().all(|skill| vehicle.skills.contains(skill)) {
        found.push(json!({"cause": "skills"}));
    }
    found
}
