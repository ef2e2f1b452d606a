//! Many at once: writers in one gateway, and gateways on one database.

use super::*;
use haulgate::store::{Table, Touched};
use serde_json::json;

/// Adds one to the crate's weight, deciding again as long as someone is faster.
async fn add_one(store: &Store) {
    loop {
        let seen = store.load_fresh::<Master>("item:crate").await.expect("a read").expect("it exists");
        let mut change = change();
        change.replace(&seen, item("crate", grams(&seen) + 1));
        change.audit("weighed", "item:crate", json!({"grams": grams(&seen) + 1}));
        match store.commit(change).await {
            Ok(committed) => {
                let now = load(store, "item:crate").await;
                assert!(Some(now.version) >= committed.version_of("item:crate"), "the cache is older than a commit");
                return;
            }
            Err(CommitError::Stale) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

on_both_databases! {
    async fn of_64_writers_at_once_none_overwrites_another(database) {
        let (store, _) = database.store().await;
        create(&store, item("crate", 0)).await.expect("created");
        let writers = (0..64).map(|_| add_one(&store));
        futures_util::future::join_all(writers).await;
        let after = load(&store, "item:crate").await;
        assert_eq!((after.version, grams(&after)), (65, 64));
        assert_eq!(store.events_of("item:crate", None, 100).await.expect("a read").len(), 64);
        assert_eq!(whole(&store).await, 64);
    }

    async fn two_gateways_race_and_nothing_is_lost(database) {
        let (one, clock) = database.store().await;
        let other = Store::open(&database.settings(), clock).await.expect("opens beside the first");
        create(&one, item("crate", 0)).await.expect("created");
        let racers = (0..40).map(|number| add_one(if number % 2 == 0 { &one } else { &other }));
        futures_util::future::join_all(racers).await;
        let after = one.load_fresh::<Master>("item:crate").await.expect("a read").expect("it exists");
        assert_eq!((after.version, grams(&after)), (41, 40));
        let lanes = one.lanes().await.expect("a read");
        assert!(lanes.len() >= 2, "each gateway has lanes of its own: {lanes:?}");
        assert_eq!(whole(&one).await, 40);
    }

    async fn a_relay_reads_what_the_gateway_beside_it_has_just_written(database) {
        let (gateway, clock) = database.store().await;
        let relay = Store::open(&database.settings().uncached(), clock).await.expect("opens beside the first");
        create(&gateway, item("crate", 0)).await.expect("created");
        for weight in 1..=20 {
            let seen = load(&relay, "item:crate").await;
            let mut change = change();
            change.replace(&seen, item("crate", weight));
            gateway.commit(change).await.expect("committed");
            assert_eq!(grams(&load(&relay, "item:crate").await.state), weight, "no word of it has to arrive first");
        }
    }

    async fn gateways_that_write_many_rows_crosswise_do_not_lock_each_other_out(database) {
        let (one, clock) = database.store().await;
        let other = Store::open(&database.settings(), clock).await.expect("opens beside the first");
        for number in 0..10 {
            create(&one, item(&format!("box-{number}"), 0)).await.expect("created");
        }
        let rounds = (0..20_u64).map(|round| {
            let store = if round % 2 == 0 { one.clone() } else { other.clone() };
            async move {
                let mut order: Vec<u64> = (0..10).collect();
                order.rotate_left(round as usize % 10);
                loop {
                    let mut change = change();
                    for number in &order {
                        let id = format!("item:box-{number}");
                        let seen = store.load_fresh::<Master>(&id).await.expect("a read").expect("it exists");
                        change.replace(&seen, item(&format!("box-{number}"), grams(&seen) + 1));
                    }
                    match store.commit(change).await {
                        Ok(_) => return,
                        Err(CommitError::Stale) => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            }
        });
        futures_util::future::join_all(rounds).await;
        for number in 0..10 {
            let id = format!("item:box-{number}");
            let after = one.load_fresh::<Master>(&id).await.expect("a read").expect("it exists");
            assert_eq!(grams(&after), 20);
        }
    }

    async fn everyone_in_the_process_hears_of_a_commit(database) {
        let (store, _) = database.store().await;
        let mut news = store.committed();
        create(&store, item("crate", 1)).await.expect("created");
        let touched = news.recv().await.expect("news");
        assert_eq!(*touched, [Touched { table: Table::Master, id: "item:crate".to_owned(), version: 1 }]);
    }
}

/// Only PostgreSQL tells other processes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_gateway_hears_of_a_commit_and_forgets_what_it_cached_postgres() {
    let database = match crate::databases::Database::postgres().await {
        Ok(database) => database,
        Err(why) => return crate::databases::postgres::skip("another_gateway_hears_of_a_commit_postgres", &why),
    };
    let (one, clock) = database.store().await;
    let other = Store::open(&database.settings(), clock).await.expect("opens beside the first");
    create(&one, item("crate", 1)).await.expect("created");
    let mut news = other.committed();
    let seen = loop {
        // Until the other gateway listens, commits go unheard; it believes its cache for seconds at most.
        let seen = one.load_fresh::<Master>("item:crate").await.expect("a read").expect("it exists");
        replace(&one, &seen, item("crate", grams(&seen) + 1)).await.expect("replaced");
        let heard = tokio::time::timeout(std::time::Duration::from_millis(200), news.recv()).await;
        if let Ok(Ok(_)) = heard {
            break load(&other, "item:crate").await;
        }
    };
    replace(
        &one,
        &one.load_fresh::<Master>("item:crate").await.expect("a read").expect("it exists"),
        item("crate", 99),
    )
    .await
    .expect("replaced");
    while news.recv().await.expect("news").iter().all(|touched| touched.version <= seen.version) {}
    assert_eq!(weight(&other, "item:crate").await, 99);
}
