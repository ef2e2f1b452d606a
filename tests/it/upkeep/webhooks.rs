//! A webhook that was not there a moment ago: what the read cache knows to be missing is not missed once it is there.

use crate::{
    day::{ANA, confirmation, under_way},
    gateway::Gateway,
};
use haulgate::{
    domain::{id::PartyId, proof::Proof, webhook::PartyWebhooks},
    store::{Store, Table},
};
use serde_json::json;
use tower::ServiceExt;

const WEBHOOKS: &str = "/experience/partner/v1/webhooks";
const PARTY: &str = "pty_acme";

async fn hand_over(gateway: &Gateway, stop: &str, event: &str) {
    let path = format!("/experience/driver/v1/stops/{stop}/confirmation");
    gateway.driver(ANA).post(&path, &confirmation(event, 40, event.as_bytes())).await.created();
}

/// How many messages are on their way to webhooks.
async fn told(gateway: &Gateway) -> u64 {
    let backlog = gateway.app.store.tasks().backlog(&[]).await.expect("read");
    backlog.iter().filter(|one| one.kind == "deliver_webhook").map(|one| one.waiting).sum()
}

fn webhook(gateway: &Gateway) -> serde_json::Value {
    json!({"url": gateway.sandbox.receiver.url("acme"), "milestones": ["delivery.completed"]})
}

on_both_databases! {
    async fn a_webhook_made_right_after_a_confirmation_is_told_of_the_next(database) {
        let gateway = Gateway::start(database).await;
        let day = under_way(&gateway, 2).await;
        hand_over(&gateway, day.stops[0].as_str(), "event-0001").await;
        assert_eq!(told(&gateway).await, 0);
        gateway.partner("acme").post(WEBHOOKS, &webhook(&gateway)).await.created();
        hand_over(&gateway, day.stops[1].as_str(), "event-0002").await;
        assert_eq!(told(&gateway).await, 1);
    }

    async fn what_is_not_there_is_asked_for_once_and_found_when_it_is(database) {
        let (store, _) = database.store().await;
        assert!(store.load::<PartyWebhooks>(PARTY).await.expect("read").is_none());
        // Behind the ledger's back, where no commit is heard of: only the cache can still say no.
        let proof = Proof::unknown("a");
        let row = |table: &str, id: &str, state: &str| format!(
            "INSERT INTO {table} (id, version, status, created, updated, state) VALUES ('{id}', 1, 'told', 1, 1, '{state}')"
        );
        database.meddle(&row("webhook", PARTY, &format!("{{\"party\": \"{PARTY}\", \"webhooks\": []}}"))).await;
        assert!(store.load::<PartyWebhooks>(PARTY).await.expect("read").is_none(), "remembered for seconds");
        assert!(store.look::<PartyWebhooks>(PARTY).await.expect("read").is_none());
        assert!(store.load_fresh::<PartyWebhooks>(PARTY).await.expect("read").is_some(), "whoever decides reads past it");
        assert!(store.load::<PartyWebhooks>(PARTY).await.expect("read").is_some());
        let ids = vec![proof.id.to_string()];
        assert!(store.load_all::<Proof>(&ids).await.expect("read").is_empty());
        let state = serde_json::to_string(&proof).expect("plain data");
        database.meddle(&row("proof", proof.id.as_str(), &state)).await;
        assert!(store.load_all::<Proof>(&ids).await.expect("read").is_empty());
    }
}

/// Only PostgreSQL has other nodes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_made_at_another_node_is_told_of_what_happens_here_postgres() {
    let database = match crate::databases::Database::postgres().await {
        Ok(database) => database,
        Err(why) => return crate::databases::postgres::skip("a_webhook_made_at_another_node_postgres", &why),
    };
    let settings = database.settings();
    let gateway = Gateway::start(database).await;
    let day = under_way(&gateway, 2).await;
    hand_over(&gateway, day.stops[0].as_str(), "event-0001").await;
    assert!(gateway.app.store.load::<PartyWebhooks>(PARTY).await.expect("read").is_none());
    let store = Store::open(&settings, gateway.clock.clone()).await.expect("opens beside the first");
    let other = gateway.app.beside(store, gateway.app.connectors.clone()).service();
    let mut news = gateway.app.store.committed();
    let request = gateway.partner("acme").post(WEBHOOKS, &webhook(&gateway)).request();
    let made = other.oneshot(request).await.expect("the router does not fail");
    assert_eq!(made.status(), 201);
    let is_heard = async { while !news.recv().await.expect("news").iter().any(|one| one.table == Table::Webhook) {} };
    let listens = tokio::time::timeout(settings.cache_for, is_heard).await;
    // Heard of at once while this node listens; else believed no longer than the cache's seconds.
    assert!(listens.is_ok() || gateway.app.store.load::<PartyWebhooks>(PARTY).await.expect("read").is_some());
    let known = gateway.app.store.load::<PartyWebhooks>(PARTY).await.expect("read").expect("there");
    assert_eq!(known.state.party, PartyId::from(PARTY));
    hand_over(&gateway, day.stops[1].as_str(), "event-0002").await;
    assert_eq!(told(&gateway).await, 1);
}
