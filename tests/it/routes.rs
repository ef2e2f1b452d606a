//! Routes: a region's day from the plan to the last stop.

use crate::{
    gateway::Gateway,
    road::{
        DAY, DEPOT, EXCEPTIONS, PLANS, ROUTES, at, delivery, dispatch, order, order_of, place, plan, publish, release,
        shipments, stop, window,
    },
};
use haulgate::{
    domain::place::Position,
    policy::PolicyFiles,
    process::{Case, routes::take_positions},
    sandbox::faults::{Fault, Target},
    store::{ContractStamp, Origin},
    system::{Errand, telematics::Fix},
};
use serde_json::{Value, json};

fn fleet() -> Value {
    json!([
        {"vehicle": "veh_1", "driver": "drv_ana", "capacity_grams": 25_000, "shift": window("08:00", "17:00")},
        {"vehicle": "veh_2", "driver": "drv_ben", "capacity_grams": 25_000, "shift": window("08:00", "17:00")},
    ])
}

fn request() -> Value {
    json!({"region": "reg_north", "day": DAY, "fleet": fleet(), "thinking_seconds": 1})
}

fn minutes(count: i64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_mins(count)
}

/// Telematics, calling without a door between.
fn case(gateway: &Gateway) -> Case {
    let contract = ContractStamp { name: String::new(), version: String::new(), hash: String::new() };
    let origin = Origin {
        correlation_id: "story".to_owned(),
        traceparent: String::new(),
        actor: "telematics".to_owned(),
        consumer: "telematics".to_owned(),
        operation: "push_position".to_owned(),
        contract,
        now: gateway.clock.now() + minutes(30),
        region: None,
        verdict: None,
    };
    Case { origin, errand: Errand::within(std::time::Duration::from_secs(10), "story", ""), once: None }
}

fn texts(values: &Value, name: &str) -> Vec<String> {
    let texts = values.as_array().expect("a list").iter();
    texts.map(|value| value[name].as_str().expect("a text").to_owned()).collect()
}

