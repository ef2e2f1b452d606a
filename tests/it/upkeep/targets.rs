//! Targets that are missed are an exception and a milestone, once for each case, and devices' clocks once a day.

use super::{check_targets, exceptions, texts};
use crate::{
    day::{ANA, confirmation, hash, photo_ref, under_way},
    gateway::Gateway,
    road::{EXCEPTIONS, dispatch, shipments},
};
use axum::http::Method;
use haulgate::sandbox::faults::{Fault, Target};
use jiff::SignedDuration;
use serde_json::{Value, json};

const BREACHED: &str = "sla_breached";
const PHOTO: &[u8] = b"a photo of the dock";

/// The figures that were missed, as (figure, shipment), sorted.
async fn missed(gateway: &Gateway) -> Vec<(String, String)> {
    let raised = exceptions(gateway, BREACHED).await;
    let figure = |one: &Value| one["id"].as_str().and_then(|id| id.rsplit('.').next()).unwrap_or_default().to_owned();
    let mut missed: Vec<_> =
        raised.iter().map(|one| (figure(one), one["shipment"].as_str().unwrap_or_default().to_owned())).collect();
    missed.sort();
    missed
}

/// The figures alone.
async fn figures(gateway: &Gateway) -> Vec<String> {
    missed(gateway).await.into_iter().map(|(figure, _)| figure).collect()
}

/// How often the shipment's followers were told that a target was missed.
async fn told(gateway: &Gateway, shipment: &str) -> usize {
    let events = gateway.app.store.events_of(shipment, None, 100).await.expect("read");
    events.iter().filter(|event| event.name == "sla.breached").count()
}

async fn confirm(gateway: &Gateway, stop: &str) {
    let path = format!("/experience/driver/v1/stops/{stop}/confirmation");
    gateway.driver(ANA).post(&path, &confirmation("event-0001", 40, PHOTO)).await.created();
}

async fn sync(gateway: &Gateway, device: &str, ahead: i64) {
    let now = gateway.clock.now();
    let item = json!({
        "event": format!("{device}-{now}"), "kind": "milestone", "milestone": "en_route", "device": device,
        "stop": "stp_nowhere.1.1", "occurred_at": now,
    });
    let batch = json!({"sent_at": now + SignedDuration::from_secs(ahead), "items": [item]});
    gateway.driver(ANA).post("/experience/driver/v1/sync", &batch).await.ok();
}

