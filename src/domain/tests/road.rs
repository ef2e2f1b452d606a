//! Stories of the road: positions, ETAs, changes by hand, and a route that is broken off.

use super::yard::{after, at, content, published, released, rules, said, visit, visits, whole, window};
use crate::domain::{
    decision::{Run, Visit},
    effect::Effect,
    eta::{Ahead, EtaPolicy, EtaSource, Expected, project, revise},
    place::Position,
    report::Reported,
    route::{self, ByHand, OverrideChange, RouteState},
    shipment::ShipmentState,
    stop::StopState,
    tracking::{Corridor, Implausible, Sighting, TrackingLimits, believe, metres_off, passage},
};

const POLICY: EtaPolicy = EtaPolicy { announce_after_seconds: 300, late_after_seconds: 600 };

const LIMITS: TrackingLimits = TrackingLimits {
    stale_after_seconds: 900,
    fastest_kilometres_per_hour: 160,
    jump_metres: 50_000,
    corridor_metres: 2_000,
    off_corridor_seconds: 600,
};

fn seen(minute: i64, latitude: f64, longitude: f64) -> Sighting {
    Sighting { position: Position { latitude, longitude }, at: at(minute) }
}

#[test]
fn fixes_that_cannot_be_are_dropped() {
    let last = seen(0, 53.55, 10.0);
    let judge = |fix: Sighting, now: i64| believe(Some(&last), &fix, &LIMITS, at(now)).err();
    assert_eq!(judge(seen(1, 53.56, 10.0), 1), None);
    assert_eq!(judge(seen(1, 53.64, 10.0), 1), Some(Implausible::TooFast));
    assert_eq!(judge(seen(1, 55.0, 10.0), 1), Some(Implausible::Jump));
    assert_eq!(judge(seen(1, 53.55, 10.0), 60), Some(Implausible::Stale));
    assert_eq!(judge(seen(9, 53.55, 10.0), 1), Some(Implausible::FromTheFuture));
    assert_eq!(judge(seen(0, 53.55, 10.0), 1), Some(Implausible::OutOfOrder));
    assert_eq!(judge(seen(1, 0.0, 0.0), 1), Some(Implausible::OffTheGlobe));
    assert_eq!(judge(seen(1, f64::NAN, 10.0), 1), Some(Implausible::OffTheGlobe));
}

#[test]
fn entering_the_geofence_is_an_arrival_until_the_driver_says_so_and_leaving_it_a_departure() {
    let visit = visit();
    assert!(passage(&visit.stop, &seen(50, 53.60, 10.0), at(50)).is_none());
    let arrived = passage(&visit.stop, &seen(55, 53.5505, 10.0), at(55)).unwrap();
    let visit = after(visit, [super::yard::heard(arrived)]);
    assert_eq!((visit.stop.state, visit.stop.arrived.unwrap().inferred), (StopState::Arrived, true));
    assert!(passage(&visit.stop, &seen(56, 53.5505, 10.0), at(56)).is_none());
    let left = passage(&visit.stop, &seen(65, 53.60, 10.0), at(65)).unwrap();
    assert_eq!(left.what, Reported::Departed);
    let visit = after(visit, [super::yard::heard(left), said("e1", 57, Reported::Arrived)]);
    let arrived = visit.stop.arrived.unwrap();
    assert_eq!((arrived.inferred, arrived.occurred_at), (false, at(57)));
}

#[test]
fn a_deviation_is_raised_once_until_the_vehicle_comes_back() {
    let way = [Position { latitude: 53.50, longitude: 10.0 }, Position { latitude: 53.60, longitude: 10.0 }];
    assert!(metres_off(&way, &Position { latitude: 53.55, longitude: 10.001 }) < 100.0);
    let off = metres_off(&way, &Position { latitude: 53.55, longitude: 10.1 });
    assert!((6_000.0..7_000.0).contains(&off), "{off}");
    let mut corridor = Corridor::default();
    let raised: Vec<bool> =
        [0, 5, 11, 20].map(|minute| corridor.observe(&way, &seen(minute, 53.55, 10.1), &LIMITS)).into();
    assert_eq!(raised, [false, false, true, false]);
    assert!(!corridor.observe(&way, &seen(21, 53.55, 10.0), &LIMITS));
    assert_eq!(corridor, Corridor::default());
}

#[test]
fn an_eta_is_announced_when_it_moved_and_never_after_arrival() {
    let Visit { shipment, stop, .. } = visit();
    let ahead = |minutes: u32| {
        let (stop, window) = (stop.id.clone(), window(0, 480));
        [Ahead { stop, travel_seconds: minutes * 60, service_seconds: 600, window }]
    };
    let eta = |minutes| project(at(0), EtaSource::Position, &ahead(minutes), at(0))[0].1;
    let expected = Expected { stop: stop.clone(), shipment };
    let near = revise(expected.clone(), eta(63), &POLICY, rules(), at(0)).unwrap();
    assert!(near.follows.milestones.is_empty());
    let moved = revise(expected.clone(), eta(80), &POLICY, rules(), at(0)).unwrap();
    assert_eq!(moved.follows.milestones[0].kind.name(), "stop.eta_changed");
    assert_eq!(moved.state.shipment.eta.unwrap().at, at(80));
    let late = revise(expected, eta(495), &POLICY, rules(), at(0)).unwrap();
    assert_eq!(late.follows.raises[0].code, "late_eta_predicted");
    let later = revise(late.state, eta(520), &POLICY, rules(), at(0)).unwrap();
    assert!(later.follows.raises.is_empty());

    let Visit { shipment, stop, .. } = after(visit(), [said("e1", 50, Reported::Arrived)]);
    let over = revise(Expected { stop, shipment }, eta(90), &POLICY, rules(), at(51)).unwrap();
    assert!(over.follows.milestones.is_empty());
}

