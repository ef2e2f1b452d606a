//! Reads that share a statement: everyone gets their own answer, as if they had asked alone.

use super::*;
use futures_util::future::join_all;
use haulgate::{
    domain::{batch::Batch, order::Order},
    store::{Answer, Grouping, OnceKey, OnceRecord, StoreSettings, Wanted},
};
use jiff::SignedDuration;
use std::time::Duration;

const BOXES: u64 = 60;

/// Boxes of different weights: `item:box-0` weighs nothing.
async fn boxes(store: &Store) {
    let mut change = change();
    for number in 0..BOXES {
        change.create(item(&format!("box-{number}"), number));
    }
    store.commit(change).await.expect("created");
}

fn id(number: u64) -> String {
    format!("item:box-{number}")
}

async fn fresh_weight(store: &Store, number: u64) -> Option<u64> {
    store.load_fresh::<Master>(&id(number)).await.expect("a read").map(|loaded| grams(&loaded))
}

fn used(number: u64) -> OnceKey {
    OnceKey { consumer: "erp".into(), operation: "release_order".into(), key: format!("key-{number}") }
}

on_both_databases! {
    async fn everyone_gets_the_row_they_asked_for(database) {
        let (store, _) = database.store().await;
        boxes(&store).await;
        let asked = (0..5 * BOXES).map(|number| {
            let store = &store;
            async move { (number, fresh_weight(store, number % (2 * BOXES)).await) }
        });
        for (number, found) in join_all(asked).await {
            let number = number % (2 * BOXES);
            assert_eq!(found, (number < BOXES).then_some(number), "box-{number}");
        }
    }

    async fn rows_of_many_kinds_are_asked_for_together(database) {
        let (store, _) = database.store().await;
        boxes(&store).await;
        let wanted = || Wanted::default().and::<Order>("ord_none").and::<Master>("item:box-7").and::<Batch>("bat_none");
        for seen in join_all((0..100).map(|number| store.load_together(wanted(), number % 2 == 0))).await {
            let seen = seen.expect("a read");
            assert_eq!(seen.of::<Master>("item:box-7").map(|found| (found.version, grams(&found))), Some((1, 7)));
            assert!(seen.of::<Order>("ord_none").is_none() && seen.of::<Batch>("bat_none").is_none());
            assert!(seen.of::<Master>("item:box-8").is_none(), "it was not asked for");
        }
    }

    async fn text_that_cannot_be_stored_keeps_nobody_from_an_answer(database) {
        let (store, _) = database.store().await;
        boxes(&store).await;
        let asked = (0..100).map(|number| {
            let (store, id) = (&store, if number % 3 == 0 { "item:\0".to_owned() } else { id(5) });
            async move { (number % 3 != 0, store.load_fresh::<Master>(&id).await.expect("a read").is_some()) }
        });
        join_all(asked).await.into_iter().for_each(|(there, found)| assert_eq!(found, there));
    }

    async fn a_row_that_cannot_be_read_fails_only_who_asked_for_it(database) {
        let (store, _) = database.store().await;
        boxes(&store).await;
        database.meddle("UPDATE master SET state = 'torn' WHERE id = 'item:box-3'").await;
        let asked = (0..100).map(|number| {
            let store = &store;
            async move { (number % 10, store.load_fresh::<Master>(&id(number % 10)).await) }
        });
        for (number, found) in join_all(asked).await {
            assert_eq!(found.is_err(), number == 3, "box-{number}: {found:?}");
        }
    }

    async fn what_was_committed_is_in_every_read_that_begins_later(database) {
        let (store, _) = database.store().await;
        create(&store, item("crate", 0)).await.expect("created");
        let crowd = join_all((0..32).map(|_| async {
            for _ in 0..30 {
                store.load_fresh::<Master>("item:crate").await.expect("a read");
            }
        }));
        let writer = async {
            for round in 1..=30 {
                let seen = load(&store, "item:crate").await;
                assert_eq!(grams(&seen), round - 1, "the cache holds what was read before the commit");
                replace(&store, &seen, item("crate", round)).await.expect("nobody else writes");
                let after = store.load_fresh::<Master>("item:crate").await.expect("a read").expect("it exists");
                assert_eq!(grams(&after), round, "a read joined one that had begun before the commit");
            }
        };
        tokio::join!(crowd, writer);
    }

    async fn whoever_gives_up_takes_nobody_along(database) {
        let (store, _) = database.store().await;
        boxes(&store).await;
        let asked = (0..200).map(|number| {
            let store = &store;
            async move {
                let patience = if number % 2 == 0 { Duration::from_micros(number) } else { Duration::from_secs(60) };
                (number, tokio::time::timeout(patience, fresh_weight(store, number % BOXES)).await)
            }
        });
        for (number, found) in join_all(asked).await {
            match found {
                Ok(found) => assert_eq!(found, Some(number % BOXES)),
                Err(_) => assert!(number % 2 == 0, "{number} had patience"),
            }
        }
        assert_eq!(fresh_weight(&store, 9).await, Some(9));
    }

    async fn keys_are_looked_up_together(database) {
        let (store, _) = database.store().await;
        for number in 0..20 {
            let headers = vec![("etag".to_owned(), format!("\"{number}\""))];
            let answer = Answer { status: 201, headers, body: number.to_string().into(), confidential: number == 7 };
            let hours = if number == 13 { 0 } else { 24 };
            let expires_at = morning() + SignedDuration::from_hours(hours);
            let mut change = change();
            change.once(OnceRecord { key: used(number), fingerprint: "f".into(), answer, expires_at });
            store.commit(change).await.expect("done");
        }
        let asked = (0..200).map(|number| {
            let store = &store;
            async move { (number % 40, store.once(&used(number % 40)).await.expect("a read")) }
        });
        for (number, record) in join_all(asked).await {
            let body = record.map(|record| String::from_utf8(record.answer.body).expect("text"));
            let there = number < 20 && number != 13;
            assert_eq!(body, there.then(|| number.to_string()), "key-{number}; 13 has expired, 7 was sealed");
        }
    }

    async fn a_statement_for_each_gives_the_same_answers(database) {
        let (first, clock) = database.store().await;
        boxes(&first).await;
        let settings = StoreSettings { group_reads: Grouping::Off, ..database.settings() };
        let store = Store::open(&settings, clock).await.expect("opens beside the first");
        let asked = (0..100).map(|number| {
            let store = &store;
            async move { (number, fresh_weight(store, number).await) }
        });
        for (number, found) in join_all(asked).await {
            assert_eq!(found, (number < BOXES).then_some(number));
        }
    }
}
