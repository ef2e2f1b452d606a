//! `haulgate demo`: the main job in one command. A working day of a distributor in three countries, or of a VRPTW
//! instance, played in about a minute against a real gateway, and accounted for to the last order.

mod caller;
mod cast;
mod closing;
mod driver;
mod instance;
mod morning;
mod progress;
mod stage;
mod world;

use super::{Failure, runtime};
use crate::{
    clock::Clock,
    config::{LogFormat, LogSettings},
    sandbox::faults::{Fault, Target},
    telemetry,
};
use cast::Cast;
use clap::Args;
use driver::Driver;
use jiff::{Timestamp, civil::Date};
use progress::Progress;
use serde_json::Value;
use stage::Stage;
use std::{
    path::PathBuf,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};
use world::World;

#[derive(Debug, Args)]
pub struct Demo {
    /// End with the table instead of staying up.
    #[arg(long)]
    exit: bool,
    /// Play a VRPTW instance (Gehring–Homberger) instead of the built-in day.
    #[arg(long)]
    orders: Option<PathBuf>,
    /// Orders of the built-in day.
    #[arg(long, default_value_t = 300)]
    count: usize,
    /// What chance begins with: the same seed, the same day.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Where the API listens; operators' endpoints are one port further.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Where the demo keeps its database, proofs and keys; swept at start.
    #[arg(long, default_value_os_t = usual_directory())]
    directory: PathBuf,
}

/// The demo's day. Any Monday will do.
const DAY: &str = "2026-11-23";
/// Seconds of the day that pass in a second of ours: while things are prepared, and while it is driven.
const MORNING_PACE: f64 = 60.0;
const DRIVING_SECONDS: f64 = 33.0;

/// Where a demo keeps its things, unless it is told otherwise.
pub fn usual_directory() -> PathBuf {
    std::env::temp_dir().join("haulgate-demo")
}

impl Demo {
    pub fn run(&self) -> Result<(), Failure> {
        let log = LogSettings { filter: "error".into(), format: LogFormat::Text };
        telemetry::start_log(&log).map_err(Failure::new)?;
        telemetry::metrics();
        runtime("haulgate-demo", 2)?.block_on(self.play())
    }

    async fn play(&self) -> Result<(), Failure> {
        let began = Instant::now();
        let day = DAY.parse::<Date>().map_err(Failure::new)?;
        let dawn = format!("{DAY}T05:00:00Z").parse::<Timestamp>().map_err(Failure::new)?;
        let clock = Clock::paced_from(dawn, MORNING_PACE);
        let stage = Stage::set(&self.directory, self.port, &clock).await?;
        let world = self.world(&stage, dawn)?;
        stage.furnish(&world);
        let law = stage.app.law();
        let cast = Cast::new(&stage.sandbox.issuer, &law, &stage.base, clock.now());
        let progress = Progress::new(clock.clone(), world.orders.len());
        let played =
            Play { stage: &stage, world: &world, cast: &cast, clock: &clock, progress: &progress, seed: self.seed };
        let account = played.day(&day.to_string(), self.orders.is_some()).await.map_err(Failure::new)?;
        progress.end();
        let figures = closing::figures(&cast).await.map_err(Failure::new)?;
        print_closing(&account, &progress, &figures, began.elapsed());
        print_doors(&stage, &cast, clock.now());
        if !account.balances() {
            return Err(Failure::new("not every order is accounted for"));
        }
        drop(cast);
        if self.exit { stage.stop().await } else { stage.until_stopped().await }
    }

    fn world(&self, stage: &Stage, dawn: Timestamp) -> Result<World, Failure> {
        let regions = &stage.app.law().regions;
        let Some(path) = &self.orders else { return Ok(World::built_in(regions, dawn, self.count, self.seed)) };
        let named = |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
        let instance = instance::Instance::read(&text).map_err(|error| named(&error))?;
        World::of_instance(&instance, regions, dawn).map_err(Failure::new)
    }
}

/// The day being played.
struct Play<'p> {
    stage: &'p Stage,
    world: &'p World,
    cast: &'p Cast<'p>,
    clock: &'p Clock,
    progress: &'p Progress,
    seed: u64,
}