#[test]
fn the_vehicle_waits_for_a_window_to_begin_and_later_stops_are_less_sure() {
    let ahead = |n: u32, from: i64| Ahead {
        stop: format!("stp_{n}").into(),
        travel_seconds: 1_200,
        service_seconds: 600,
        window: window(from, 480),
    };
    let etas = project(at(0), EtaSource::Milestone, &[ahead(1, 60), ahead(2, 0)], at(0));
    assert_eq!((etas[0].1.at, etas[1].1.at), (at(20), at(90)));
    assert!(etas[1].1.confidence < etas[0].1.confidence);
}

fn by_hand(change: OverrideChange) -> ByHand {
    ByHand { change, reason: "the customer called".into(), by: "ops".into(), timings: Default::default() }
}

fn two_stops() -> Run {
    let mut two = content();
    two.lines[1].drop = 2;
    published(released(two))
}

#[test]
fn a_dispatcher_resequences_and_swaps_the_driver_and_each_makes_a_revision() {
    let run = two_stops();
    let turned: Vec<_> = run.route.legs.iter().rev().map(|leg| leg.stop.clone()).collect();
    let change = OverrideChange::Resequence { stops: turned.clone() };
    let run = route::override_by_hand(run, None, by_hand(change), at(0)).unwrap().state.run;
    assert_eq!(run.route.legs.iter().map(|leg| leg.stop.clone()).collect::<Vec<_>>(), turned);
    let change = OverrideChange::Resequence { stops: turned[..1].to_vec() };
    assert_eq!(route::override_by_hand(run.clone(), None, by_hand(change), at(0)).unwrap_err().code, "sequence_wrong");
    let change = OverrideChange::SwapDriver { driver: "drv_ben".into() };
    let swapped = route::override_by_hand(run.clone(), None, by_hand(change.clone()), at(0)).unwrap();
    assert!(swapped.state.run.stops.iter().all(|stop| stop.driver == Some("drv_ben".into())));
    assert_eq!((swapped.state.run.route.revision, swapped.state.run.route.overrides.len()), (3, 2));
    let silent = ByHand { reason: " ".into(), ..by_hand(change) };
    assert_eq!(route::override_by_hand(run, None, silent, at(0)).unwrap_err().code, "reason_missing");
}

#[test]
fn a_stop_moved_to_another_route_keeps_its_id() {
    let run = two_stops();
    let mut other = two_stops();
    (other.route.id, other.route.legs) = ("rte_2".into(), Vec::new());
    (other.stops, other.shipments, other.orders) = (Vec::new(), Vec::new(), Vec::new());
    let stop = run.stops[1].id.clone();
    let change = OverrideChange::MoveStop { stop: stop.clone(), to_route: Some("rte_2".into()), to_index: 0 };
    let moved = route::override_by_hand(run.clone(), Some(other), by_hand(change), at(0)).unwrap().state;
    let other = moved.other.unwrap();
    assert_eq!((moved.run.stops.len(), &other.stops[0].id, &other.stops[0].route), (1, &stop, &other.route.id));
    assert_eq!(other.shipments[0].route, Some("rte_2".into()));
    let change = OverrideChange::MoveStop { stop, to_route: Some("rte_9".into()), to_index: 0 };
    assert_eq!(route::override_by_hand(run, None, by_hand(change), at(0)).unwrap_err().code, "unknown_route");
}

#[test]
fn a_route_broken_off_gives_back_what_was_not_served() {
    let mut two = content();
    two.lines[1].drop = 2;
    let mut run = route::dispatch(two_stops(), at(0)).unwrap().state;
    let served = after(visits(two).remove(0), [said("e1", 60, whole())]);
    (run.orders[0], run.shipments[0], run.stops[0]) = (served.order, served.shipment, served.stop);
    let run = route::abort(run, at(70)).unwrap().state;
    assert_eq!((run.route.state, run.route.legs.len()), (RouteState::Aborted, 2));
    assert_eq!((run.stops[0].state, run.stops[1].state), (StopState::Completed, StopState::Cancelled));
    assert_eq!((run.shipments[1].state, run.shipments[1].attempts), (ShipmentState::Created, 2));
}

#[test]
fn a_departure_is_told_for_the_route_and_for_each_shipment() {
    let departed = route::dispatch(two_stops(), at(0)).unwrap();
    let told: Vec<_> = departed.follows.milestones.iter().map(|milestone| milestone.subject.as_str()).collect();
    assert_eq!(told, ["rte_1", "shp_t1001.1", "shp_t1001.2"]);
    assert!(departed.follows.effects.contains(&Effect::ProjectEtas { route: "rte_1".into() }));
}
