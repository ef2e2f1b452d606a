//! Partners' portals: where their shipments are, what was left at the door, and to be told.

use crate::{
    databases::column,
    day::{ANA, confirmation, hash, under_way},
    gateway::Gateway,
};
use axum::body::Body;
use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::time::Duration;

const SHIPMENTS: &str = "/experience/partner/v1/shipments";
const WEBHOOKS: &str = "/experience/partner/v1/webhooks";

/// Ana hands the stop's goods over.
async fn hand_over(gateway: &Gateway, stop: &impl std::fmt::Display, event: &str) {
    let path = format!("/experience/driver/v1/stops/{stop}/confirmation");
    let told = gateway.driver(ANA).post(&path, &confirmation(event, 40, b"photo")).await;
    assert!(told.status < 300, "{}", told.text());
}

/// Reads a stream until it has told so many events: their ids, names and data.
async fn hear(
    body: &mut (impl StreamExt<Item = Result<axum::body::Bytes, axum::Error>> + Unpin),
    many: usize,
) -> Vec<(String, String, Value)> {
    let mut text = String::new();
    let listening = async {
        while text.matches("data:").count() < many || !text.ends_with("\n\n") {
            let piece = body.next().await.expect("the stream goes on").expect("it is not broken");
            text.push_str(&String::from_utf8_lossy(&piece));
        }
    };
    tokio::time::timeout(Duration::from_secs(20), listening).await.expect("it is told in time");
    let field = |event: &str, name: &str| {
        let line = event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.trim().to_owned()
    };
    let told = text.split("\n\n").filter(|event| event.contains("data:"));
    told.map(|event| {
        let data = serde_json::from_str(&field(event, "data:")).expect("a CloudEvent is JSON");
        (field(event, "id:"), field(event, "event:"), data)
    })
    .collect()
}

