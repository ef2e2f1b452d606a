//! Tasks: in order per key, in parallel across keys, delivered again when a deliverer disappears, buried with a story.

use super::*;
use haulgate::{
    clock::Clock,
    domain::{effect::Effect, id::TaskId},
    store::{Task, TaskStatus},
};
use jiff::SignedDuration;

const LEASE: SignedDuration = SignedDuration::from_secs(30);

fn hold(order: &str, reason: &str) -> Effect {
    Effect::HoldInvoice { order: order.into(), reason: reason.to_owned() }
}

fn notify(shipment: &str, milestone: &str) -> Effect {
    Effect::NotifyCustomer { shipment: shipment.into(), milestone: milestone.to_owned() }
}

async fn ask(store: &Store, clock: &Clock, effects: Vec<Effect>) -> Vec<TaskId> {
    let mut change = change_at(clock.now());
    let ids = effects.into_iter().map(|effect| change.effect(effect)).collect();
    store.commit(change).await.expect("committed");
    ids
}

async fn claim(store: &Store, clock: &Clock, owner: &str) -> Vec<Task> {
    store.tasks().claim(owner, clock.now(), clock.now() + LEASE, 100).await.expect("a claim")
}

fn ids(tasks: &[Task]) -> Vec<TaskId> {
    tasks.iter().map(|task| task.id.clone()).collect()
}

/// What a person decides of a dead letter.
async fn rule(store: &Store, decide: impl FnOnce(&mut Change)) -> Result<(), CommitError> {
    let mut change = change();
    decide(&mut change);
    store.commit(change).await.map(drop)
}

