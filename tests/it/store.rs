//! Stories of the ledger: what is promised to whoever hands in a change.

mod chains;
mod changes;
mod gateways;
mod lists;
mod once;
mod reads;
mod tasks;
mod trouble;

use crate::databases::morning;
use haulgate::{
    domain::{
        id::{ItemId, VehicleId},
        master::{Item, Master, Record, Vehicle},
    },
    store::{Change, CommitError, Committed, ContractStamp, Loaded, Origin, Store},
};

/// A change by the yard's clerk.
fn change() -> Change {
    change_at(morning())
}

fn change_at(now: jiff::Timestamp) -> Change {
    Change::new(Origin {
        correlation_id: "story".to_owned(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        actor: "clerk".to_owned(),
        consumer: "back-office".to_owned(),
        operation: "tell_a_story".to_owned(),
        contract: ContractStamp { name: "process/orders".into(), version: "v1".into(), hash: "abc".into() },
        now,
        region: Some("reg_berlin".into()),
        verdict: None,
    })
}

/// An item of master data: the smallest thing there is to keep. `grams` tells its states apart.
fn item(name: &str, grams: u64) -> Master {
    let record = Item {
        id: ItemId::from(name),
        name: name.to_owned(),
        unit: "C62".to_owned(),
        weight_grams: grams,
        proof: Default::default(),
    };
    Master { id: format!("item:{name}"), revision: 1, record: Record::Item(record) }
}

fn vehicle(name: &str, region: &str, carrier: &str) -> Master {
    let record = Vehicle {
        id: VehicleId::from(name),
        name: name.to_owned(),
        region: region.into(),
        carrier: Some(carrier.into()),
        capacity_grams: 1_000_000,
        skills: Default::default(),
        device: None,
        shift: None,
    };
    Master { id: format!("vehicle:{name}"), revision: 1, record: Record::Vehicle(record) }
}

fn grams(master: &Master) -> u64 {
    match &master.record {
        Record::Item(item) => item.weight_grams,
        other => panic!("not an item: {other:?}"),
    }
}

async fn create(store: &Store, master: Master) -> Result<Committed, CommitError> {
    let mut change = change();
    change.create(master);
    store.commit(change).await
}

async fn replace(store: &Store, loaded: &Loaded<Master>, master: Master) -> Result<Committed, CommitError> {
    let mut change = change();
    change.replace(loaded, master);
    store.commit(change).await
}

async fn load(store: &Store, id: &str) -> Loaded<Master> {
    store.load::<Master>(id).await.expect("a read").expect("it exists")
}

async fn weight(store: &Store, id: &str) -> u64 {
    grams(&load(store, id).await.state)
}

/// Walks all chains, which have to hold; answers how many rows they have.
async fn whole(store: &Store) -> u64 {
    let mut rows = 0;
    for lane in store.lanes_ever().await.expect("a read") {
        let check = store.verify_lane(lane, 0).await.expect("a read");
        assert_eq!(check.broken, None, "lane {lane}");
        rows += check.rows;
    }
    rows
}
