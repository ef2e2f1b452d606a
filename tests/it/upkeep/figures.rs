//! How fast things reach those they are for.

use crate::{
    gateway::Gateway,
    road::{ROUTES, at, publish, shipments},
};
use haulgate::relay::Chore;
use jiff::SignedDuration;
use serde_json::{Value, json};

async fn figure(gateway: &Gateway, name: &str) -> Value {
    let sla = gateway.control_room().get("/experience/control-tower/v1/sla?hours=24").await.ok();
    let all = sla["figures"].as_array().expect("figures");
    all.iter().find(|one| one["figure"] == name).expect("it is measured")["total"].clone()
}

on_both_databases! {
    async fn a_publication_is_over_when_the_drivers_app_has_read_it(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0]]).await;
        publish(&gateway, "rte_2", "drv_ben", &[&all[1]]).await;
        assert_eq!(figure(&gateway, "route_publication_delay").await["count"], 0, "nobody has read it");
        gateway.clock.advance(SignedDuration::from_secs(3));
        gateway.driver("drv_ana").get("/experience/driver/v1/run").await.ok();
        let read = figure(&gateway, "route_publication_delay").await;
        assert_eq!((&read["count"], &read["p95_seconds"], &read["met"]), (&json!(1), &json!(3.0), &json!(true)));
        gateway.clock.advance(SignedDuration::from_secs(57));
        gateway.driver("drv_ana").get("/experience/driver/v1/run").await.ok();
        assert_eq!(figure(&gateway, "route_publication_delay").await["p95_seconds"], 3.0, "only the first reading counts");
        let accepted = json!({"milestone": "route_accepted", "occurred_at": at("08:01")});
        gateway.dispatch().post(&format!("{ROUTES}/rte_2/milestones"), &accepted).await.ok();
        let both = figure(&gateway, "route_publication_delay").await;
        assert_eq!((&both["count"], &both["p95_seconds"], &both["met"]), (&json!(2), &json!(60.0), &json!(false)));
    }

    async fn a_revision_has_to_be_read_again(database) {
        let gateway = Gateway::start(database).await;
        let all = shipments(&gateway, 2).await;
        publish(&gateway, "rte_1", "drv_ana", &[&all[0], &all[1]]).await;
        gateway.driver("drv_ana").get("/experience/driver/v1/run").await.ok();
        let turn = json!({"action": "resequence", "stops": [crate::road::stop(&all[1]), crate::road::stop(&all[0])]});
        gateway.clock.advance(SignedDuration::from_secs(60));
        let path = format!("{ROUTES}/rte_1/overrides");
        gateway.dispatch().post(&path, &json!({"change": turn, "reason": "shorter"})).await.ok();
        gateway.clock.advance(SignedDuration::from_secs(2));
        gateway.driver("drv_ana").get("/experience/driver/v1/run").await.ok();
        let read = figure(&gateway, "route_publication_delay").await;
        assert_eq!((&read["count"], &read["p50_seconds"], &read["p95_seconds"]), (&json!(2), &json!(0.0), &json!(2.0)));
    }

    async fn a_message_lags_until_whoever_it_is_for_has_it(database) {
        let gateway = Gateway::start(database).await;
        shipments(&gateway, 1).await;
        assert_eq!(figure(&gateway, "message_lag").await["count"], 0, "the ERP has not heard yet");
        gateway.clock.advance(SignedDuration::from_secs(4));
        gateway.work_off().await;
        let lag = figure(&gateway, "message_lag").await;
        assert_eq!((&lag["p50_seconds"], &lag["met"]), (&json!(4.0), &json!(false)), "{lag}");
    }

    async fn whoever_scrapes_the_metrics_sees_the_leaders_figures(database) {
        let gateway = Gateway::start(database).await;
        shipments(&gateway, 1).await;
        gateway.clock.advance(SignedDuration::from_secs(4));
        gateway.work_off().await;
        haulgate::telemetry::metrics();
        gateway.app.relay().look_after(Chore::ShowFigures).await.expect("they are measured");
        let shown = haulgate::telemetry::metrics().render();
        for expected in [
            "haulgate_figure_cases{figure=\"message_lag\",region=\"all\"}",
            "haulgate_figure_seconds{figure=\"message_lag\",region=\"all\",quantile=\"0.95\"}",
            "haulgate_figure_met{figure=\"message_lag\",region=\"all\"}",
        ] {
            assert!(shown.lines().any(|line| line.starts_with(expected)), "{expected} in {shown}");
        }
    }
}