on_both_databases! {
    async fn tasks_of_a_key_come_one_after_the_other_and_keys_in_parallel(database) {
        let (store, clock) = database.store().await;
        let asked = ask(&store, &clock, vec![hold("ord_1", "a"), hold("ord_1", "b"), hold("ord_2", "c")]).await;
        let later = ask(&store, &clock, vec![hold("ord_1", "d")]).await;
        let tasks = store.tasks();

        let first = claim(&store, &clock, "relay-1").await;
        assert_eq!(ids(&first), [asked[0].clone(), asked[2].clone()]);
        assert_eq!((first[0].effect.clone(), first[0].attempts), (hold("ord_1", "a"), 1));
        assert_eq!((first[0].subject.as_str(), first[0].correlation_id.as_str()), ("ord_1", "story"));
        assert_eq!(first[0].region, Some("reg_berlin".into()));
        assert!(claim(&store, &clock, "relay-2").await.is_empty(), "the rest waits for its turn");

        tasks.done(&ids(&first)).await.expect("marked");
        assert_eq!(ids(&claim(&store, &clock, "relay-1").await), [asked[1].clone()]);
        tasks.done(&asked[1..2]).await.expect("marked");
        assert_eq!(ids(&claim(&store, &clock, "relay-1").await), later);
        tasks.done(&later).await.expect("marked");
        assert!(claim(&store, &clock, "relay-1").await.is_empty());
        assert!(tasks.backlog(&[]).await.expect("a read").is_empty());
        assert_eq!(tasks.of_keys(&["ord_1".to_owned()], 10).await.expect("a read").len(), 3);
    }

    async fn a_lease_that_runs_out_passes_the_task_on_and_its_late_holder_has_no_say(database) {
        let (store, clock) = database.store().await;
        ask(&store, &clock, vec![hold("ord_1", "a")]).await;
        let lost = claim(&store, &clock, "relay-1").await.remove(0);
        assert!(claim(&store, &clock, "relay-2").await.is_empty());

        clock.advance(LEASE);
        let again = claim(&store, &clock, "relay-2").await.remove(0);
        assert_eq!((again.id.clone(), again.attempts), (lost.id.clone(), 2));
        assert!(!store.tasks().retry(&lost, clock.now(), "too late").await.expect("asked"));
        assert!(!store.tasks().bury(&lost, "too late").await.expect("asked"));
        assert!(store.tasks().retry(&again, clock.now() + LEASE, "503").await.expect("asked"));

        assert!(claim(&store, &clock, "relay-1").await.is_empty(), "not before it is due");
        clock.advance(LEASE);
        let third = claim(&store, &clock, "relay-1").await.remove(0);
        let chapter = &third.story[0];
        assert_eq!((chapter.what.as_str(), chapter.why.as_str(), chapter.by.as_str()), ("failed", "503", "relay-2"));
    }

    async fn a_dead_letter_keeps_its_key_waiting_until_a_person_decides(database) {
        let (store, clock) = database.store().await;
        let asked = ask(&store, &clock, vec![hold("ord_1", "a"), hold("ord_1", "b")]).await;
        let tasks = store.tasks();
        let first = claim(&store, &clock, "relay-1").await.remove(0);
        assert!(tasks.bury(&first, "422: no such\0 sale").await.expect("buried"));
        assert!(claim(&store, &clock, "relay-1").await.is_empty());

        let dead = tasks.list(TaskStatus::Dead, None, &[], None, 10).await.expect("a list");
        assert_eq!(ids(&dead), asked[..1]);
        assert_eq!(dead[0].story[0].why, "422: no such sale");
        let backlog = tasks.backlog(&[]).await.expect("a read").remove(0);
        assert_eq!((backlog.kind.as_str(), backlog.waiting, backlog.dead), ("hold_invoice", 1, 1));
        assert_eq!(backlog.oldest, Some(morning()));

        let dead = tasks.get(&asked[0]).await.expect("a read").expect("dead");
        rule(&store, |change| drop(change.replay(&dead))).await.expect("replayed");
        let late = rule(&store, |change| drop(change.discard(&dead, "too late"))).await;
        assert!(matches!(late, Err(CommitError::Stale)), "it is on its way already: {late:?}");
        let again = claim(&store, &clock, "relay-1").await.remove(0);
        assert_eq!((again.id.clone(), again.story[1].what.as_str()), (asked[0].clone(), "replayed"));
        assert!(tasks.bury(&again, "422 again").await.expect("buried"));

        let dead = tasks.get(&asked[0]).await.expect("a read").expect("dead");
        rule(&store, |change| drop(change.discard(&dead, "was cancelled by phone"))).await.expect("discarded");
        assert_eq!(ids(&claim(&store, &clock, "relay-1").await), asked[1..]);
        let gone = tasks.get(&asked[0]).await.expect("a read").expect("never deleted");
        assert_eq!(gone.status, TaskStatus::Discarded);
        assert_eq!(gone.story.last().map(|chapter| chapter.by.as_str()), Some("clerk"));
    }

    async fn a_dead_notification_keeps_nobody_waiting(database) {
        let (store, clock) = database.store().await;
        let asked = ask(&store, &clock, vec![notify("shp_1", "stop.arrived"), notify("shp_1", "delivery.completed")]).await;
        let first = claim(&store, &clock, "relay-1").await.remove(0);
        assert!(store.tasks().bury(&first, "mailbox unknown").await.expect("buried"));
        assert_eq!(ids(&claim(&store, &clock, "relay-1").await), asked[1..]);
    }

    async fn two_relays_never_hold_the_same_task(database) {
        let (one, clock) = database.store().await;
        let other = Store::open(&database.settings(), clock.clone()).await.expect("opens beside the first");
        for order in 0..30 {
            ask(&one, &clock, vec![hold(&format!("ord_{order}"), "a"), hold(&format!("ord_{order}"), "b")]).await;
        }
        let relays = (0..8).map(|number| {
            let (store, clock) = (if number % 2 == 0 { one.clone() } else { other.clone() }, clock.clone());
            async move {
                let mut held = Vec::new();
                for _ in 0..6 {
                    let now = clock.now();
                    held.extend(store.tasks().claim(&format!("relay-{number}"), now, now + LEASE, 3).await.expect("a claim"));
                }
                held
            }
        });
        let held: Vec<Task> = futures_util::future::join_all(relays).await.into_iter().flatten().collect();
        let mut keys: Vec<String> = held.iter().map(|task| task.key.clone()).collect();
        keys.sort();
        keys.dedup();
        assert_eq!((held.len(), keys.len()), (30, 30), "one task of each key, each held once");
    }

    async fn a_task_is_finished_in_the_commit_it_led_to(database) {
        let (store, clock) = database.store().await;
        ask(&store, &clock, vec![hold("ord_1", "a")]).await;
        let task = claim(&store, &clock, "relay-1").await.remove(0);
        let mut refused = change();
        refused.create(item("crate", 1));
        store.commit(refused.clone()).await.expect("committed");
        refused.finish(&task.id);
        assert!(store.commit(refused).await.is_err());
        let status = |task: Option<Task>| task.expect("there").status;
        assert_eq!(status(store.tasks().get(&task.id).await.expect("a read")), TaskStatus::Leased);

        let mut change = change();
        change.create(item("lid", 1)).finish(&task.id);
        store.commit(change).await.expect("committed");
        assert_eq!(status(store.tasks().get(&task.id).await.expect("a read")), TaskStatus::Done);
    }
}
