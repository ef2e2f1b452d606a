//! Deliveries as the back office sees them: confirmed for others, read, listed, and set right.

use crate::{
    day::{ANA, confirmation, under_way},
    gateway::Gateway,
};
use serde_json::json;

const DELIVERIES: &str = "/process/deliveries/v1/deliveries";

on_both_databases! {
    async fn a_scanner_confirms_and_the_back_office_reads(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        let mut body = confirmation("event-0001", 40, b"photo");
        body["stop"] = json!(day.stops[0]);
        let confirmed = gateway.dispatch().post(DELIVERIES, &body).await;
        confirmed.created();
        let path = confirmed.header("location");
        let read = gateway.dispatch().get(&path).await;
        let view = read.ok();
        assert_eq!((&view["state"], &view["received_by"]), (&json!("delivered"), &json!("M. Krause")));
        assert_eq!(view["proof"]["missing"], json!(["photo"]));
        let unchanged = gateway.dispatch().get(&path).with("if-none-match", read.header("etag")).await;
        assert_eq!(unchanged.status, 304);
        let list = gateway.dispatch().get(&format!("{DELIVERIES}?day=2026-11-23&region=reg_north&route=rte_1")).await.ok();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
        let none = gateway.dispatch().get(&format!("{DELIVERIES}?day=2026-11-24&state=delivered")).await.ok();
        assert_eq!(none["items"], json!([]));
        for nothing in ["route=%22no%20id%22%C3%A9", "party=a%26b", "day=9999-12-31", "day=0000-01-01"] {
            let none = gateway.dispatch().get(&format!("{DELIVERIES}?{nothing}")).await.ok();
            assert_eq!(none, json!({ "items": [] }), "{nothing}");
        }
        gateway.dispatch().get(&format!("{DELIVERIES}/shp_nowhere.1")).await.problem("not_found");
    }

    async fn another_drivers_stop_is_not_believed(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let mut body = confirmation("event-0001", 40, b"photo");
        (body["stop"], body["driver"]) = (json!(day.stops[0]), json!("drv_ben"));
        assert_eq!(gateway.dispatch().post(DELIVERIES, &body).await.accepted()["reception"], "quarantined");
        (body["driver"], body["event"]) = (json!(ANA), json!("event-0002"));
        gateway.dispatch().post(DELIVERIES, &body).await.created();
    }

    async fn only_a_correction_leads_out_of_the_end(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let mut body = confirmation("event-0001", 40, b"photo");
        body["stop"] = json!(day.stops[0]);
        gateway.dispatch().post(DELIVERIES, &body).await.created();
        let path = format!("{DELIVERIES}/{}/corrections", day.shipments[0]);
        let correction = json!({
            "to": "partially_delivered", "differences": [{"line": 1, "short": 3}], "reason": "Three sacks were missing."
        });
        let corrected = gateway.dispatch().post(&path, &correction).await.created();
        assert_eq!(corrected["corrections"][0]["reason"], "Three sacks were missing.");
        assert_eq!(corrected["goods"][0]["tally"]["delivered"], 7);
        body["event"] = json!("event-0002");
        assert_eq!(gateway.dispatch().post(DELIVERIES, &body).await.ok()["reception"], "late");
        let wrong = json!({"to": "delivered", "differences": [{"line": 1, "short": 3}], "reason": "No."});
        assert_eq!(gateway.dispatch().post(&path, &wrong).await.problem("differences_wrong")["status"], 422);
        gateway.dispatch().post(&path, &json!({"to": "lost", "reason": ""})).await.problem("schema_violation");
    }
}
