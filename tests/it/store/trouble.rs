//! Trouble with the database: nothing acknowledged is lost, and the ledger says plainly what is the matter.

use super::*;
use crate::databases::{Database, postgres};
use haulgate::store::{StoreError, StoreSettings};
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn someone_who_holds_the_database_too_long_costs_a_retry_sqlite() {
    let database = Database::sqlite();
    let (first, clock) = database.store().await;
    first.close().await;
    let settings = StoreSettings { connect_within: Duration::from_millis(50), ..database.settings() };
    let store = Store::open(&settings, clock).await.expect("opens");
    create(&store, item("crate", 1)).await.expect("created");

    let mut other = SqliteConnection::connect(&database.url).await.expect("a connection");
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await.expect("it holds the lock");
    let outcome = create(&store, item("lid", 1)).await;
    assert!(matches!(outcome, Err(CommitError::Unavailable(_))), "{outcome:?}");
    assert_eq!(weight(&store, "item:crate").await, 1, "reads go on");
    sqlx::query("ROLLBACK").execute(&mut other).await.expect("it lets go");
    create(&store, item("lid", 1)).await.expect("the same again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_loses_what_it_acknowledges_is_refused_postgres() {
    let database = match Database::postgres().await {
        Ok(database) => database,
        Err(why) => return postgres::skip("a_database_that_loses_what_it_acknowledges_is_refused_postgres", &why),
    };
    let (store, clock) = database.store().await;
    store.close().await;
    let name = database.url.rsplit('/').next().and_then(|it| it.split('?').next()).expect("a name");
    database.meddle(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).await;
    let refused = Store::open(&database.settings(), clock).await.err();
    assert!(matches!(refused, Some(StoreError::Unsafe(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_connections_are_replaced_and_nothing_is_lost_postgres() {
    let database = match Database::postgres().await {
        Ok(database) => database,
        Err(why) => return postgres::skip("cut_connections_are_replaced_and_nothing_is_lost_postgres", &why),
    };
    let (store, _) = database.store().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut acknowledged = Vec::new();
    for round in 0..10 {
        let boxes = (0..8).map(|number| {
            let (store, name) = (store.clone(), format!("box-{round}-{number}"));
            async move { (name.clone(), create(&store, item(&name, 1)).await) }
        });
        let (outcomes, ()) = tokio::join!(futures_util::future::join_all(boxes), database.meddle(cut));
        for (name, outcome) in outcomes {
            match outcome {
                Ok(_) => acknowledged.push(name),
                Err(CommitError::Unavailable(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    for name in &acknowledged {
        let kept = store.load_fresh::<Master>(&format!("item:{name}")).await.expect("a read");
        assert!(kept.is_some(), "{name} was acknowledged");
    }
    create(&store, item("last", 1)).await.expect("all is well again");
    store.ready().await.expect("ready");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reads_that_share_a_statement_survive_cut_connections_together_postgres() {
    let database = match Database::postgres().await {
        Ok(database) => database,
        Err(why) => {
            let name = "reads_that_share_a_statement_survive_cut_connections_together_postgres";
            return postgres::skip(name, &why);
        }
    };
    let (store, _) = database.store().await;
    create(&store, item("crate", 1)).await.expect("created");
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..5 {
        let crowd = (0..64).map(|_| store.load_fresh::<Master>("item:crate"));
        let (found, ()) = tokio::join!(futures_util::future::join_all(crowd), database.meddle(cut));
        for found in found {
            match found {
                Ok(found) => assert_eq!(found.as_deref().map(grams), Some(1)),
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error}"),
            }
        }
    }
    assert_eq!(weight(&store, "item:crate").await, 1, "all is well again");
}
