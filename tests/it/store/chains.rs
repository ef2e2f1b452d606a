//! The event log's chains: whatever was changed, removed, moved or cut off shows, by name.

use super::*;
use haulgate::store::{Broken, EventRow};
use serde_json::json;

async fn twenty_events(store: &Store) -> Vec<EventRow> {
    for number in 0..20 {
        let mut change = change();
        change.audit("noted", "item:crate", json!({"number": number, "weight": f64::from(number) / 3.0, "ä": "ö"}));
        store.commit(change).await.expect("committed");
    }
    let events = store.events_of("item:crate", None, 100).await.expect("a read");
    assert_eq!(events.len(), 20);
    events
}

/// Where the first chain that does not hold breaks.
async fn broken(store: &Store) -> Option<Broken> {
    for lane in store.lanes_ever().await.expect("a read") {
        if let Some(broken) = store.verify_lane(lane, 0).await.expect("a read").broken {
            return Some(broken);
        }
    }
    None
}

/// The row that is named.
async fn named(store: &Store) -> String {
    broken(store).await.and_then(|broken| broken.event).expect("a row is named")
}

/// Two rows that follow each other in a lane, with one behind them.
fn neighbours(events: &[EventRow]) -> [&EventRow; 3] {
    let at = |first: &EventRow, further: i64| {
        events.iter().find(|it| it.lane == first.lane && it.position == first.position + further)
    };
    let three = events.iter().find_map(|first| Some([first, at(first, 1)?, at(first, 2)?]));
    three.expect("twenty events in a few lanes have neighbours")
}

/// Every column of a row but its place, with something else in it.
const COLUMNS: &[(&str, &str)] = &[
    ("id", "'evt_forged'"),
    ("previous_hash", "'00'"),
    ("hash", "'00'"),
    ("subject", "'item:lid'"),
    ("subject_version", "7"),
    ("type", "'forgotten'"),
    ("kind", "'milestone'"),
    ("occurred_at", "occurred_at + 1"),
    ("recorded_at", "recorded_at - 1"),
    ("correlation_id", "'another'"),
    ("traceparent", "''"),
    ("actor", "'nobody'"),
    ("consumer", "'partner-acme'"),
    ("operation", "'release_order'"),
    ("contract_name", "'process/routes'"),
    ("contract_version", "'2'"),
    ("contract_hash", "'abd'"),
    ("region", "'reg_south'"),
    ("data", "'{\"number\":8}'"),
    ("form", "1"),
    ("decision", "'deny'"),
    ("policy", "'scope:nothing'"),
];

/// A lane as a version wrote it that knew neither decisions nor heads, and the row with the hash that version gave it.
const BEFORE: &str = "DELETE FROM event; DELETE FROM lane;
    INSERT INTO lane (id, owner, opened, released) VALUES (1, NULL, 0, 0);
    INSERT INTO event (id, lane, lane_position, previous_hash, hash, subject, subject_version, type, kind, occurred_at,
        recorded_at, correlation_id, traceparent, actor, consumer, operation, contract_name, contract_version,
        contract_hash, region, data)
    VALUES ('evt_before', 1, 1, '', '797699d004b1fd6ca140f5b87af013bb826242c28b71fa72609a570f5e1329ba', 'item:crate', 1,
        'noted', 'audit', 1000, 2000, 'story', 'trace', 'clerk', 'back-office', 'tell_a_story', 'process/orders', '1',
        'abc', NULL, '{}')";