on_both_databases! {
    async fn a_day_is_planned_published_and_driven(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 4).await;
        let planned = gateway.planner().post(PLANS, &request()).await.ok();
        assert_eq!(planned["unassigned"], json!([]), "{planned}");
        let routes = texts(&planned["routes"], "id");
        assert_eq!(routes.len(), 2, "each vehicle carries two: {planned}");
        let listed = gateway.dispatch().get(&format!("{ROUTES}?day={DAY}&state=proposed")).await.ok();
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(2));
        for route in &routes {
            let path = format!("{ROUTES}/{route}");
            let published = gateway.planner().put(&path, &json!({"revision": 1})).await.ok();
            assert_eq!(published["state"], "published");
            let started = gateway.dispatch().post(&format!("{path}/dispatch"), &json!({})).await.ok();
            assert_eq!((&started["state"], started["departed_at"].is_string()), (&json!("started"), true));
        }
        for shipment in &all {
            assert_eq!(order_of(&gateway, shipment).await["state"], "in_execution");
            assert_eq!(delivery(&gateway, shipment).await["state"], "out_for_delivery");
        }
    }

    async fn polling_a_route_costs_nothing_until_something_happens_on_it(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 1).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[0]]).await;
        let path = format!("{ROUTES}/rte_1");
        let tag = gateway.dispatch().get(&path).await.header("etag");
        assert_eq!(gateway.dispatch().get(&path).with("if-none-match", &tag).await.status, 304);
        let arrived = json!({"milestone": "stop_arrived", "stop": stop(&all[0]), "occurred_at": at("08:00")});
        let milestones = format!("{path}/milestones");
        assert_eq!(gateway.dispatch().post(&milestones, &arrived).await.ok()["reception"], "applied");
        assert_eq!(gateway.dispatch().post(&milestones, &arrived).await.ok()["reception"], "duplicate");
        let now = gateway.dispatch().get(&path).with("if-none-match", &tag).await.ok();
        assert_eq!(now["stops"][0]["state"], "arrived");
    }

    async fn an_older_revision_is_refused_and_the_same_one_is_done_once(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        let path = format!("{ROUTES}/rte_1");
        let put = |revision: u32, shipments: Vec<&str>| {
            let body = json!({"revision": revision, "plan": plan(Some("drv_ana"), &shipments)});
            gateway.planner().put(&path, &body)
        };
        put(2, vec![&all[0], &all[1]]).await.created();
        assert_eq!(order_of(&gateway, &all[0]).await["state"], "planned");
        put(2, vec![&all[0], &all[1]]).await.ok();
        put(1, vec![&all[0], &all[1]]).await.problem("stale_revision");
        put(2, vec![&all[0]]).await.problem("revision_conflict");
        let revised = put(3, vec![&all[0]]).await.ok();
        assert_eq!((&revised["revision"], texts(&revised["stops"], "stop")), (&json!(3), vec![stop(&all[0])]));
        assert_eq!(delivery(&gateway, &all[1]).await["state"], "created");
        put(4, vec!["shp_unknown.1"]).await.status(422);
    }

    async fn a_proposal_whose_shipments_were_planned_otherwise_is_not_published(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 1).await;
        let planned = gateway.planner().post(PLANS, &request()).await.ok();
        let proposal = format!("{ROUTES}/{}", planned["routes"][0]["id"].as_str().expect("an id"));
        publish(&gateway, "rte_other", "drv_ana", &[&all[0]]).await;
        gateway.planner().put(&proposal, &json!({"revision": 1})).await.problem("plan_outdated");
    }

    async fn what_no_vehicle_can_take_raises_an_exception_until_somebody_plans_it(database) {
        let gateway = Gateway::start(database).await;
        let mut heavy = order(1);
        heavy.lines[0].weight_grams = 900_000;
        let shipment = release(&gateway, &heavy).await;
        let planned = gateway.planner().post(PLANS, &request()).await.ok();
        assert_eq!(planned["unassigned"][0]["shipment"], shipment.as_str(), "{planned}");
        let again = gateway.planner().post(PLANS, &request()).await.ok();
        assert_eq!(again["unassigned"][0]["exception"], planned["unassigned"][0]["exception"]);
        let filter = format!("{EXCEPTIONS}?code=capacity_unassigned&shipment={shipment}");
        let open = gateway.dispatch().get(&filter).await.ok();
        assert_eq!(texts(&open["items"], "state"), ["open"]);
        publish(&gateway, "rte_truck", "drv_ana", &[&shipment]).await;
        let settled = gateway.dispatch().get(&filter).await.ok();
        assert_eq!(texts(&settled["items"], "state"), ["resolved"]);
    }

    async fn what_cannot_be_planned_is_left_out_and_said_so(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0]]).await;
        let mut asked = request();
        asked["shipments"] = json!([all[0], all[1], "shp_unknown.1"]);
        let planned = gateway.planner().post(PLANS, &asked).await.ok();
        let mut reasons = texts(&planned["left_out"], "reason");
        reasons.sort();
        assert_eq!(reasons, ["not_plannable", "unknown"]);
        assert_eq!(texts(&planned["routes"][0]["stops"], "shipment"), [all[1].as_str()]);
        let nobody = json!({"region": "reg_north", "day": DAY, "fleet": [{"vehicle": "veh_unknown"}]});
        gateway.planner().post(PLANS, &nobody).await.problem("unknown_vehicle");
    }

    async fn a_planner_that_is_away_is_said_to_be_away(database) {
        let gateway = Gateway::start_with(database, PolicyFiles::embedded(), |settings| {
            settings.systems.planner.solver = haulgate::system::settings::Solver::Vroom;
        }).await;
        shipments(&gateway, 1).await;
        gateway.sandbox.faults.set(Target::Planner, Fault::Maintenance { retry_after_seconds: 30 });
        let away = gateway.planner().post(PLANS, &request()).await;
        assert!(away.status == 503 || away.status == 504, "{}", away.text());
    }

    async fn an_override_needs_a_reason_and_makes_a_revision(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        let path = format!("{ROUTES}/rte_1/overrides");
        let swap = json!({"action": "swap_driver", "driver": "drv_ben", "asked_by": "phone"});
        gateway.dispatch().post(&path, &json!({"change": swap})).await.problem("schema_violation");
        gateway.dispatch().post(&path, &json!({"change": swap, "reason": ""})).await.problem("schema_violation");
        let swapped = gateway.dispatch().post(&path, &json!({"change": swap, "reason": "Ana is ill"})).await.ok();
        assert_eq!((&swapped["route"]["driver"], &swapped["route"]["revision"]), (&json!("drv_ben"), &json!(2)));
        assert_eq!((&swapped["evaluated"], &swapped["violations"]), (&json!(true), &json!([])));
        let turn = json!({"action": "resequence", "stops": [stop(&all[1]), stop(&all[0])]});
        let stale = json!({"change": turn, "reason": "shorter", "revision": 1});
        gateway.dispatch().post(&path, &stale).await.problem("stale_revision");
        let turned = gateway.dispatch().post(&path, &json!({"change": turn, "reason": "shorter", "revision": 2})).await.ok();
        assert_eq!(texts(&turned["route"]["stops"], "shipment"), [all[1].as_str(), all[0].as_str()]);
        let overrides = &turned["route"]["overrides"];
        assert_eq!(texts(overrides, "reason"), ["Ana is ill", "shorter"]);
        assert_eq!(texts(overrides, "by"), ["dispatch/dana", "dispatch/dana"]);
    }

    async fn a_stop_moves_to_another_route_and_keeps_its_name(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 3).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        publish(&gateway, "rte_2", "drv_ben", &[&all[2]]).await;
        let change = json!({"action": "move_stop", "stop": stop(&all[1]), "to_route": "rte_2", "to_index": 0});
        let body = json!({"change": change, "reason": "on Ben's way"});
        let moved = gateway.dispatch().post(&format!("{ROUTES}/rte_1/overrides"), &body).await.ok();
        assert_eq!(texts(&moved["route"]["stops"], "shipment"), [all[0].as_str()]);
        assert_eq!(texts(&moved["other"]["stops"], "stop"), [stop(&all[1]), stop(&all[2])]);
        let there = gateway.dispatch().get(&format!("{ROUTES}/rte_2")).await.ok();
        assert_eq!(texts(&there["stops"], "stop"), [stop(&all[1]), stop(&all[2])]);
    }

    async fn a_route_is_accepted_rejected_loaded_and_broken_off(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 1).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0]]).await;
        let tell = |milestone: &str| {
            let body = json!({"milestone": milestone, "occurred_at": at("08:00")});
            gateway.dispatch().post(&format!("{ROUTES}/rte_1/milestones"), &body)
        };
        assert_eq!(tell("route_accepted").await.ok()["state"], "accepted");
        assert_eq!(tell("route_accepted").await.ok()["reception"], "duplicate");
        tell("goods_loaded").await.ok();
        assert_eq!(delivery(&gateway, &all[0]).await["state"], "loaded");
        assert_eq!(tell("vehicle_departed").await.ok()["state"], "started");
        assert_eq!(tell("vehicle_departed").await.ok()["reception"], "duplicate");
        assert_eq!(tell("route_accepted").await.ok()["reception"], "late");
        tell("route_completed").await.problem("stops_open");
        assert_eq!(tell("route_aborted").await.ok()["state"], "aborted");
        assert_eq!(delivery(&gateway, &all[0]).await["state"], "created");
        publish(&gateway, "rte_2", "drv_ben", &[&all[0]]).await;
    }

    async fn positions_mean_arrivals_and_departures_until_the_driver_says_so(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        dispatch(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        let case = case(&gateway);
        gateway.clock.advance(minutes(30));
        let fix = |position: Position, minute: i64| Fix {
            device: "veh_1".to_owned(),
            position,
            at: at("08:00") + minutes(minute),
            metres_per_second: 1.0,
            accuracy_metres: None,
        };
        let moved = |from: Position, metres: f64| Position { latitude: from.latitude + metres / 111_000.0, ..from };
        let way = vec![fix(place(1), 20), fix(moved(place(1), 20.0), 22), fix(moved(place(1), 400.0), 25)];
        let taken = take_positions(&gateway.app, &case, way).await.expect("they are taken");
        assert_eq!((taken.believed, taken.dropped.len(), taken.routes.len()), (3, 0, 1));
        let route = gateway.dispatch().get(&format!("{ROUTES}/rte_1")).await.ok();
        let first = &route["stops"][0];
        assert_eq!((&first["state"], &first["arrived"]["inferred"]), (&json!("arrived"), &json!(true)), "{route}");
        assert_eq!(first["arrived"]["occurred_at"], json!(at("08:20")));
        assert_eq!(first["departed"]["occurred_at"], json!(at("08:25")));
        assert_eq!(route["stops"][1]["eta"]["source"], "position", "{route}");
        let impossible = vec![fix(DEPOT, 24), fix(place(400), 26), fix(moved(place(1), 500.0), 90)];
        let taken = take_positions(&gateway.app, &case, impossible).await.expect("they are looked at");
        assert_eq!((taken.believed, taken.dropped.values().sum::<usize>()), (0, 3));
    }

    async fn another_regions_route_does_not_exist(database) {
        let policies = PolicyFiles::embedded();
        let consumers = policies.get("consumers.toml").expect("it is there").replace(
            "Control room\"\naudience = \"operator\"\nregions = []",
            "Control room\"\naudience = \"operator\"\nregions = [\"reg_south\"]",
        );
        let gateway = Gateway::start_with(database, policies.with("consumers.toml", &consumers), |_| {}).await;
        let all = shipments(&gateway, 1).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0]]).await;
        let south = gateway.control_room();
        south.get(&format!("{ROUTES}/rte_1")).await.problem("not_found");
        assert_eq!(south.get(ROUTES).await.ok()["items"], json!([]));
        let dispatched = south.post(&format!("{ROUTES}/rte_1/dispatch"), &json!({})).await;
        dispatched.problem("not_found");
        let body = json!({"revision": 9, "plan": plan(Some("drv_ana"), &[&all[0]])});
        south.put(&format!("{ROUTES}/rte_1"), &body).await.problem("not_found");
        let wrong = json!({"code": "vehicle_breakdown", "route": "rte_1"});
        south.post(EXCEPTIONS, &wrong).await.problem("unknown_subject");
        gateway.partner("acme").get(&format!("{ROUTES}/rte_1")).await.problem("contract_not_subscribed");
    }
}