on_both_databases! {
    async fn a_portal_polls_its_shipment_and_hears_only_of_changes(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        let (acme, path) = (gateway.partner("acme"), format!("{SHIPMENTS}/{}", day.shipments[0]));
        let first = acme.get(&path).await;
        assert_eq!(first.ok()["state"], "out_for_delivery");
        assert_eq!(first.header("cache-control"), "private, no-cache");
        let tag = first.header("etag");
        let again = acme.get(&path).with("if-none-match", &tag).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.clone()));
        hand_over(&gateway, &day.stops[0], "event-0001").await;
        let changed = acme.get(&path).with("if-none-match", &tag).await;
        assert_eq!(changed.ok()["state"], "delivered");
        let eta = acme.get(&format!("{path}/eta")).await.ok();
        assert_eq!((&eta["kind"], &eta["late"]), (&json!("actual"), &json!(false)));
    }

    async fn another_partys_shipment_does_not_exist(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let globex = gateway.partner("globex");
        for part in ["", "/eta", "/events", "/exceptions", "/proof", "/preferences", "/follow"] {
            let theirs = globex.get(&format!("{SHIPMENTS}/{}{part}", day.shipments[0])).await;
            let nobodys = globex.get(&format!("{SHIPMENTS}/shp_nobody.1{part}")).await;
            let told = |answer: &Value| (answer["code"].clone(), answer["detail"].clone(), answer["title"].clone());
            assert_eq!(told(&theirs.problem("not_found")), told(&nobodys.problem("not_found")), "{part}");
        }
        assert_eq!(globex.get(SHIPMENTS).await.ok()["items"], json!([]));
        let wish = json!({"instructions": "Leave it with us."});
        globex.put(&format!("{SHIPMENTS}/{}/preferences", day.shipments[0]), &wish).await.problem("not_found");
    }

    async fn a_shipment_is_found_by_its_orders_number_and_the_list_is_walked(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 3).await;
        let acme = gateway.partner("acme");
        let found = acme.get(&format!("{SHIPMENTS}?order_number=SO-0002")).await.ok();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(found["items"][0]["shipment"], json!(day.shipments[1]));
        let (mut seen, mut path) = (Vec::new(), format!("{SHIPMENTS}?limit=2&state=out_for_delivery"));
        loop {
            let page = acme.get(&path).await.ok();
            seen.extend(page["items"].as_array().expect("items").iter().map(|one| one["shipment"].to_string()));
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{SHIPMENTS}?limit=2&state=out_for_delivery&cursor={next}");
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3);
        acme.get(&format!("{SHIPMENTS}?order_number=a%20b")).await.problem("malformed_parameter");
    }

    async fn history_tells_both_clocks_and_nobodys_name(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        hand_over(&gateway, &day.stops[0], "event-0001").await;
        let told = gateway.partner("acme").get(&format!("{SHIPMENTS}/{}/events", day.shipments[0])).await;
        let events = told.ok();
        let last = events["items"].as_array().and_then(|items| items.last()).expect("an event").clone();
        assert_eq!(last["milestone"], "delivery.completed");
        assert_eq!(last["occurred_at"], "2026-11-23T07:40:00Z");
        assert_eq!(last["recorded_at"], "2026-11-23T08:00:00Z");
        assert!(!told.text().contains("Krause") && !told.text().contains(ANA), "{}", told.text());
    }

    async fn proof_is_opened_by_its_link_until_the_link_is_old(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        hand_over(&gateway, &day.stops[0], "event-0001").await;
        let path = format!("{SHIPMENTS}/{}/proof", day.shipments[0]);
        let waiting = gateway.partner("acme").get(&path).await.ok();
        assert_eq!((&waiting["complete"], &waiting["artifacts"][0]["link"]), (&json!(false), &Value::Null));
        let photo = gateway.driver(ANA).say(axum::http::Method::PUT, &format!("/experience/driver/v1/proofs/{}", hash(b"photo")));
        let uploaded = photo.bytes("image/jpeg", &b"photo"[..]).await;
        assert!(uploaded.status < 300, "{}", uploaded.text());
        let proof = gateway.partner("acme").get(&path).await.ok();
        assert_eq!((&proof["complete"], &proof["received_by"]), (&json!(true), &json!("M. Krause")));
        let link = proof["artifacts"][0]["link"].as_str().expect("a link").to_owned();
        let link = link.trim_start_matches(gateway.app.settings.server.public_url.as_str()).to_owned();
        let open = |link: &str| axum::http::Request::get(link).body(Body::empty()).expect("a request");
        let artifact = gateway.knock(open(&link)).await;
        assert_eq!((artifact.status, artifact.body.as_ref()), (200, &b"photo"[..]));
        assert_eq!(artifact.header("content-type"), "image/jpeg");
        gateway.knock(open(&link.replace("image%2Fjpeg", "text%2Fhtml"))).await.problem("not_found");
        gateway.clock.advance(SignedDuration::from_mins(60));
        gateway.knock(open(&link)).await.problem("not_found");
    }

    async fn a_follower_hears_everything_once_and_goes_on_where_it_broke_off(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let (acme, path) = (gateway.partner("acme"), format!("{SHIPMENTS}/{}/follow", day.shipments[0]));
        let stream = acme.get(&path).listen().await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        let mut body = stream.into_body().into_data_stream();
        hand_over(&gateway, &day.stops[0], "event-0001").await;
        let told = hear(&mut body, 1).await;
        assert_eq!(told[0].1, "haulgate.delivery.completed.v1");
        assert_eq!(told[0].2["subject"], json!(day.shipments[0]));
        drop(body);
        let photo = gateway.driver(ANA).say(axum::http::Method::PUT, &format!("/experience/driver/v1/proofs/{}", hash(b"photo")));
        photo.bytes("image/jpeg", &b"photo"[..]).await;
        let resumed = acme.get(&path).with("last-event-id", &told[0].0).listen().await;
        let later = hear(&mut resumed.into_body().into_data_stream(), 1).await;
        assert_eq!(later[0].1, "haulgate.proof.received.v1");
        acme.get(&path).with("last-event-id", "nonsense").await.problem("malformed_parameter");
    }

    async fn a_stream_ends_with_its_token(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let stream = gateway.partner("acme").get(&format!("{SHIPMENTS}/{}/follow", day.shipments[0])).listen().await;
        let mut body = stream.into_body().into_data_stream();
        gateway.clock.advance(SignedDuration::from_hours(48));
        hand_over_later(&gateway, &day).await;
        let ended = async { while body.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the stream ends");
    }

    async fn preferences_are_set_read_and_not_overwritten_unseen(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let (acme, path) = (gateway.partner("acme"), format!("{SHIPMENTS}/{}/preferences", day.shipments[0]));
        acme.get(&path).await.problem("not_found");
        let wish = json!({"safe_place": "behind the gate", "notify": "mailto:dock@acme.example"});
        let tag = { let set = acme.put(&path, &wish).await; set.created(); set.header("etag") };
        assert_eq!(acme.get(&path).await.ok()["preferences"]["safe_place"], "behind the gate");
        acme.put(&path, &wish).await.problem("precondition_required");
        let changed = acme.put(&path, &json!({"safe_place": "the porch"})).if_match(&tag).await;
        assert_eq!(changed.ok()["preferences"]["safe_place"], "the porch");
        acme.put(&path, &wish).if_match(&tag).await.problem("precondition_failed");
        let window = json!({"window": {"from": "2026-11-23T12:00:00Z", "until": "2026-11-23T14:00:00Z"}});
        acme.put(&path, &window).if_match(&changed.header("etag")).await.problem("too_late_to_prefer");
        acme.put("/experience/partner/v1/preferences", &json!({"notify": "ftp://nowhere"})).await.problem("content_invalid");
        acme.put("/experience/partner/v1/preferences", &wish).await.created();
    }

    async fn a_webhook_is_told_once_with_either_secret_and_told_again_when_asked(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 1).await;
        let acme = gateway.partner("acme");
        let wanted = json!({"url": gateway.sandbox.receiver.url("acme"), "milestones": ["delivery.completed"]});
        let made = acme.post(WEBHOOKS, &wanted).key("acme-webhook-1").await.created();
        let (id, secret) = (made["webhook"]["webhook"].as_str().expect("an id"), made["secret"].as_str().expect("a secret"));
        assert!(secret.starts_with("whsec_"));
        assert_eq!(acme.post(WEBHOOKS, &wanted).key("acme-webhook-1").await.created(), made);
        assert!(!acme.get(WEBHOOKS).await.text().contains("whsec_"));
        gateway.sandbox.receiver.trust(secret);
        assert_eq!(acme.tell(&format!("{WEBHOOKS}/{id}/test")).await.ok()["delivered"], true);
        hand_over(&gateway, &day.stops[0], "event-0001").await;
        gateway.work_off().await;
        let told = |gateway: &Gateway| gateway.sandbox.receiver.received().into_iter().filter(|one| one.body["type"] == "haulgate.delivery.completed.v1").collect::<Vec<_>>();
        let first = told(&gateway);
        assert_eq!(first.len(), 1, "{first:?}");
        let rotated = acme.tell(&format!("{WEBHOOKS}/{id}/secret")).await.ok();
        assert_ne!(rotated["secret"], made["secret"]);
        assert_eq!(rotated["previous_secret_until"], "2026-11-24T08:00:00Z");
        let again = acme.post(&format!("{WEBHOOKS}/{id}/redeliveries"), &json!({"since": "2026-11-23T07:00:00Z", "why": "lost"})).await.accepted();
        assert_eq!(again["queued"], 1);
        gateway.work_off().await;
        let second = told(&gateway);
        assert_eq!((second.len(), &second[0].id), (2, &second[1].id));
        let event = json!({"event": first[0].id});
        gateway.partner("globex").post(&format!("{WEBHOOKS}/{id}/redeliveries"), &event).await.problem("not_found");
        assert_eq!(acme.post(&format!("{WEBHOOKS}/{id}/redeliveries"), &event).await.accepted()["queued"], 1);
        assert_eq!(acme.delete(&format!("{WEBHOOKS}/{id}")).await.status, 204);
        acme.delete(&format!("{WEBHOOKS}/{id}")).await.problem("not_found");
    }

    async fn a_webhook_s_secret_is_shown_once_and_lies_sealed_in_the_database(database) {
        let place = database.url.clone();
        let gateway = Gateway::start(database).await;
        let acme = gateway.partner("acme");
        let made = acme.post(WEBHOOKS, &json!({"url": gateway.sandbox.receiver.url("acme")})).key("acme-webhook-1").await.created();
        let id = made["webhook"]["webhook"].as_str().expect("an id");
        let rotated = acme.tell(&format!("{WEBHOOKS}/{id}/secret")).key("acme-rotate-1").await.ok();
        let again = acme.tell(&format!("{WEBHOOKS}/{id}/secret")).key("acme-rotate-1").await;
        assert_eq!((again.header("idempotent-replayed"), again.ok()), ("true".to_owned(), rotated.clone()));
        for secret in [&made["secret"], &rotated["secret"]] {
            let secret = secret.as_str().expect("a secret").trim_start_matches("whsec_");
            for (kept, table) in [("body", "once"), ("state", "webhook")] {
                let rows = column(&place, kept, table).await;
                assert!(rows.contains("sealed:1:") && !rows.contains(secret), "{table}");
            }
        }
    }

    async fn a_webhook_points_to_a_public_address(database) {
        let gateway = Gateway::start(database).await;
        for url in ["http://example.org/hook", "https://169.254.169.254/latest", "https://10.0.0.8/"] {
            gateway.partner("acme").post(WEBHOOKS, &json!({ "url": url })).await.problem("content_invalid");
        }
    }
}

/// A change of the shipment, so that followers look up.
async fn hand_over_later(gateway: &Gateway, day: &crate::day::Day) {
    hand_over(gateway, &day.stops[0], "event-0009").await;
}
