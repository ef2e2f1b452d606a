//! Exceptions: raised, taken up and resolved, each resolution with its consequences.

use crate::{
    gateway::Gateway,
    road::{DELIVERIES, EXCEPTIONS, ROUTES, at, delivery, dispatch, order_of, shipments, stop, window},
};
use serde_json::{Value, json};

/// Acme's delivery on Ana's route, at which nobody was there.
async fn attempted(gateway: &Gateway) -> (String, String) {
    let shipment = shipments(gateway, 1).await.remove(0);
    dispatch(gateway, "rte_1", "drv_ana", &[&shipment]).await;
    let trouble =
        json!({"event": "nobody-there-1", "occurred_at": at("08:00"), "exception": {"code": "receiver_absent"}});
    let path = format!("/experience/driver/v1/stops/{}/exceptions", stop(&shipment));
    gateway.driver("drv_ana").post(&path, &trouble).await.created();
    assert_eq!(delivery(gateway, &shipment).await["state"], "attempted");
    (only(gateway, &shipment).await, shipment)
}

/// The only open exception about the shipment.
async fn only(gateway: &Gateway, shipment: &str) -> String {
    let found = gateway.control_room().get(&format!("{EXCEPTIONS}?shipment={shipment}&state=open")).await.ok();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    found["items"][0]["id"].as_str().expect("an id").to_owned()
}

async fn resolve(gateway: &Gateway, exception: &str, body: &Value) -> crate::people::Answered {
    gateway.control_room().post(&format!("{EXCEPTIONS}/{exception}/resolution"), body).await
}

/// Confirms the hand-over in this driver's name.
async fn hand_over(gateway: &Gateway, shipment: &str, driver: &str) -> crate::people::Answered {
    let body = json!({"event": "hand-over-1", "stop": stop(shipment), "occurred_at": at("08:00"), "driver": driver});
    gateway.dispatch().post(DELIVERIES, &body).await
}

/// The driver could not deliver it.
async fn stopped(gateway: &Gateway, shipment: &str, code: &str) {
    let event = format!("{code}-{}", &shipment[4..]);
    let trouble =
        json!({"event": event, "occurred_at": at("08:00"), "exception": {"code": code, "note": "see papers"}});
    let path = format!("/experience/driver/v1/stops/{}/exceptions", stop(shipment));
    gateway.driver("drv_ana").post(&path, &trouble).await.created();
}

/// A shipment that customs held, back at the depot.
async fn held(gateway: &Gateway) -> String {
    let shipment = shipments(gateway, 1).await.remove(0);
    dispatch(gateway, "rte_1", "drv_ana", &[&shipment]).await;
    stopped(gateway, &shipment, "customs_hold").await;
    gateway.work_off().await;
    assert_eq!(delivery(gateway, &shipment).await["state"], "held_at_depot");
    shipment
}

