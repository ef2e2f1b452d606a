//! Keys: what was done under one is done once, and answered with the same bytes.

use super::*;
use haulgate::store::{Answer, OnceKey, OnceRecord};
use jiff::{SignedDuration, Timestamp};

fn key() -> OnceKey {
    OnceKey { consumer: "erp".into(), operation: "release_order".into(), key: "4711".into() }
}

fn record(fingerprint: &str, body: &[u8], expires_at: Timestamp) -> OnceRecord {
    let headers = vec![("etag".to_owned(), "\"1\"".to_owned()), ("location".to_owned(), "/orders/ä".to_owned())];
    let answer = Answer { status: 201, headers, body: body.to_vec(), confidential: false };
    OnceRecord { key: key(), fingerprint: fingerprint.to_owned(), answer, expires_at }
}

fn once(name: &str, record: OnceRecord) -> Change {
    let mut change = change();
    change.create(item(name, 1)).once(record);
    change
}

on_both_databases! {
    async fn a_key_answers_the_same_bytes_again(database) {
        let (store, _) = database.store().await;
        let tomorrow = morning() + SignedDuration::from_hours(24);
        let bytes: Vec<u8> = (0..=255).collect();
        let first = record("f1", &bytes, tomorrow);
        store.commit(once("crate", first.clone())).await.expect("done");

        let again = store.commit(once("crate", record("f1", b"another answer", tomorrow))).await;
        let Err(CommitError::Seen(answer)) = again else { panic!("it was done before: {again:?}") };
        assert_eq!(answer, first.answer);
        assert_eq!(store.once(&key()).await.expect("a read"), Some(first));
    }

    async fn a_key_cannot_be_used_for_something_else(database) {
        let (store, _) = database.store().await;
        let tomorrow = morning() + SignedDuration::from_hours(24);
        store.commit(once("crate", record("f1", b"a", tomorrow))).await.expect("done");
        let other = store.commit(once("lid", record("f2", b"b", tomorrow))).await;
        assert!(matches!(other, Err(CommitError::KeyReused)), "{other:?}");
        assert_eq!(store.load::<Master>("item:lid").await.expect("a read"), None);
    }

    async fn a_hundred_retries_at_once_do_it_once(database) {
        let (store, _) = database.store().await;
        let tomorrow = morning() + SignedDuration::from_hours(24);
        let retries = (0..100).map(|number| {
            let change = once(&format!("box-{number}"), record("f1", format!("{number}").as_bytes(), tomorrow));
            let store = store.clone();
            async move { store.commit(change).await }
        });
        let outcomes = futures_util::future::join_all(retries).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let stored = store.once(&key()).await.expect("a read").expect("done").answer;
        let seen = outcomes.iter().filter(|outcome| matches!(outcome, Err(CommitError::Seen(a)) if *a == stored));
        assert_eq!(seen.count(), 99);
        assert_eq!(store.count::<Master>(&Default::default()).await.expect("a read"), 1);
    }

    async fn an_expired_key_is_forgotten_and_may_be_used_again(database) {
        let (store, clock) = database.store().await;
        let soon = morning() + SignedDuration::from_mins(5);
        store.commit(once("crate", record("f1", b"a", soon))).await.expect("done");
        assert_eq!(store.forget_expired_once(clock.now(), 10).await.expect("swept"), 0);

        clock.advance(SignedDuration::from_mins(5));
        assert_eq!(store.once(&key()).await.expect("a read"), None);
        let mut later = change_at(clock.now());
        later.create(item("lid", 1)).once(record("f2", b"b", clock.now() + SignedDuration::from_mins(5)));
        store.commit(later).await.expect("the key is free again");

        clock.advance(SignedDuration::from_mins(5));
        assert_eq!(store.forget_expired_once(clock.now(), 10).await.expect("swept"), 1);
    }
}