impl Play<'_> {
    async fn day(&self, day: &str, instance: bool) -> Result<closing::Account, String> {
        let (cast, world, progress) = (self.cast, self.world, self.progress);
        progress.say("master data is written, and the ERP releases its orders");
        morning::furnish(cast, world).await?;
        morning::release(cast, world, progress).await?;
        self.stage.pay(world);
        let thoughts = morning::second_thoughts(cast, world).await?;
        progress.say(&format!(
            "{} amended, {} cancelled, {} let go by the control room",
            thoughts.amended, thoughts.cancelled, thoughts.let_go
        ));
        let thinking = if instance { 12 } else { 2 };
        let routes = morning::plan(cast, world, day, thinking, progress).await?;
        self.drive(&routes, day).await?;
        self.clock.set_pace(MORNING_PACE);
        progress.say("the last vehicle is back; what is still on its way is delivered");
        closing::settle(cast, Duration::from_secs(20)).await?;
        self.clock.set_pace(1.0);
        closing::account(cast, world, &self.stage.sandbox).await
    }

    /// Dispatches every route and drives it; at noon the ERP has its maintenance window.
    async fn drive(&self, routes: &[Value], day: &str) -> Result<(), String> {
        let from = self.world.fleets.iter().map(|fleet| fleet.shift.from).min().ok_or("there is no fleet")?;
        let until = self.world.fleets.iter().map(|fleet| fleet.shift.until).max().ok_or("there is no fleet")?;
        let span = until.duration_since(from).as_secs_f64();
        self.clock.set_pace(3600.0);
        tokio::time::sleep(self.clock.until(from)).await;
        self.clock.set_pace(span / DRIVING_SECONDS);
        self.progress.say(&format!("{} vehicles leave", routes.len()));
        let dispatch = |route: Value| async move {
            let path = format!("/process/routes/v1/routes/{}/dispatch", route["id"].as_str().unwrap_or_default());
            self.cast.dispatch.post(&path, &serde_json::json!({})).await?.good().map(drop)
        };
        morning::each(routes.to_vec(), dispatch).await?;
        let drives = routes.iter().enumerate().map(|(number, route)| {
            let caller = self.cast.driver(route["driver"].as_str().unwrap_or_default(), self.clock.now());
            let seed = self.seed.wrapping_add(number as u64);
            Driver::new(caller, self.clock.clone(), self.progress.clone(), seed).drive(day)
        });
        let drives = futures_util::future::join_all(drives);
        let noon = from + (until.duration_since(from) / 2);
        let window = self.maintenance(noon, span / 8.0);
        let (driven, ()) = tokio::join!(drives, window);
        driven.into_iter().collect()
    }

    /// The ERP is away for a while; nothing is lost, everything waits.
    async fn maintenance(&self, from: Timestamp, seconds: f64) {
        tokio::time::sleep(self.clock.until(from)).await;
        self.progress.say("the ERP is in its maintenance window");
        self.stage.sandbox.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 1 });
        let until = self.clock.now() + jiff::SignedDuration::from_secs_f64(seconds);
        tokio::time::sleep(self.clock.until(until)).await;
        self.stage.sandbox.faults.clear(Target::Erp);
        self.progress.say("the ERP is back");
    }
}

fn print_closing(account: &closing::Account, progress: &Progress, figures: &str, took: Duration) {
    let closing::Account { released, posted, held, excepted, cancelled, unaccounted, doubled } = account;
    let sign = if account.balances() { "=" } else { "≠" };
    let counts = progress.counts();
    println!("\nWhat became of the day ({:.0} s)\n", took.as_secs_f64());
    println!(
        "  released {released} {sign} posted {posted} + held {held} + excepted {excepted} + cancelled {cancelled}"
    );
    println!(
        "  {} phones went offline, {} messages came twice; posted or invoiced twice: {}",
        counts.offline.load(Ordering::Relaxed),
        counts.duplicates.load(Ordering::Relaxed),
        doubled.len()
    );
    for order in unaccounted.iter().chain(doubled) {
        println!("  ! {order}");
    }
    println!("\n{figures}");
}

fn print_doors(stage: &Stage, cast: &Cast<'_>, now: Timestamp) {
    println!("  control tower    {}/console", stage.base);
    println!("  developer pages  {}/docs", stage.base);
    println!("  operators        http://{}/readyz and /metrics\n", stage.admin);
    println!("A token per persona, for `Authorization: Bearer …` (more with `haulgate token`):\n");
    let driver = cast.driver("drv_001", now);
    let personas = [
        ("erp", &cast.erp),
        ("dispatch", &cast.dispatch),
        ("driver drv_001", &driver),
        ("partner acme", &cast.acme),
        ("control room", &cast.control_room),
    ];
    for (name, caller) in personas {
        println!("  {name:<15} {}", caller.token());
    }
    println!();
}
