//! What the ERP has refused is posted again because a person says so, under the same id.

use super::{exceptions, texts};
use crate::{
    day::{ANA, confirmation, hash, under_way},
    gateway::Gateway,
    people::Answered,
    road::{EXCEPTIONS, delivery},
};
use axum::http::Method;
use haulgate::{
    domain::id::TaskId,
    sandbox::faults::{Fault, Target},
    store::TaskStatus,
};
use serde_json::json;

const PHOTO: &[u8] = b"a photo of the dock";

/// A delivery that the ERP refuses: the shipment, its exception and the dead letter.
async fn refused(gateway: &Gateway) -> (String, String, TaskId) {
    let day = under_way(gateway, 1).await;
    gateway.sandbox.faults.set(Target::Erp, Fault::ShortStock);
    let ana = gateway.driver(ANA);
    let path = format!("/experience/driver/v1/proofs/{}", hash(PHOTO));
    ana.say(Method::PUT, &path).bytes("image/jpeg", PHOTO).await.created();
    let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
    ana.post(&path, &confirmation("event-0001", 40, PHOTO)).await.created();
    gateway.work_off().await;
    let raised = exceptions(gateway, "posting_failed").await;
    let dead = gateway.app.store.tasks().list(TaskStatus::Dead, None, &[], None, 10).await.expect("read");
    assert_eq!((texts(&raised, "state"), dead.len()), (vec!["open"], 1));
    let id = raised[0]["id"].as_str().expect("an id").to_owned();
    (day.shipments[0].to_string(), id, dead[0].id.clone())
}

async fn resolve(gateway: &Gateway, exception: &str, action: &str) -> Answered {
    let decision = json!({"action": action, "note": "the stock is booked now"});
    gateway.control_room().post(&format!("{EXCEPTIONS}/{exception}/resolution"), &decision).await
}

async fn status(gateway: &Gateway, task: &TaskId) -> TaskStatus {
    gateway.app.store.tasks().get(task).await.expect("read").expect("there").status
}

async fn give_up(gateway: &Gateway, task: &TaskId, why: &str) {
    let path = format!("/experience/control-tower/v1/dead-letters/{task}/discard");
    gateway.control_room().post(&path, &json!({"reason": why})).await.ok();
}

on_both_databases! {
    async fn resolving_a_refused_posting_posts_it_again_under_the_same_id(database) {
        let gateway = Gateway::start(database).await;
        let (shipment, exception, task) = refused(&gateway).await;
        resolve(&gateway, &exception, "return").await.status(422);
        let resolved = resolve(&gateway, &exception, "reattempt").await.ok();
        assert_eq!(resolved["resolution"]["action"], "reattempt");
        assert_eq!(status(&gateway, &task).await, TaskStatus::Waiting);
        gateway.work_off().await;
        let again = exceptions(&gateway, "posting_failed").await;
        assert_eq!(again.len(), 2, "it was refused again: another exception");
        gateway.sandbox.faults.clear(Target::Erp);
        let open = again.iter().find(|one| one["state"] == "open").expect("one is open");
        resolve(&gateway, open["id"].as_str().expect("an id"), "accept").await.ok();
        gateway.work_off().await;
        assert_eq!(status(&gateway, &task).await, TaskStatus::Done);
        assert_eq!(gateway.sandbox.erp.effects().deliveries, 1);
        assert_eq!(gateway.sandbox.erp.invoices().len(), 1, "and the invoice goes");
        assert_eq!(delivery(&gateway, &shipment).await["state"], "delivered");
    }

    async fn what_was_given_up_is_posted_anew_only_if_that_is_said(database) {
        let gateway = Gateway::start(database).await;
        let (_, exception, task) = refused(&gateway).await;
        gateway.sandbox.faults.clear(Target::Erp);
        give_up(&gateway, &task, "given up").await;
        resolve(&gateway, &exception, "reattempt").await.ok();
        gateway.work_off().await;
        assert_eq!((status(&gateway, &task).await, gateway.sandbox.erp.effects().deliveries), (TaskStatus::Discarded, 1));
    }

    async fn what_was_given_up_stays_so_if_it_is_accepted(database) {
        let gateway = Gateway::start(database).await;
        let (_, exception, task) = refused(&gateway).await;
        gateway.sandbox.faults.clear(Target::Erp);
        give_up(&gateway, &task, "posted by hand").await;
        resolve(&gateway, &exception, "accept").await.ok();
        gateway.work_off().await;
        assert_eq!(gateway.sandbox.erp.effects().deliveries, 0);
    }
}
