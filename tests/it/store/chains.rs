//! The event log's chains: whatever was changed, removed or slipped in shows, by name.

use super::*;
use haulgate::store::ChainCheck;
use serde_json::json;

async fn twenty_events(store: &Store) -> Vec<haulgate::store::EventRow> {
    for number in 0..20 {
        let mut change = change();
        change.audit("noted", "item:crate", json!({"number": number, "weight": f64::from(number) / 3.0, "ä": "ö"}));
        store.commit(change).await.expect("committed");
    }
    let events = store.events_of("item:crate", None, 100).await.expect("a read");
    assert_eq!(events.len(), 20);
    events
}

async fn broken_at(store: &Store) -> String {
    match store.verify_chains().await.expect("a read") {
        ChainCheck::Broken { event, .. } => event,
        whole => panic!("nothing was noticed: {whole:?}"),
    }
}

on_both_databases! {
    async fn an_untouched_log_is_whole(database) {
        let (store, _) = database.store().await;
        twenty_events(&store).await;
        let check = store.verify_chains().await.expect("a read");
        assert!(matches!(check, ChainCheck::Whole { events: 20, .. }), "{check:?}");
    }

    async fn a_changed_row_is_named(database) {
        let (store, _) = database.store().await;
        let victim = twenty_events(&store).await.swap_remove(7);
        let id = victim.id.as_str();
        database.meddle(&format!("UPDATE event SET data = '{{\"number\":8}}' WHERE id = '{id}'")).await;
        assert_eq!(broken_at(&store).await, id);
    }

    async fn a_removed_row_is_named_by_its_follower(database) {
        let (store, _) = database.store().await;
        let events = twenty_events(&store).await;
        let victim = &events[7];
        let follower = events.iter().find(|it| it.lane == victim.lane && it.position == victim.position + 1);
        let follower = follower.map(|it| it.id.to_string());
        database.meddle(&format!("DELETE FROM event WHERE id = '{}'", victim.id)).await;
        match follower {
            Some(follower) => assert_eq!(broken_at(&store).await, follower),
            None => panic!("the story needs an event behind the one that is removed"),
        }
    }

    async fn a_lane_is_continued_after_a_clean_stop_and_left_alone_after_a_crash(database) {
        let (first, clock) = database.store().await;
        twenty_events(&first).await;
        let lanes = first.lanes().await.expect("a read").len();
        first.close().await;

        let (second, _) = database.store().await;
        let mut change = change();
        change.audit("noted", "item:lid", json!({}));
        second.commit(change).await.expect("committed");
        assert_eq!(second.lanes().await.expect("a read").len(), lanes, "a lane given back is taken up again");
        let check = second.verify_chains().await.expect("a read");
        assert!(matches!(check, ChainCheck::Whole { events: 21, .. }), "{check:?}");

        let third = Store::open(&database.settings(), clock).await.expect("opens beside the second");
        database.meddle("UPDATE lane SET owner = 'someone killed'").await;
        let mut change = change_at(morning());
        change.audit("noted", "item:strap", json!({}));
        third.commit(change).await.expect("committed");
        assert_eq!(third.lanes().await.expect("a read").len(), lanes + 1, "a lane that was not given back is not taken");
    }
}
