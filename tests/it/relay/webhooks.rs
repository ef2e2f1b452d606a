//! Partners' webhooks: signed, by the published schedule, and no more once the receiver says so.

use super::yard::{Yard, handover};
use haulgate::{
    domain::webhook::{PartyWebhooks, Webhook},
    sandbox::faults::{Fault, Target},
    store::TaskStatus,
};
use jiff::SignedDuration;

const SECRET: &str = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// The baker's webhook, told of completed deliveries.
async fn subscribe(yard: &Yard) {
    yard.sandbox.receiver.trust(SECRET);
    let webhook = Webhook {
        id: "whk_1".into(),
        consumer: "partner-baker".to_owned(),
        url: yard.sandbox.receiver.url("baker"),
        milestones: [haulgate::domain::milestone::MilestoneKind::DeliveryCompleted].into(),
        secrets: vec![yard.store.sealed_secret(&"whk_1".into(), SECRET)],
        disabled: None,
        created_at: yard.clock.now(),
    };
    let mut change = yard.change();
    change.create(PartyWebhooks { party: "pty_baker".into(), webhooks: vec![webhook] });
    yard.store.commit(change).await.expect("committed");
}

on_both_databases! {
    async fn a_partner_is_told_in_a_signed_message_and_hears_it_again_under_the_same_id(database) {
        let yard = Yard::open(database).await;
        subscribe(&yard).await;
        yard.sandbox.faults.set(Target::Receiver, Fault::LostAnswer { every: 1 });
        let visit = yard.deliver("SO-1", handover(0)).await;
        yard.relay.work_off().await;
        yard.sandbox.faults.clear(Target::Receiver);
        yard.clock.advance(SignedDuration::from_secs(6));
        yard.relay.work_off().await;
        let received = yard.sandbox.receiver.received();
        assert!(received.len() >= 2, "{received:?}");
        assert!(received.iter().all(|message| message.id == received[0].id && message.body == received[0].body));
        let event = &received[0].body;
        assert_eq!(event["id"], received[0].id.as_str());
        assert_eq!(event["type"], "haulgate.delivery.completed.v1");
        assert_eq!(event["subject"], visit.shipment.id.as_str());
        assert_eq!(event["correlationid"], "story");
        assert_eq!(yard.sandbox.receiver.refused(), 0);
        let backlog = yard.store.tasks().backlog(&[]).await.expect("read");
        assert!(backlog.iter().all(|one| one.kind != "deliver_webhook"), "{backlog:?}");
    }

    async fn a_receiver_that_is_gone_is_not_called_again(database) {
        let yard = Yard::open(database).await;
        subscribe(&yard).await;
        yard.sandbox.faults.set(Target::Receiver, Fault::Status { status: 410 });
        yard.deliver("SO-1", handover(0)).await;
        yard.relay.work_off().await;
        let hooks = yard.store.load_fresh::<PartyWebhooks>("pty_baker").await.expect("read").expect("there");
        assert!(hooks.state.webhooks[0].disabled.is_some());
        let asked = yard.sandbox.faults.asked(Target::Receiver);
        yard.deliver("SO-2", handover(0)).await;
        yard.relay.work_off().await;
        assert_eq!(yard.sandbox.faults.asked(Target::Receiver), asked);
    }

    async fn the_published_schedule_is_kept_and_its_end_is_a_dead_letter(database) {
        let yard = Yard::open(database).await;
        subscribe(&yard).await;
        yard.sandbox.faults.set(Target::Receiver, Fault::Redirect { to: "http://127.0.0.1:1/".to_owned() });
        yard.deliver("SO-1", handover(0)).await;
        for pause in [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] {
            yard.relay.work_off().await;
            let waiting = yard.store.tasks().list(TaskStatus::Waiting, Some("deliver_webhook"), &[], None, 9).await;
            let due = waiting.expect("read")[0].due.duration_since(yard.clock.now()).as_secs();
            assert!((pause..=pause + pause / 10 + 1).contains(&due), "{due} after {pause}");
            yard.clock.advance(SignedDuration::from_secs(due + 1));
        }
        yard.relay.work_off().await;
        let dead = yard.only(TaskStatus::Dead).await;
        assert_eq!((dead.kind.as_str(), dead.story.len()), ("deliver_webhook", 10));
    }
}
