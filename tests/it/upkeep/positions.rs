//! Trackers that report to Traccar and not here: their vehicles arrive, are late and leave their way all the same.

use super::{exceptions, fetch_positions, texts};
use crate::{
    gateway::Gateway,
    relay::yard::Yard,
    road::{DEPOT, ROUTES, at, dispatch, place, shipments},
};
use haulgate::{
    domain::place::Position,
    relay::Chore,
    spawn::Background,
    system::{Errand, telematics::Fix},
};
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

fn moved(from: Position, north: f64, east: f64) -> Position {
    Position { latitude: from.latitude + north / 111_000.0, longitude: from.longitude + east / 66_000.0 }
}

/// Minutes later the van's tracker tells Traccar where it is, and Haulgate asks.
async fn drive(gateway: &Gateway, minutes: i64, position: Position, metres_per_second: f64) {
    gateway.clock.advance(SignedDuration::from_mins(minutes));
    let device = "veh_1".to_owned();
    gateway.sandbox.telematics.add_device(&device);
    let fix = Fix { device, position, at: gateway.clock.now(), metres_per_second, accuracy_metres: None };
    let errand = Errand::within(Duration::from_secs(10), "story", "");
    gateway.app.connectors.telematics.push_position(&errand, &fix).await.expect("Traccar takes it");
    fetch_positions(gateway).await;
}

on_both_databases! {
    async fn a_vehicle_that_is_only_asked_where_it_is_arrives_departs_and_is_expected(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        fetch_positions(&gateway).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        drive(&gateway, 20, place(1), 0.5).await;
        let path = format!("{ROUTES}/rte_1");
        let there = gateway.dispatch().get(&path).await;
        let route = there.ok();
        assert_eq!((&route["stops"][0]["state"], &route["stops"][0]["arrived"]["inferred"]), (&json!("arrived"), &json!(true)));
        assert_eq!(route["stops"][0]["arrived"]["occurred_at"], json!(at("08:20")));
        fetch_positions(&gateway).await;
        let unchanged = gateway.dispatch().get(&path).with("if-none-match", there.header("etag")).await;
        assert_eq!(unchanged.status, 304, "the same position means nothing new");
        drive(&gateway, 5, moved(place(1), 400.0, 0.0), 8.0).await;
        let route = gateway.dispatch().get(&path).await.ok();
        assert_eq!(route["stops"][0]["departed"]["occurred_at"], json!(at("08:25")), "{route}");
        assert!(route["stops"][1]["eta"]["at"].is_string(), "{route}");
        gateway.sandbox.faults.set(haulgate::sandbox::faults::Target::Telematics, haulgate::sandbox::faults::Fault::Status { status: 500 });
        let round = gateway.app.relay().look_after(Chore::FetchPositions).await;
        assert!(round.is_err(), "the relay says so, and asks again in the next round");
    }

    async fn a_vehicle_that_stays_off_its_way_is_a_deviation_once_until_it_came_back(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        drive(&gateway, 1, DEPOT, 5.0).await;
        for _ in 0..2 {
            drive(&gateway, 10, moved(DEPOT, 0.0, 9_000.0), 12.0).await;
        }
        assert_eq!(exceptions(&gateway, "route_deviation").await.len(), 0, "ten minutes are allowed");
        for east in [9_100.0, 9_200.0] {
            drive(&gateway, 5, moved(DEPOT, 0.0, east), 12.0).await;
        }
        let raised = exceptions(&gateway, "route_deviation").await;
        assert_eq!((texts(&raised, "route"), texts(&raised, "state")), (vec!["rte_1"], vec!["open"]));
        drive(&gateway, 10, place(1), 12.0).await;
        for minutes in [10, 11] {
            drive(&gateway, minutes, moved(DEPOT, 0.0, 9_000.0), 12.0).await;
        }
        assert_eq!(exceptions(&gateway, "route_deviation").await.len(), 2, "it came back and left again");
    }

    async fn a_stop_that_cannot_be_reached_in_its_window_is_predicted_to_be_late_once(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 1).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[0]]).await;
        gateway.work_off().await;
        drive(&gateway, 5, DEPOT, 10.0).await;
        assert_eq!(exceptions(&gateway, "late_eta_predicted").await.len(), 0);
        // 80 kilometres south, ten minutes before the window ends.
        drive(&gateway, 405, moved(DEPOT, -45_000.0, 0.0), 20.0).await;
        drive(&gateway, 15, moved(DEPOT, -80_000.0, 0.0), 20.0).await;
        let raised = exceptions(&gateway, "late_eta_predicted").await;
        assert_eq!(texts(&raised, "shipment"), [all[0].as_str()]);
        drive(&gateway, 15, moved(DEPOT, -79_000.0, 0.0), 2.0).await;
        assert_eq!(exceptions(&gateway, "late_eta_predicted").await.len(), 1);
        let told = gateway.app.store.events_of(&all[0], None, 100).await.expect("read");
        let raised = told.iter().filter(|event| event.name == "delivery.exception_raised").count();
        assert_eq!(raised, 1, "those who follow the shipment are told once");
        assert!(told.iter().filter(|event| event.name == "stop.eta_changed").count() >= 2);
    }

    async fn the_relay_makes_its_rounds_at_the_pace_it_is_told(database) {
        let yard = Yard::open_with(database, |settings| {
            (settings.positions_every_seconds, settings.targets_every_seconds) = (3600, 3600);
            settings.figures_every_seconds = 3600;
        }).await;
        let (background, relay) = (Background::default(), yard.relay.clone());
        let running = background.spawn({
            let background = background.clone();
            async move { relay.run(background, Duration::from_secs(1)).await }
        });
        let seen = || yard.above.looked_after.lock().expect("not poisoned").clone();
        while seen().len() < 3 {
            yard.above.somebody_looked.notified().await;
        }
        background.drain().await;
        running.await.expect("the relay ends");
        let since = yard.clock.now() - SignedDuration::from_hours(24);
        assert!(seen().contains(&Chore::FetchPositions) && seen().contains(&Chore::CheckTargets { since }), "{:?}", seen());
        assert!(seen().contains(&Chore::ShowFigures), "{:?}", seen());
    }

    async fn what_is_set_to_nought_is_left_alone(database) {
        let yard = Yard::open_with(database, |settings| settings.positions_every_seconds = 0).await;
        let (background, relay) = (Background::default(), yard.relay.clone());
        background.spawn({
            let background = background.clone();
            async move { relay.run(background, Duration::from_secs(1)).await }
        });
        yard.above.somebody_looked.notified().await;
        background.drain().await;
        assert!(!yard.above.looked_after.lock().expect("not poisoned").contains(&Chore::FetchPositions));
    }
}
