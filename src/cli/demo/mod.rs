//! `haulgate demo`: the main job in one command. A working day of a distributor in three countries, or of a VRPTW
//! instance, played in about a minute against a real gateway, and accounted for to the last order.

mod caller;
mod cast;
mod closing;
mod driver;
mod farewell;
mod figures;
mod instance;
mod morning;
mod onlookers;
mod progress;
mod stage;
mod voice;
mod world;

use super::{Failure, runtime, words::many};
use crate::{
    clock::Clock,
    config::{LogFormat, LogSettings},
    sandbox::faults::{Fault, Target},
    telemetry,
};
use cast::Cast;
use clap::Args;
use driver::Driver;
use figures::Away;
use jiff::{Timestamp, tz::TimeZone};
use progress::Progress;
use serde_json::Value;
use stage::Stage;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use voice::Voice;
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
    /// Where the policies are read from, such as a changed copy of `policies/`; left out: those in the binary.
    #[arg(long)]
    policies: Option<PathBuf>,
    /// What the gateway's own log tells on the error output. What goes wrong on this stage goes wrong on purpose.
    #[arg(long, default_value = "off")]
    log: String,
}

/// How long a token of the demo's issuer lasts: for whoever tries the API after the day is over.
pub const TOKEN_SECONDS: i64 = 30 * 24 * 3600;
/// Seconds of the day that pass in a second of ours: while things are prepared, and while it is driven.
const MORNING_PACE: f64 = 60.0;
const DRIVING_SECONDS: f64 = 33.0;

/// Where a demo keeps its things, unless it is told otherwise.
pub fn usual_directory() -> PathBuf {
    std::env::temp_dir().join("haulgate-demo")
}

impl Demo {
    pub fn run(&self) -> Result<(), Failure> {
        let log = LogSettings { filter: self.log.clone(), format: LogFormat::Json };
        telemetry::start_log(&log).map_err(Failure::new)?;
        telemetry::metrics();
        let voice = Voice::take_over().map_err(Failure::new)?;
        runtime("haulgate-demo", 2)?.block_on(self.play(&voice))
    }

    async fn play(&self, voice: &Voice) -> Result<(), Failure> {
        let began = Instant::now();
        let day = Clock::System.now().to_zoned(TimeZone::UTC).date();
        let dawn = day.at(5, 0, 0, 0).to_zoned(TimeZone::UTC).map_err(Failure::new)?.timestamp();
        let clock = Clock::paced_from(dawn, MORNING_PACE);
        let stage = Stage::set(&self.directory, self.port, self.policies.as_deref(), &clock).await?;
        let world = self.world(&stage, dawn)?;
        stage.furnish(&world);
        let law = stage.app.law();
        let cast = Cast::new(&stage.sandbox.issuer, &law, &stage.base, clock.now());
        stage.app.personas.introduce(cast.personas(clock.now(), "drv_001"));
        let progress = Progress::new(clock.clone(), voice.clone(), world.orders.len());
        let played =
            Play { stage: &stage, world: &world, cast: &cast, clock: &clock, progress: &progress, seed: self.seed };
        let (account, away) = played.day(&day.to_string(), self.orders.is_some()).await.map_err(Failure::new)?;
        let figures = figures::table(&stage.app, &cast, away).await.map_err(Failure::new)?;
        farewell::account(voice, &account, &progress, &stage.sandbox, began.elapsed());
        voice.say(&figures);
        farewell::doors(voice, &stage, &cast, clock.now(), &self.directory).await.map_err(Failure::new)?;
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
    async fn day(&self, day: &str, instance: bool) -> Result<(closing::Account, Away), String> {
        let (cast, world, progress) = (self.cast, self.world, self.progress);
        progress.say("master data is written, and the ERP releases its orders");
        morning::furnish(cast, world).await?;
        onlookers::subscribe(cast, &self.stage.sandbox).await?;
        morning::release(cast, world, progress).await?;
        self.stage.pay(world);
        let thoughts = morning::second_thoughts(cast, world).await?;
        progress.say(&format!(
            "{} amended, {} cancelled, {} let go by the control room",
            thoughts.amended, thoughts.cancelled, thoughts.let_go
        ));
        let thinking = if instance { 12 } else { 2 };
        let routes = morning::plan(cast, world, day, thinking, progress).await?;
        let away = self.drive(&routes, day).await?;
        self.clock.set_pace(MORNING_PACE);
        progress.say("the last vehicle is back; what is still on its way is delivered");
        closing::settle(cast, Duration::from_secs(15)).await?;
        onlookers::settle_exceptions(cast, progress).await?;
        closing::settle(cast, Duration::from_secs(5)).await?;
        self.clock.set_pace(1.0);
        Ok((closing::account(cast, world, &self.stage.sandbox).await?, away))
    }

    /// Dispatches every route and drives it; at noon the ERP has its maintenance window, which is answered.
    async fn drive(&self, routes: &[Value], day: &str) -> Result<Away, String> {
        let from = self.world.fleets.iter().map(|fleet| fleet.shift.from).min().ok_or("there is no fleet")?;
        let until = self.world.fleets.iter().map(|fleet| fleet.shift.until).max().ok_or("there is no fleet")?;
        let span = until.duration_since(from).as_secs_f64();
        self.clock.set_pace(3600.0);
        tokio::time::sleep(self.clock.until(from)).await;
        self.clock.set_pace(span / DRIVING_SECONDS);
        self.progress.say(&format!("{} leave", many(routes.len(), "vehicle")));
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
        let (driven, away) = tokio::join!(drives, window);
        driven.into_iter().collect::<Result<(), _>>().map(|()| away)
    }

    /// The ERP is away for a while; nothing is lost, everything waits.
    async fn maintenance(&self, from: Timestamp, seconds: f64) -> Away {
        tokio::time::sleep(self.clock.until(from)).await;
        let gone = self.clock.now();
        self.progress.say("the ERP is in its maintenance window");
        self.stage.sandbox.faults.set(Target::Erp, Fault::Maintenance { retry_after_seconds: 1 });
        let until = self.clock.now() + jiff::SignedDuration::from_secs_f64(seconds);
        tokio::time::sleep(self.clock.until(until)).await;
        self.stage.sandbox.faults.clear(Target::Erp);
        self.progress.say("the ERP is back");
        (gone, self.clock.now())
    }
}
