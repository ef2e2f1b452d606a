//! Lists: found by their columns, in pages that hold still.

use super::*;
use haulgate::store::{Cursor, Query};
use jiff::SignedDuration;

async fn fleet(store: &Store) {
    for number in 0..25_i64 {
        let region = if number % 2 == 0 { "reg_berlin" } else { "reg_wien" };
        let mut change = change_at(morning() + SignedDuration::from_secs(number / 3));
        change.create(vehicle(&format!("van-{number:02}"), region, &format!("car_{}", number % 3)));
        store.commit(change).await.expect("committed");
    }
}

async fn ids(store: &Store, query: &Query) -> Vec<String> {
    let slice = store.list::<Master>(query).await.expect("a list");
    slice.rows.iter().map(|row| row.id.clone()).collect()
}

on_both_databases! {
    async fn pages_hold_still_while_rows_come_in(database) {
        let (store, _) = database.store().await;
        fleet(&store).await;
        let mut query = Query { limit: 10, ..Query::default() };
        let first = store.list::<Master>(&query).await.expect("a list");
        assert_eq!(first.rows.len(), 10);

        let mut late = change_at(morning() - SignedDuration::from_hours(1));
        late.create(vehicle("aardvark", "reg_berlin", "car_1"));
        store.commit(late).await.expect("committed");

        let mut seen: Vec<String> = first.rows.iter().map(|row| row.id.clone()).collect();
        query.after = first.next;
        while let Some(after) = query.after.take() {
            query.after = Some(Cursor::decode(&after.encode()).expect("a cursor survives its text"));
            let page = store.list::<Master>(&query).await.expect("a list");
            seen.extend(page.rows.iter().map(|row| row.id.clone()));
            query.after = page.next;
        }
        let fleet: Vec<String> = (0..25).map(|number| format!("vehicle:van-{number:02}")).collect();
        assert_eq!(seen, fleet);

        let newest = Query { newest_first: true, limit: 100, ..Query::default() };
        let backwards: Vec<String> = ids(&store, &newest).await.into_iter().rev().collect();
        assert_eq!(backwards[1..], fleet);
    }

    async fn rows_are_found_by_their_columns(database) {
        let (store, _) = database.store().await;
        fleet(&store).await;
        create(&store, item("crate", 1)).await.expect("created");
        let berlin = Query { regions: vec!["reg_berlin".into()], ..Query::default() };
        assert_eq!(store.count::<Master>(&berlin).await.expect("a count"), 13);
        let carried = Query { carried_by: Some("car_2".into()), ..berlin.clone() };
        assert_eq!(ids(&store, &carried).await.len(), 4);
        let two = Query { ids: vec!["vehicle:van-03".into(), "vehicle:van-04".into()], ..Query::default() };
        assert_eq!(ids(&store, &two).await, ["vehicle:van-03", "vehicle:van-04"]);
        assert_eq!(ids(&store, &Query { regions: vec!["reg_wien".into()], ..two }).await, ["vehicle:van-03"]);
        let kinds = store.tally::<Master>(&Query::default()).await.expect("a tally");
        assert_eq!(kinds, [("item".to_owned(), 1), ("vehicle".to_owned(), 25)]);
        let nothing_due = Query { due: Some((morning(), morning())), ..Query::default() };
        assert!(ids(&store, &nothing_due).await.is_empty());
        let names = ["vehicle:van-09", "vehicle:nobody", "vehicle:van-01"].map(str::to_owned);
        let several = store.load_all::<Master>(&names).await.expect("a read");
        assert_eq!(several.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), [&names[0], &names[2]]);
    }

    async fn people_find_real_times_in_the_views(database) {
        let (store, _) = database.store().await;
        fleet(&store).await;
        for view in ["v_order", "v_shipment", "v_route", "v_stop", "v_exception", "v_sla", "v_event", "v_task"] {
            database.meddle(&format!("SELECT * FROM {view}")).await;
        }
    }
}