on_both_databases! {
    async fn what_is_not_dispatched_or_confirmed_in_time_is_raised_once(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[1]]).await;
        check_targets(&gateway).await;
        gateway.clock.advance(SignedDuration::from_hours(10));
        check_targets(&gateway).await;
        assert_eq!(missed(&gateway).await, [], "a target is missed when its time is over, not before");
        gateway.clock.advance(SignedDuration::from_hours(14) + SignedDuration::from_secs(1));
        for _ in 0..2 {
            check_targets(&gateway).await;
            let expected = [("dispatch_to_confirmation", &all[1]), ("order_to_dispatch", &all[0])];
            assert_eq!(missed(&gateway).await, expected.map(|(figure, shipment)| (figure.to_owned(), shipment.clone())));
        }
        assert_eq!((told(&gateway, &all[0]).await, told(&gateway, &all[1]).await), (1, 1));
        let raised = exceptions(&gateway, BREACHED).await;
        assert_eq!(texts(&raised, "state"), ["open", "open"]);
        let event = gateway.app.store.events_of(&all[0], None, 100).await.expect("read");
        let breach = event.iter().find(|event| event.name == "sla.breached").expect("it is told");
        assert_eq!((&breach.data["figure"], &breach.data["seconds"]), (&json!("order_to_dispatch"), &json!(86_401)));
        assert_eq!(breach.occurred_at, gateway.clock.now() - SignedDuration::from_secs(1), "it happened when the time was over");
    }

    async fn a_proof_that_does_not_come_keeps_the_invoice_and_both_are_raised(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        confirm(&gateway, day.stops[0].as_str()).await;
        gateway.work_off().await;
        gateway.clock.advance(SignedDuration::from_mins(61));
        check_targets(&gateway).await;
        assert_eq!(figures(&gateway).await, ["proof_posting"]);
        gateway.clock.advance(SignedDuration::from_hours(3));
        check_targets(&gateway).await;
        assert_eq!(figures(&gateway).await, ["invoice_release_cycle", "proof_posting"]);
    }

    async fn an_invoice_the_erp_does_not_release_is_raised_and_one_it_does_is_not(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        confirm(&gateway, day.stops[0].as_str()).await;
        gateway.work_off().await;
        gateway.sandbox.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 60 });
        let path = format!("/experience/driver/v1/proofs/{}", hash(PHOTO));
        gateway.driver(ANA).say(Method::PUT, &path).bytes("image/jpeg", PHOTO).await.created();
        gateway.work_off().await;
        gateway.clock.advance(SignedDuration::from_secs(301));
        check_targets(&gateway).await;
        assert_eq!(figures(&gateway).await, ["invoice_release_delay"]);
        gateway.sandbox.faults.clear(Target::Erp);
        gateway.clock.advance(SignedDuration::from_hours(5));
        gateway.work_off().await;
        check_targets(&gateway).await;
        assert_eq!(figures(&gateway).await, ["invoice_release_delay"], "the invoice is out by now");
    }

    async fn an_exception_nobody_resolves_is_raised_but_never_one_about_that(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        let carl = gateway.control_room();
        for shipment in &all {
            let damaged = json!({"code": "damaged", "shipment": shipment, "note": "crushed at the depot"});
            carl.post(EXCEPTIONS, &damaged).await.created();
        }
        let raised = exceptions(&gateway, "damaged").await;
        let path = format!("{EXCEPTIONS}/{}/resolution", raised[0]["id"].as_str().expect("an id"));
        carl.post(&path, &json!({"action": "accept", "note": "taken all the same"})).await.ok();
        for _ in 0..2 {
            gateway.clock.advance(SignedDuration::from_hours(8) + SignedDuration::from_secs(1));
            check_targets(&gateway).await;
            let left = raised[1]["shipment"].as_str().expect("a shipment").to_owned();
            assert_eq!(missed(&gateway).await, [("exception_resolution".to_owned(), left)]);
        }
    }

    async fn a_device_whose_clock_is_off_is_raised_once_a_day(database) {
        let gateway = Gateway::start(database).await;
        sync(&gateway, "phone-1", 300).await;
        assert_eq!(exceptions(&gateway, "clock_skew").await.len(), 0, "as much is allowed");
        for ahead in [301, 900, -900] {
            sync(&gateway, "phone-1", ahead).await;
            gateway.clock.advance(SignedDuration::from_mins(5));
        }
        let raised = exceptions(&gateway, "clock_skew").await;
        assert_eq!(texts(&raised, "note"), ["the clock of device phone-1 is 301 seconds ahead"]);
        sync(&gateway, "phone-2", -4000).await;
        assert_eq!(exceptions(&gateway, "clock_skew").await.len(), 2, "another device");
        gateway.clock.advance(SignedDuration::from_hours(24));
        sync(&gateway, "phone-1", 900).await;
        assert_eq!(exceptions(&gateway, "clock_skew").await.len(), 3, "another day");
    }

    async fn a_confirmation_from_the_future_tells_of_the_phones_clock_too(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let body = json!({"event": "event-0001", "occurred_at": "2026-11-23T09:00:00Z", "handover": {"proofs": [photo_ref(PHOTO)]}});
        let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
        gateway.driver(ANA).post(&path, &body).await.created();
        let raised = exceptions(&gateway, "clock_skew").await;
        assert_eq!(texts(&raised, "note"), ["the clock of device drv_ana is 3600 seconds ahead"]);
        assert_eq!(texts(&raised, "route"), ["rte_1"]);
    }
}
