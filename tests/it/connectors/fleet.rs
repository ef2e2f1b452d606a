//! Planning and positions.

use super::{World, errand, is_refused, position, window};
use haulgate::system::{
    planner::{Plan, PlanJob, PlanProblem, PlanVehicle, Sequence, TravelMatrix, UnassignedReason, Violation},
    settings::Solver,
    telematics::Fix,
};
use std::collections::{BTreeSet, HashSet};

fn vehicle(id: &str, capacity_grams: u64) -> PlanVehicle {
    PlanVehicle { id: id.into(), capacity_grams, skills: BTreeSet::new(), shift: window("07:00", "17:00") }
}

fn job(id: &str, north: f64) -> PlanJob {
    PlanJob {
        id: id.to_owned(),
        position: position(52.50 + north, 13.40),
        window: window("08:00", "16:00"),
        service_seconds: 300,
        weight_grams: 1_000,
        skills: BTreeSet::new(),
        pickup: false,
    }
}

/// Eight jobs that two vans can serve, and one each that is too heavy, needs a lift, or is too far for its window.
fn problem() -> PlanProblem {
    let mut jobs: Vec<_> = (0..8).map(|number| job(&format!("shp_{number}"), f64::from(number) * 0.01)).collect();
    jobs.push(PlanJob { weight_grams: 90_000, ..job("shp_heavy", 0.01) });
    jobs.push(PlanJob { skills: ["tail_lift".to_owned()].into(), ..job("shp_lift", 0.01) });
    jobs.push(PlanJob { window: window("07:00", "07:01"), ..job("shp_far", 2.0) });
    PlanProblem {
        depot: position(52.50, 13.40),
        vehicles: vec![vehicle("veh_1", 5_000), vehicle("veh_2", 5_000)],
        jobs,
        matrix: None,
        thinking_seconds: Some(1),
    }
}

fn holds(problem: &PlanProblem, plan: &Plan) {
    let mut seen = HashSet::new();
    for route in &plan.routes {
        let vehicle = problem.vehicles.iter().find(|vehicle| vehicle.id == route.vehicle).expect("one of ours");
        let jobs: Vec<_> = route.stops.iter().map(|stop| problem.jobs.iter().find(|job| job.id == stop.job)).collect();
        let weight: u64 = jobs.iter().flatten().map(|job| job.weight_grams).sum();
        assert!(jobs.iter().all(Option::is_some) && weight <= vehicle.capacity_grams);
        assert!(vehicle.shift.holds(route.leaves_at) && vehicle.shift.holds(route.back_at));
        for (stop, job) in route.stops.iter().zip(jobs.into_iter().flatten()) {
            assert!(seen.insert(&stop.job), "{} is served twice", stop.job);
            assert!(stop.arrival <= job.window.until && stop.arrival < stop.departure);
        }
    }
    assert_eq!(seen.len() + plan.unassigned.len(), problem.jobs.len());
}

async fn plan_with(solver: Solver) {
    let world = World::with(|settings| settings.planner.solver = solver).await;
    let problem = problem();
    let plan = world.connectors.planner.solve(&errand(), &problem).await.expect("planned");
    holds(&problem, &plan);
    let left: Vec<_> = plan.unassigned.iter().map(|left| (left.job.as_str(), left.reason)).collect();
    let expected = [
        ("shp_heavy", UnassignedReason::Capacity),
        ("shp_lift", UnassignedReason::Skills),
        ("shp_far", UnassignedReason::Time),
    ];
    assert_eq!(left, expected);
}

#[tokio::test]
async fn the_embedded_planner_serves_what_it_can_and_says_why_not_the_rest() {
    plan_with(Solver::Embedded).await;
}

#[tokio::test]
async fn vroom_gets_integers_and_we_get_our_ids_back() {
    plan_with(Solver::Vroom).await;
}

#[tokio::test]
async fn a_matrix_is_taken_as_it_is_and_refused_when_it_does_not_fit() {
    let world = World::open().await;
    let cells = 12 * 12;
    let matrix = TravelMatrix { seconds: vec![60; cells], metres: vec![500; cells] };
    let problem = PlanProblem { matrix: Some(matrix), ..problem() };
    let plan = world.connectors.planner.solve(&errand(), &problem).await.expect("planned");
    let legs: usize = plan.routes.iter().map(|route| route.stops.len() + 1).sum();
    assert_eq!(plan.distance_metres, legs as u64 * 500);
    let matrix = TravelMatrix { seconds: vec![60; 3], metres: vec![500; 3] };
    let problem = PlanProblem { matrix: Some(matrix), ..problem };
    let refused = world.connectors.planner.solve(&errand(), &problem).await.expect_err("too small");
    assert!(is_refused(&refused, "problem_malformed"));
}

#[tokio::test]
async fn both_planners_time_a_fixed_sequence_alike_and_name_what_it_violates() {
    let late = PlanJob { window: window("07:00", "07:30"), ..job("shp_2", 0.9) };
    let sequence = Sequence {
        start: position(52.50, 13.40),
        leaves_at: window("07:10", "08:00").from,
        vehicle: vehicle("veh_1", 1_500),
        end: None,
        stops: vec![job("shp_1", 0.01), late],
    };
    let mut answers = Vec::new();
    for solver in [Solver::Embedded, Solver::Vroom] {
        let world = World::with(|settings| settings.planner.solver = solver).await;
        answers.push(world.connectors.planner.evaluate(&errand(), &sequence).await.expect("timed"));
    }
    assert_eq!(answers[0], answers[1]);
    let [first, second] = &answers[0][..] else { panic!("two stops") };
    assert_eq!((first.job.as_str(), &first.violations[..]), ("shp_1", &[Violation::Load][..]));
    assert_eq!(first.departure, "2026-11-24T08:05:00Z".parse().expect("an instant"), "it waits for the window");
    assert!(matches!(second.violations[..], [Violation::Late { seconds }] if seconds > 7_000), "{second:?}");
}

#[tokio::test]
async fn positions_come_back_in_metres_per_second_and_unsound_ones_are_dropped() {
    let world = World::open().await;
    let telematics = &world.connectors.telematics;
    let fix = |device: &str| Fix {
        device: device.to_owned(),
        position: position(52.52, 13.405),
        at: "2026-11-24T09:00:00Z".parse().expect("an instant"),
        metres_per_second: 12.5,
        accuracy_metres: Some(5.0),
    };
    for device in ["van-1", "van-2", "van-3"] {
        world.telematics.add_device(device);
        telematics.push_position(&errand(), &fix(device)).await.expect("pushed");
    }
    world.telematics.spoil("van-2", false, false);
    world.telematics.spoil("van-3", true, true);
    let all = telematics.latest_positions(&errand(), &[]).await.expect("answered");
    assert_eq!(all.iter().map(|fix| fix.device.as_str()).collect::<Vec<_>>(), ["van-1"]);
    assert!((all[0].metres_per_second - 12.5).abs() < 0.001);
    let none = telematics.latest_positions(&errand(), &["van-2".to_owned()]).await.expect("answered");
    assert!(none.is_empty());
    let unknown = telematics.push_position(&errand(), &fix("van-9")).await.expect_err("unknown");
    assert!(is_refused(&unknown, "device_unknown"));
}
