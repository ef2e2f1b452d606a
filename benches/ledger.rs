//! How many changes a second the ledger makes durable: group commit against one transaction a change, with the same
//! statements, on SQLite and PostgreSQL, side by side. A change is one entity, two events, three tasks and one key.
//!
//! `cargo bench --bench ledger`. SECONDS=n measures each figure for longer.

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, unused_macros, reason = "stories use more of it")]
mod databases;

use databases::{Database, morning};
use haulgate::{
    domain::{
        batch::{BatchLine, LineOutcome},
        effect::Effect,
        milestone::{Milestone, MilestoneKind},
    },
    ids::fresh_token,
    store::{Answer, Change, ContractStamp, Grouping, OnceKey, OnceRecord, Origin, Store, StoreSettings},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

const CLIENTS: [usize; 4] = [1, 16, 64, 256];

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    println!(
        "{:<12} {:<18} {:>8} {:>12} {:>9} {:>9}",
        "database", "commits", "clients", "changes/s", "p50 ms", "p99 ms"
    );
    for postgres in [false, true] {
        for group_commit in [Grouping::Off, Grouping::On] {
            let database = match if postgres { Database::postgres().await } else { Ok(Database::sqlite()) } {
                Ok(database) => database,
                Err(why) => {
                    println!("PostgreSQL: not measured, {why}");
                    continue;
                }
            };
            measure(&database, group_commit).await;
        }
    }
}

async fn measure(database: &Database, group_commit: Grouping) {
    let (store, clock) = database.store().await;
    store.close().await;
    let in_flight = std::env::var("IN_FLIGHT").ok().and_then(|text| text.parse().ok());
    let defaults = database.settings();
    // One transaction a change gets a pool of 16 on PostgreSQL; SQLite has one writer either way.
    let batches = if group_commit == Grouping::Off { 16 } else { in_flight.unwrap_or(defaults.batches_in_flight) };
    let settings = StoreSettings { group_commit, batches_in_flight: batches, ..defaults };
    let store = Store::open(&settings, clock).await.expect("the ledger opens");
    run(&store, 16, Duration::from_millis(500)).await;
    for clients in CLIENTS {
        let (count, took, mut times) = run(&store, clients, length()).await;
        times.sort_unstable();
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
        let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
        let how = if group_commit == Grouping::On { "shared" } else { "one each" };
        let rate = count as f64 / took.as_secs_f64();
        println!("{name:<12} {how:<18} {clients:>8} {rate:>12.0} {:>9.2} {:>9.2}", at(0.5), at(0.99));
    }
    store.close().await;
}

fn length() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3))
}

async fn run(store: &Store, clients: usize, length: Duration) -> (usize, Duration, Vec<Duration>) {
    let over = Arc::new(AtomicBool::new(false));
    let background = haulgate::spawn::Background::default();
    let since = Instant::now();
    let working: Vec<_> = (0..clients)
        .map(|_| {
            let (store, over) = (store.clone(), over.clone());
            background.spawn(async move {
                let mut times = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let begin = Instant::now();
                    store.commit(confirmation()).await.expect("committed");
                    times.push(begin.elapsed());
                }
                times
            })
        })
        .collect();
    tokio::time::sleep(length).await;
    over.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for client in working {
        times.extend(client.await.expect("it does not panic"));
    }
    (times.len(), since.elapsed(), times)
}

/// About what confirming a delivery writes.
fn confirmation() -> Change {
    let token = fresh_token();
    let now = morning();
    let mut change = Change::new(Origin {
        correlation_id: token.clone(),
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned(),
        actor: "drv_ana".to_owned(),
        consumer: "driver-app".to_owned(),
        operation: "confirm_stop".to_owned(),
        contract: ContractStamp { name: "experience/driver".into(), version: "v1".into(), hash: "0123456789ab".into() },
        now,
        region: Some("reg_berlin".into()),
        verdict: None,
    });
    let content = serde_json::json!({"text": "x".repeat(600)});
    let id = format!("bat_{token}:00000001");
    let batch = format!("bat_{token}").into();
    let (number, digest, content, outcome) = (None, String::new(), Some(content), LineOutcome::Waiting);
    change.create(BatchLine { id: id.clone(), batch, line: 1, number, digest, content, outcome });
    let data = serde_json::json!({"stop": token, "received_by": "dock", "differences": []});
    change.announce(Milestone { kind: MilestoneKind::DeliveryCompleted, subject: id.clone(), occurred_at: now, data });
    change.audit("confirmed", id, serde_json::json!({"by": "drv_ana"}));
    let order = format!("ord_{token}");
    change.effect(Effect::ReleaseInvoice { order: order.as_str().into() });
    change.effect(Effect::SettleRoute { route: format!("rte_{token}").into() });
    change.effect(Effect::NotifyCustomer { shipment: format!("shp_{token}").into(), milestone: "x".to_owned() });
    change.once(OnceRecord {
        key: OnceKey { consumer: "driver-app".into(), operation: "confirm_stop".into(), key: token },
        fingerprint: "0123456789abcdef0123456789abcdef".to_owned(),
        answer: Answer { status: 200, headers: Vec::new(), body: vec![b'x'; 300], confidential: false },
        expires_at: now,
    });
    change
}
