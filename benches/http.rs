//! What the gateway does through HTTP, with everything on: real sockets, kept alive, the production router with stack
//! and gate, tokens, contract checks. Two questions, each answered side by side in one run:
//! confirmations a second, durable, with shared commits and shared reads against one of each a request, on both
//! databases; and portal status reads against a bare axum handler that returns the same bytes.
//!
//! `cargo bench --bench http`. SCALE=n measures n times as much; ONLY=sqlite, postgres or reads measures only that. The load comes from the same process, on one thread
//! with a client that does as little as can be; it shares the machine's cores with what it measures.

#[path = "../tests/it/databases.rs"]
#[expect(dead_code, unused_macros, reason = "stories use more of it")]
mod databases;
#[path = "http/wire.rs"]
mod wire;
#[path = "http/world.rs"]
mod world;

use databases::Database;
use haulgate::{
    config::Settings,
    store::Grouping::{self, Off, On},
};
use std::time::{Duration, Instant};
use wire::{Requests, Run};
use world::World;

const CLIENTS: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 3;

fn main() {
    if std::env::args().any(|argument| argument == "--test" || argument == "--list") {
        return;
    }
    haulgate::telemetry::metrics();
    let log = std::env::var("BENCH_LOG").unwrap_or_else(|_| "warn".to_owned());
    let log = haulgate::config::LogSettings { filter: log, format: haulgate::config::LogFormat::Json };
    haulgate::telemetry::start_log(&log).expect("a filter");
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let server = haulgate::cli::runtime("server", cores).unwrap_or_else(|failure| panic!("{}", failure.message));
    if std::env::args().any(|argument| argument == "--serve") {
        return server.block_on(hold());
    }
    let only = std::env::var("ONLY").unwrap_or_default();
    let wanted = |what: &str| only.is_empty() || only == what;
    let databases = [("SQLite", wanted("sqlite")), ("PostgreSQL", wanted("postgres"))];
    writes(&server, databases.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| name));
    if wanted("reads") {
        reads(&server);
    }
}

/// So many times as much as usual.
fn scale() -> usize {
    std::env::var("SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Enough for some seconds at each number of clients.
fn confirmations(clients: usize) -> usize {
    scale() * if clients == 1 { 1_500 } else { 6_000 }
}

/// What is shared by those who come at the same time: commits, reads of rows by their keys.
const SHARED: [(&str, Grouping, Grouping); 3] =
    [("one each", Off, Off), ("shared commits", On, Off), ("shared reads too", On, On)];

fn writes(server: &tokio::runtime::Runtime, databases: impl Iterator<Item = &'static str>) {
    println!("Confirmations a second through HTTP, durable; times, and what the cores do for one, in ms\n");
    print!("{:<10} {:>7}", "database", "clients");
    SHARED
        .iter()
        .for_each(|(name, ..)| print!("  {:>19} {:>6} {:>6} {:>5}", format!("{name} /s"), "p50", "p99", "cores"));
    println!("  {:>6} {:>6}", "ratio", "ratio");
    for database in databases {
        let runs = SHARED.map(|(_, commits, reads)| server.block_on(measured_writes(database, commits, reads)));
        let [Ok(alone), Ok(commits), Ok(both)] = runs else {
            println!("{database:<10} not measured: it is not here");
            continue;
        };
        for (place, clients) in CLIENTS.into_iter().enumerate() {
            print!("{database:<10} {clients:>7}");
            for run in [&alone, &commits, &both].map(|runs| &runs[place]) {
                let (p50, p99) = (run.milliseconds(0.5), run.milliseconds(0.99));
                print!("  {:>19.0} {p50:>6.2} {p99:>6.2} {:>5.2}", run.rate(), run.cores_each());
            }
            let ratio = |runs: &[Run]| runs[place].rate() / alone[place].rate();
            println!("  {:>6.2} {:>6.2}", ratio(&commits), ratio(&both));
        }
    }
    println!();
}

async fn measured_writes(database: &str, commits: Grouping, reads: Grouping) -> Result<Vec<Run>, String> {
    let database = if database == "PostgreSQL" { Database::postgres().await? } else { Database::sqlite() };
    let world = World::start_with(&database, commits, reads, &[], never_refusing).await;
    let all: usize = CLIENTS.into_iter().map(confirmations).sum();
    let warm_up = scale() * 500;
    let mut requests = world.confirmations(warm_up + all).await;
    run(&world, 16, requests.drain(..warm_up).collect(), 201).await;
    let mut runs = Vec::new();
    for clients in CLIENTS {
        let some = requests.drain(..confirmations(clients)).collect();
        runs.push(run(&world, clients, some, 201).await);
    }
    world.stop().await;
    Ok(runs)
}

/// What is compared is what the work costs; nobody is refused for having to wait.
fn never_refusing(settings: &mut Settings) {
    settings.server.least_concurrency = settings.server.concurrency;
}

async fn run(world: &World, clients: usize, requests: Vec<Vec<u8>>, expected: u16) -> Run {
    wire::load(world.address, clients, Requests::Each(requests), expected).await
}

fn reads(server: &tokio::runtime::Runtime) {
    println!("Portal status reads a second, 64 clients; the median of {ROUNDS} rounds that take turns\n");
    println!("{:<26} {:>8} {:>12} {:>12} {:>7}", "answer", "bytes", "bare axum", "haulgate", "ratio");
    server.block_on(async {
        let database = Database::sqlite();
        let world = World::start(&database, On, On).await;
        let shipment = world.one_shipment().await;
        for conditional in [false, true] {
            let asked = world.status_read(&shipment, conditional).await;
            let first = wire::ask(world.address, &asked).await;
            let bare = world.bare(&first).await;
            let mut rates = [Vec::new(), Vec::new()];
            for _ in 0..ROUNDS {
                for (place, address) in [bare, world.address].into_iter().enumerate() {
                    let length = Duration::from_secs(2 * scale() as u64);
                    let until = Requests::Until(asked.clone(), Instant::now() + length);
                    rates[place].push(wire::load(address, 64, until, first.status).await.rate());
                }
            }
            let [bare, ours] = rates.map(median);
            let what = if conditional { "304, nothing has changed" } else { "200, the whole status" };
            println!("{what:<26} {:>8} {bare:>12.0} {ours:>12.0} {:>7.2}", first.length(), ours / bare);
        }
        world.stop().await;
    });
    println!();
}

/// Serves what `reads` measures until standard input ends, and says where: for load.sh.
async fn hold() {
    let database = Database::sqlite();
    let world = World::start(&database, On, On).await;
    let shipment = world.one_shipment().await;
    let first = wire::ask(world.address, &world.status_read(&shipment, false).await).await;
    let unchanged = wire::ask(world.address, &world.status_read(&shipment, true).await).await;
    let path = format!("experience/partner/v2/shipments/{shipment}");
    println!("HAULGATE=http://{}/{path}", world.address);
    println!("BARE_200=http://{}/{path}", world.bare(&first).await);
    println!("BARE_304=http://{}/{path}", world.bare(&unchanged).await);
    println!("TOKEN={}", world.portal_token());
    println!("ETAG={}\nSERVING=yes", first.header("etag").expect("it has a version"));
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().lines().count()).await;
    drop(ended);
    world.stop().await;
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}