on_both_databases! {
    async fn an_exception_is_raised_taken_up_and_resolved(database) {
        let gateway = Gateway::start(database).await;
        let shipment = shipments(&gateway, 1).await.remove(0);
        let carl = gateway.control_room();
        let damaged = json!({"code": "damaged", "shipment": shipment, "note": "crushed at the depot"});
        let raised = carl.post(EXCEPTIONS, &damaged).await;
        let path = raised.header("location");
        assert_eq!((&raised.created()["state"], &raised.json()["blocks_invoice"]), (&json!("open"), &json!(true)));
        carl.post(EXCEPTIONS, &json!({"code": "data_mismatch", "shipment": shipment})).await.problem("internal_code");
        carl.post(EXCEPTIONS, &json!({"code": "no_such_code", "shipment": shipment})).await.problem("unknown_code");
        carl.post(EXCEPTIONS, &json!({"code": "damaged"})).await.problem("content_invalid");
        let taken_up = carl.tell(&format!("{path}/acknowledgement")).await.ok();
        assert_eq!((&taken_up["state"], &taken_up["acknowledged_by"]), (&json!("acknowledged"), &json!("control-room/carl")));
        let again = carl.tell(&format!("{path}/acknowledgement")).await.ok();
        assert_eq!(again["acknowledged"], taken_up["acknowledged"]);
        let id = taken_up["id"].as_str().expect("an id");
        resolve(&gateway, id, &json!({"action": "reattempt"})).await.problem("schema_violation");
        let tag = carl.get(&path).await.header("etag");
        let resolved = resolve(&gateway, id, &json!({"action": "accept", "note": "the customer takes it"})).await.ok();
        assert_eq!((&resolved["state"], &resolved["resolution"]["action"]), (&json!("resolved"), &json!("accept")));
        assert_eq!(carl.get(&path).with("if-none-match", &tag).await.status, 200);
        resolve(&gateway, id, &json!({"action": "accept", "note": "again"})).await.problem("exception_state");
    }

    async fn every_resolution_has_its_consequence(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 6).await;
        let names: Vec<&str> = all.iter().map(String::as_str).collect();
        dispatch(&gateway, "rte_1", "drv_ana", &names).await;
        let cases = [
            ("reattempt", "created", "in_execution"),
            ("reroute", "created", "in_execution"),
            ("return", "returning", "undelivered"),
            ("cancel", "cancelled", "undelivered"),
            ("claim", "attempted", "undelivered"),
            ("accept", "attempted", "undelivered"),
        ];
        for (shipment, (action, state, order)) in all.iter().zip(cases) {
            let event = format!("nobody-there-{action}");
            let trouble = json!({"event": event, "occurred_at": at("08:00"), "exception": {"code": "receiver_absent"}});
            let path = format!("/experience/driver/v1/stops/{}/exceptions", stop(shipment));
            gateway.driver("drv_ana").post(&path, &trouble).await.created();
            let decision = json!({"action": action, "note": "as the customer wants"});
            resolve(&gateway, &only(&gateway, shipment).await, &decision).await.ok();
            assert_eq!(delivery(&gateway, shipment).await["state"], state, "{action}");
            assert_eq!(order_of(&gateway, shipment).await["state"], order, "{action}");
        }
    }

    async fn a_reschedule_needs_a_window_to_come_and_a_delivery_is_not_reattempted(database) {
        let gateway = Gateway::start(database).await;
        let (exception, shipment) = attempted(&gateway).await;
        let mut decision = json!({"action": "reschedule", "note": "in the afternoon"});
        resolve(&gateway, &exception, &decision).await.problem("window_wrong");
        decision["window"] = window("06:00", "07:00");
        resolve(&gateway, &exception, &decision).await.problem("window_wrong");
        let partly = json!({"action": "redeliver_partial", "note": "the rest"});
        decision["window"] = window("13:00", "14:00");
        resolve(&gateway, &exception, &decision).await.ok();
        assert_eq!(delivery(&gateway, &shipment).await["state"], "created");
        resolve(&gateway, &exception, &partly).await.problem("exception_state");
        let path = format!("{ROUTES}/rte_2");
        let again = json!({"revision": 1, "plan": crate::road::plan(Some("drv_ana"), &[&shipment])});
        let second = gateway.planner().put(&path, &again).await.created();
        assert_eq!(second["stops"][0]["stop"], json!(stop(&shipment).replace(".1.1", ".1.2")), "a new attempt, a new stop");
    }

    async fn a_confirmation_by_another_routes_driver_waits_for_a_person(database) {
        let gateway = Gateway::start(database).await;
        let shipment = shipments(&gateway, 1).await.remove(0);
        dispatch(&gateway, "rte_1", "drv_ana", &[&shipment]).await;
        hand_over(&gateway, &shipment, "drv_ben").await.accepted();
        assert_eq!(delivery(&gateway, &shipment).await["state"], "out_for_delivery");
        let exception = only(&gateway, &shipment).await;
        let undecided = json!({"action": "accept", "note": "Ben helped out"});
        resolve(&gateway, &exception, &undecided).await.problem("message_wrong");
        let applied = json!({"action": "accept", "note": "Ben helped out", "message": "apply"});
        resolve(&gateway, &exception, &applied).await.ok();
        assert_eq!(delivery(&gateway, &shipment).await["state"], "delivered");
        assert_eq!(order_of(&gateway, &shipment).await["state"], "delivered");
    }

    async fn a_quarantined_confirmation_can_be_dismissed(database) {
        let gateway = Gateway::start(database).await;
        let shipment = shipments(&gateway, 1).await.remove(0);
        dispatch(&gateway, "rte_1", "drv_ana", &[&shipment]).await;
        hand_over(&gateway, &shipment, "drv_ben").await.accepted();
        let exception = only(&gateway, &shipment).await;
        let dismissed = json!({"action": "accept", "note": "the wrong parcel was scanned", "message": "dismiss"});
        resolve(&gateway, &exception, &dismissed).await.ok();
        assert_eq!(delivery(&gateway, &shipment).await["state"], "out_for_delivery");
    }

    async fn a_hand_over_of_an_attempt_that_was_closed_corrects_it_once_a_person_says_so(database) {
        let gateway = Gateway::start(database).await;
        let (exception, shipment) = attempted(&gateway).await;
        let back = json!({"action": "return", "note": "nobody wants it"});
        resolve(&gateway, &exception, &back).await.ok();
        hand_over(&gateway, &shipment, "drv_ana").await.accepted();
        let applied = json!({"action": "accept", "note": "the driver had it signed", "message": "apply"});
        resolve(&gateway, &only(&gateway, &shipment).await, &applied).await.ok();
        assert_eq!(delivery(&gateway, &shipment).await["state"], "delivered");
    }

    async fn what_is_to_be_held_waits_at_the_depot_once_its_route_is_over(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        stopped(&gateway, &all[0], "customs_hold").await;
        gateway.work_off().await;
        assert_eq!(delivery(&gateway, &all[0]).await["state"], "attempted", "the vehicle is still out");
        hand_over(&gateway, &all[1], "drv_ana").await.created();
        gateway.work_off().await;
        assert_eq!(delivery(&gateway, &all[0]).await["state"], "held_at_depot");
        assert_eq!(order_of(&gateway, &all[0]).await["state"], "undelivered");
        let cleared = json!({"action": "reattempt", "note": "customs have cleared it"});
        resolve(&gateway, &only(&gateway, &all[0]).await, &cleared).await.ok();
        assert_eq!(delivery(&gateway, &all[0]).await["state"], "created");
    }

    async fn what_is_held_at_the_depot_is_planned_only_after_a_decision(database) {
        let gateway = Gateway::start(database).await;
        let shipment = held(&gateway).await;
        let again = json!({"revision": 1, "plan": crate::road::plan(Some("drv_ben"), &[&shipment])});
        let put = || gateway.planner().put(&format!("{ROUTES}/rte_2"), &again);
        put().await.status(422);
        let cleared = json!({"action": "reattempt", "note": "customs have cleared it"});
        resolve(&gateway, &only(&gateway, &shipment).await, &cleared).await.ok();
        let second = put().await.created();
        assert_eq!(second["stops"][0]["stop"], json!(stop(&shipment).replace(".1.1", ".1.2")));
    }

    async fn a_drivers_late_word_counts_also_for_what_is_held_at_the_depot(database) {
        let gateway = Gateway::start(database).await;
        let shipment = held(&gateway).await;
        let left = json!({"event": "left-again-1", "occurred_at": at("08:00"), "milestone": "departed"});
        gateway.driver("drv_ana").post(&format!("/experience/driver/v1/stops/{}/milestones", stop(&shipment)), &left).await;
        assert_eq!(delivery(&gateway, &shipment).await["state"], "held_at_depot", "nothing new about how it ended");
        hand_over(&gateway, &shipment, "drv_ana").await.created();
        assert_eq!(delivery(&gateway, &shipment).await["state"], "delivered", "as if it had come in its order");
    }

    async fn exceptions_are_found_by_what_they_are_about(database) {
        let gateway = Gateway::start(database).await;
        let (exception, shipment) = attempted(&gateway).await;
        let order = shipment.replacen("shp_", "ord_", 1).trim_end_matches(".1").to_owned();
        let found = async |filter: &str| {
            let found = gateway.control_room().get(&format!("{EXCEPTIONS}?{filter}")).await.ok();
            found["items"].as_array().expect("a list").iter().any(|one| one["id"] == exception.as_str())
        };
        for filter in [format!("order={order}"), "route=rte_1".into(), "code=receiver_absent&severity=minor".into()] {
            assert!(found(&filter).await, "{filter}");
        }
        for filter in ["order=ord_unknown", "route=rte_2", "code=damaged", "state=resolved", "region=reg_south"] {
            assert!(!found(filter).await, "{filter}");
        }
        let partner = gateway.partner("globex").get(&format!("{EXCEPTIONS}/{exception}")).await;
        partner.problem("contract_not_subscribed");
        gateway.control_room().get(&format!("{EXCEPTIONS}/exc_unknown")).await.problem("not_found");
        gateway.control_room().get(&format!("{EXCEPTIONS}?code=a%26b")).await.problem("malformed_parameter");
    }
}
