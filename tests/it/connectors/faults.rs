//! Systems that fail in every way they can: what callers see, and what they never see.

use super::{World, errand, errand_within};
use haulgate::{
    sandbox::faults::{Fault, Target, UPSTREAM_TEXT},
    system::{BreakerState, Trouble, TroubleKind},
};
use std::time::Duration;

async fn ask_erp(world: &World) -> Trouble {
    world.connectors.erp.get_order(&errand(), "SO-1").await.expect_err("a fault")
}

#[tokio::test]
async fn in_its_maintenance_window_a_system_is_away_and_says_for_how_long() {
    let world = World::open().await;
    world.sale("SO-1");
    world.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 120 });
    assert_eq!(ask_erp(&world).await.kind, TroubleKind::Away { retry_after: Duration::from_secs(120) });
    assert_eq!(world.faults.asked(Target::Erp), 1, "an announced absence is not asked again");
    world.faults.clear(Target::Erp);
    world.connectors.erp.get_order(&errand(), "SO-1").await.expect("back");
}

#[tokio::test]
async fn a_system_that_hangs_or_trickles_costs_the_deadline_and_no_more() {
    let world = World::open().await;
    for fault in [Fault::Hang, Fault::Trickle] {
        world.faults.set(Target::Erp, fault);
        let trouble = world.connectors.erp.get_order(&errand_within(120), "SO-1").await.expect_err("hung");
        assert_eq!(trouble.kind, TroubleKind::Deadline);
    }
}

#[tokio::test]
async fn after_five_failures_the_breaker_answers_and_the_system_is_left_alone() {
    let world = World::open().await;
    world.faults.set(Target::Warehouse, Fault::Maintenance { retry_after_seconds: 60 });
    for _ in 0..5 {
        world.connectors.warehouse.get_pick_status(&errand(), "SO-1").await.expect_err("away");
    }
    let before = world.faults.asked(Target::Warehouse);
    let trouble = world.connectors.warehouse.get_pick_status(&errand(), "SO-1").await.expect_err("open");
    assert!(trouble.retry_after().is_some());
    assert_eq!(world.faults.asked(Target::Warehouse), before);
    let state = world.connectors.warehouse.state();
    assert_eq!((state.breaker, state.calls, state.failures), (BreakerState::Open, 6, 6));
    assert_eq!(state.last_failure.expect("a failure").kind, "away");
}

#[tokio::test]
async fn a_hung_system_with_every_place_taken_slows_no_other() {
    let world = World::with(|settings| settings.warehouse.limits.calls_at_once = 2).await;
    world.sale("SO-1");
    world.faults.set(Target::Warehouse, Fault::Hang);
    let calls = (0..8).map(|_| {
        let warehouse = world.connectors.warehouse.clone();
        async move { warehouse.get_pick_status(&errand(), "SO-1").await }
    });
    let others = async {
        for _ in 0..20 {
            world.connectors.erp.get_order(&errand(), "SO-1").await.expect("answered as ever");
        }
        world.connectors.warehouse.state().in_flight
    };
    tokio::select! {
        _ = futures_util::future::join_all(calls) => panic!("what hangs does not end first"),
        in_flight = others => assert_eq!(in_flight, 2),
    }
}

#[tokio::test]
async fn whatever_a_system_answers_instead_its_words_go_to_the_log_only() {
    let elsewhere = "http://127.0.0.1:9/".to_owned();
    let faults = [
        (Fault::Garbage, "wrong_shape"),
        (Fault::Html, "wrong_shape"),
        (Fault::WrongShape, "wrong_shape"),
        (Fault::Redirect { to: elsewhere }, "wrong_shape"),
        (Fault::Endless, "too_large"),
        (Fault::Status { status: 500 }, "away"),
        (Fault::Reset, "away"),
        (Fault::Status { status: 401 }, "away"),
        (Fault::Status { status: 418 }, "wrong_shape"),
    ];
    for (fault, kind) in faults {
        let world = World::open().await;
        world.faults.set(Target::Erp, fault.clone());
        let trouble = ask_erp(&world).await;
        assert_eq!(trouble.kind.name(), kind, "{fault:?}: {trouble}");
        assert!(!format!("{:?}", trouble.kind).contains(UPSTREAM_TEXT), "{fault:?}");
    }
}

#[tokio::test]
async fn questions_are_asked_three_times_but_steps_with_an_effect_once() {
    let world = World::open().await;
    world.sale("SO-1");
    world.faults.set(Target::Erp, Fault::Reset);
    ask_erp(&world).await;
    assert_eq!(world.faults.asked(Target::Erp), 3);
    let before = world.faults.asked(Target::Erp);
    world.faults.set(Target::Erp, Fault::LostAnswer { every: 1 });
    world.connectors.erp.confirm_release(&errand(), "SO-1").await.expect_err("no answer is heard");
    assert_eq!(world.faults.asked(Target::Erp), before + 2, "one look, and one step that is not repeated unseen");
}

#[tokio::test]
async fn retries_stay_within_their_budget() {
    let world = World::with(|settings| settings.erp.limits.calls_at_once = 64).await;
    world.sale("SO-1");
    // One failure in six keeps the breaker closed.
    for round in 0..60 {
        if round % 6 == 0 {
            world.faults.set(Target::Erp, Fault::Status { status: 502 });
        } else {
            world.faults.clear(Target::Erp);
        }
        let _ = world.connectors.erp.get_order(&errand(), "SO-1").await;
    }
    let state = world.connectors.erp.state();
    assert_eq!(state.calls, 60);
    assert!(state.retries <= 8, "{} retries for 60 calls", state.retries);
    assert_eq!(world.faults.asked(Target::Erp), state.calls + state.retries);
}