on_both_databases! {
    async fn an_untouched_log_is_whole(database) {
        let (store, _) = database.store().await;
        twenty_events(&store).await;
        assert_eq!(whole(&store).await, 20);
    }

    async fn a_row_is_named_whichever_of_its_columns_was_changed(database) {
        let (store, _) = database.store().await;
        let victim = twenty_events(&store).await.swap_remove(7);
        for (column, forged) in COLUMNS {
            let id = if *column == "id" { "evt_forged" } else { victim.id.as_str() };
            database.meddle("CREATE TABLE kept AS SELECT * FROM event").await;
            database.meddle(&format!("UPDATE event SET {column} = {forged} WHERE id = '{}'", victim.id)).await;
            assert_eq!(named(&store).await, id, "{column}");
            database.meddle("DELETE FROM event; INSERT INTO event SELECT * FROM kept; DROP TABLE kept").await;
            assert_eq!(broken(&store).await, None, "{column} is what it was");
        }
    }

    async fn a_removed_row_is_named_by_its_follower(database) {
        let (store, _) = database.store().await;
        let events = twenty_events(&store).await;
        let [_, victim, follower] = neighbours(&events);
        database.meddle(&format!("DELETE FROM event WHERE id = '{}'", victim.id)).await;
        assert_eq!(named(&store).await, follower.id.as_str());
    }

    async fn rows_that_changed_places_are_named(database) {
        let (store, _) = database.store().await;
        let events = twenty_events(&store).await;
        let [_, one, other] = neighbours(&events);
        let put = |id: &str, at: i64| format!("UPDATE event SET lane_position = {at} WHERE id = '{id}';");
        let swapped = [put(one.id.as_str(), 0), put(other.id.as_str(), one.position), put(one.id.as_str(), other.position)];
        database.meddle(&swapped.concat()).await;
        assert_eq!(named(&store).await, other.id.as_str(), "it stands where the other was");
    }

    async fn a_chain_that_was_cut_short_is_noticed_at_its_end(database) {
        let (store, _) = database.store().await;
        let events = twenty_events(&store).await;
        let last = events.iter().max_by_key(|event| (event.lane, event.position)).expect("there are some");
        let (lane, kept) = (last.lane, last.position - 2);
        database.meddle(&format!("DELETE FROM event WHERE lane = {lane} AND lane_position > {kept}")).await;
        let broken = broken(&store).await.expect("noticed");
        assert_eq!((broken.position, broken.event), (kept + 1, None), "{}", broken.why);
    }

    async fn a_lane_that_was_removed_whole_is_noticed_by_its_number(database) {
        let (first, clock) = database.store().await;
        twenty_events(&first).await;
        database.meddle("UPDATE lane SET owner = 'someone killed'").await;
        let second = Store::open(&database.settings(), clock).await.expect("opens beside the first");
        let mut change = change();
        change.audit("noted", "item:lid", json!({}));
        second.commit(change).await.expect("committed");
        database.meddle("DELETE FROM event WHERE lane = 1; DELETE FROM lane WHERE id = 1").await;
        let broken = broken(&second).await.expect("noticed");
        assert_eq!(broken.event, None, "{}", broken.why);
    }

    async fn rows_from_before_decisions_were_kept_hold_as_they_are(database) {
        let (store, _) = database.store().await;
        database.meddle(BEFORE).await;
        assert_eq!(broken(&store).await, None);
        database.meddle("UPDATE event SET policy = 'scope:everything' WHERE id = 'evt_before'").await;
        assert_eq!(named(&store).await, "evt_before", "a decision cannot be slipped into a row that had none");
    }

    async fn a_walk_may_begin_in_the_middle(database) {
        let (store, _) = database.store().await;
        let last = twenty_events(&store).await.into_iter().max_by_key(|event| event.position).expect("there are some");
        let check = store.verify_lane(last.lane, last.position - 1).await.expect("a read");
        assert_eq!((check.rows, check.head, check.broken), (1, (last.position, last.hash), None));
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
        assert_eq!(whole(&second).await, 21);

        let third = Store::open(&database.settings(), clock).await.expect("opens beside the second");
        database.meddle("UPDATE lane SET owner = 'someone killed'").await;
        let mut change = change_at(morning());
        change.audit("noted", "item:strap", json!({}));
        third.commit(change).await.expect("committed");
        assert_eq!(third.lanes().await.expect("a read").len(), lanes + 1, "a lane that was not given back is not taken");
    }
}
