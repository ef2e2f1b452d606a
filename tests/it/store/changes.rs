//! What a change is: whole or not at all, and never over someone else's.

use super::*;
use haulgate::{
    domain::milestone::{Milestone, MilestoneKind},
    store::{EventKind, EventMark, Grouping, StoreSettings, Table},
};
use serde_json::json;

on_both_databases! {
    async fn an_entity_is_created_replaced_and_protected_from_the_stale(database) {
        let (store, _) = database.store().await;
        let committed = create(&store, item("crate", 1)).await.expect("created");
        assert_eq!(committed.versions, [(Table::Master, "item:crate".to_owned(), 1)]);
        let first = load(&store, "item:crate").await;
        assert_eq!((first.version, grams(&first)), (1, 1));

        let committed = replace(&store, &first, item("crate", 2)).await.expect("replaced");
        assert_eq!(committed.version_of("item:crate"), Some(2));
        assert_eq!(weight(&store, "item:crate").await, 2);

        let late = replace(&store, &first, item("crate", 3)).await;
        assert!(matches!(late, Err(CommitError::Stale)), "{late:?}");
        let now = store.load_fresh::<Master>("item:crate").await.expect("a read").expect("it exists");
        assert_eq!((now.version, grams(&now)), (2, 2));
    }

    async fn the_same_id_is_created_only_once(database) {
        let (store, _) = database.store().await;
        create(&store, item("crate", 1)).await.expect("created");
        let again = create(&store, item("crate", 2)).await;
        assert!(matches!(again, Err(CommitError::Stale)), "{again:?}");
        assert_eq!(weight(&store, "item:crate").await, 1);
    }

    async fn what_a_decision_rests_on_must_not_have_moved(database) {
        let (store, _) = database.store().await;
        create(&store, item("crate", 1)).await.expect("created");
        let seen = load(&store, "item:crate").await;

        let mut resting = change();
        resting.keep(&seen).create(item("lid", 1));
        store.commit(resting).await.expect("nothing moved");

        replace(&store, &seen, item("crate", 2)).await.expect("replaced");
        let mut resting = change();
        resting.keep(&seen).create(item("strap", 1));
        let outcome = store.commit(resting).await;
        assert!(matches!(outcome, Err(CommitError::Stale)), "{outcome:?}");
        assert_eq!(store.load::<Master>("item:strap").await.expect("a read"), None);
    }

    async fn of_two_decisions_on_different_versions_only_the_right_one_passes(database) {
        let (store, _) = database.store().await;
        create(&store, item("crate", 1)).await.expect("created");
        let old = load(&store, "item:crate").await;
        replace(&store, &old, item("crate", 2)).await.expect("replaced");
        let new = load(&store, "item:crate").await;
        let resting = |seen: &Loaded<Master>, name: &str| {
            let mut change = change();
            change.keep(seen).create(item(name, 1));
            store.commit(change)
        };
        let (late, right) = tokio::join!(resting(&old, "strap"), resting(&new, "lid"));
        assert!(matches!(late, Err(CommitError::Stale)), "{late:?}");
        right.expect("it rests on what is");
    }

    async fn one_bad_change_does_not_spoil_the_batch(database) {
        let (store, _) = database.store().await;
        create(&store, item("crate", 1)).await.expect("created");
        let commits = (0..40).map(|number| {
            let name = if number == 17 { "crate".to_owned() } else { format!("box-{number}") };
            let mut change = change();
            change.create(item(&name, number)).audit("boxed", format!("item:{name}"), json!({"number": number}));
            let store = store.clone();
            async move { store.commit(change).await }
        });
        let outcomes = futures_util::future::join_all(commits).await;
        for (number, outcome) in outcomes.iter().enumerate() {
            match outcome {
                Err(CommitError::Stale) => assert_eq!(number, 17),
                other => assert_eq!(other.as_ref().expect("the others are fine").versions.len(), 1),
            }
        }
        let events = store.events_of("item:crate", None, 10).await.expect("a read");
        assert!(events.is_empty(), "nothing of the bad change is left: {events:?}");
        assert_eq!(store.events_of("item:box-16", None, 10).await.expect("a read").len(), 1);
    }

    async fn a_subjects_events_are_read_from_where_one_stopped(database) {
        let (store, _) = database.store().await;
        for version in 1..=5 {
            let mut change = change();
            match store.load::<Master>("item:crate").await.expect("a read") {
                Some(loaded) => change.replace(&loaded, item("crate", version)),
                None => change.create(item("crate", version)),
            };
            change.announce(Milestone {
                kind: MilestoneKind::OrderAmended,
                subject: "item:crate".to_owned(),
                occurred_at: morning(),
                data: json!({"version": version}),
            });
            change.audit("weighed", "item:crate", json!({"grams": version}));
            store.commit(change).await.expect("committed");
        }
        let all = store.events_of("item:crate", None, 100).await.expect("a read");
        let versions: Vec<i64> = all.iter().map(|event| event.subject_version).collect();
        assert_eq!(versions, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!((all[0].kind, all[0].name.as_str()), (EventKind::Milestone, "order.amended"));
        assert_eq!((all[1].kind, all[1].name.as_str()), (EventKind::Audit, "weighed"));

        let stopped: EventMark = all[5].mark().to_string().parse().expect("a mark survives its text");
        let rest = store.events_of("item:crate", Some(stopped), 100).await.expect("a read");
        assert_eq!(rest, all[6..]);
        assert_eq!(store.event(all[3].id.as_str()).await.expect("a read").as_ref(), Some(&all[3]));
        assert_eq!(store.events_of_correlation("story", 100).await.expect("a read").len(), 10);
        assert_eq!(store.events_of_any(&["item:crate".to_owned()], 3).await.expect("a read").len(), 3);
    }

    async fn text_that_no_database_can_hold_is_refused_on_both(database) {
        let (store, _) = database.store().await;
        let hidden = create(&store, item("a\0b", 1)).await;
        assert!(matches!(hidden, Err(CommitError::Unwritable(_))), "{hidden:?}");
        let mut in_data = change();
        in_data.audit("noted", "item:crate", json!({"note": "a\0b"}));
        let outcome = store.commit(in_data).await;
        assert!(matches!(outcome, Err(CommitError::Unwritable(_))), "{outcome:?}");
        assert_eq!(store.load::<Master>("item:a\0b").await.expect("asking does no harm"), None);
        let query = haulgate::store::Query { parties: vec!["a\0b".into()], ..Default::default() };
        assert_eq!(store.count::<Master>(&query).await.expect("asking does no harm"), 0);
        create(&store, item("a\\u0000b", 1)).await.expect("a backslash is only a backslash");
    }

    async fn without_group_commit_the_same_promises_hold(database) {
        let (first, clock) = database.store().await;
        first.close().await;
        let settings = StoreSettings { group_commit: Grouping::Off, ..database.settings() };
        let store = haulgate::store::Store::open(&settings, clock).await.expect("opens");
        let boxes = (0..20).map(|number| create(&store, item(&format!("box-{}", number % 10), number)));
        let outcomes = futures_util::future::join_all(boxes).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(CommitError::Stale))).count(), 10);
    }

    async fn a_closed_ledger_has_written_what_waited_and_takes_no_more(database) {
        let (store, clock) = database.store().await;
        let waiting: Vec<_> = (0..30).map(|number| create(&store, item(&format!("box-{number}"), 1))).collect();
        let (outcomes, ()) = tokio::join!(futures_util::future::join_all(waiting), store.close());
        let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        let late = create(&store, item("late", 1)).await;
        assert!(matches!(late, Err(CommitError::Stopped(_))), "{late:?}");

        let again = haulgate::store::Store::open(&database.settings(), clock).await.expect("opens again");
        let kept = again.count::<Master>(&Default::default()).await.expect("a read");
        assert_eq!(kept, written as u64, "what was acknowledged is there, and nothing else");
    }
}
