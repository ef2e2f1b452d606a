//! `haulgate audit`: whether the event log is what was written, and what it says.

use super::{Failure, runtime, words::many};
use crate::{
    clock::Clock,
    config::Settings,
    store::{AuditFilter, Broken, Decision, EventRow, LaneCheck, Store, StoreError},
};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use tokio::time::Instant;

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Walk the chains from end to end, and name the first row of each that does not hold. Ends with 2 if one does not.
    Verify(Verify),
    /// Show rows, oldest first.
    Show(Show),
}

#[derive(Debug, Args)]
pub struct Verify {
    /// Only this lane.
    #[arg(long)]
    lane: Option<i64>,
    /// Begin at this position of it, trusting what is before.
    #[arg(long, requires = "lane", default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..))]
    from: i64,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Only about this order, shipment, route or path.
    #[arg(long)]
    subject: Option<String>,
    #[arg(long)]
    consumer: Option<String>,
    /// Only of this operation, such as release_order.
    #[arg(long)]
    operation: Option<String>,
    /// Only of the request with this id (`X-Request-Id`).
    #[arg(long)]
    request: Option<String>,
    /// Only what was decided so.
    #[arg(long, value_enum)]
    decision: Option<Decided>,
    /// Only what was recorded from then on, such as 2026-11-23T08:00:00Z.
    #[arg(long)]
    since: Option<Timestamp>,
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Decided {
    Allow,
    Deny,
}

/// Ends a command whose log does not hold.
const BROKEN: u8 = 2;

impl Audit {
    pub fn run(&self, settings: &Settings) -> Result<(), Failure> {
        runtime("haulgate-audit", 1)?.block_on(async {
            let store = Store::open(&settings.database, Clock::System).await.map_err(Failure::new)?;
            let outcome = match self {
                Self::Verify(verify) => verify.run(&store).await,
                Self::Show(show) => show.run(&store).await.map_err(Failure::new),
            };
            store.close().await;
            outcome
        })
    }
}

impl Verify {
    async fn run(&self, store: &Store) -> Result<(), Failure> {
        let began = Instant::now();
        let checks = self.walk(store).await.map_err(Failure::new)?;
        checks.iter().for_each(|check| println!("{}", worded(check)));
        let (rows, seconds) = (checks.iter().map(|check| check.rows).sum::<u64>(), began.elapsed().as_secs_f64());
        let pace = rows as f64 / seconds.max(f64::MIN_POSITIVE);
        println!("{}, {rows} rows hold; {seconds:.1} s, {pace:.0} rows a second.", many(checks.len(), "lane"));
        let broken = checks.iter().filter(|check| check.broken.is_some()).count();
        if broken == 0 {
            return Ok(());
        }
        Err(Failure { message: format!("the log is not what was written: {broken} lanes are broken"), code: BROKEN })
    }

    async fn walk(&self, store: &Store) -> Result<Vec<LaneCheck>, StoreError> {
        let lanes = match self.lane {
            Some(lane) => vec![lane],
            None => store.lanes_ever().await?,
        };
        let mut checks = Vec::with_capacity(lanes.len());
        for lane in lanes {
            checks.push(store.verify_lane(lane, self.from - 1).await?);
        }
        Ok(checks)
    }
}

/// A lane in a line: how far it holds, and where it breaks.
fn worded(check: &LaneCheck) -> String {
    let LaneCheck { lane, rows, head: (position, hash), broken } = check;
    match broken {
        None => format!("lane {lane}: {rows} rows hold, up to {position} {hash}"),
        Some(Broken { position, event, why }) => {
            let row = event.as_deref().unwrap_or("no row");
            format!("lane {lane}: {rows} rows hold; BROKEN at {position} ({row}): {why}")
        }
    }
}

impl Show {
    async fn run(&self, store: &Store) -> Result<(), StoreError> {
        let filter = AuditFilter {
            subject: self.subject.clone(),
            consumer: self.consumer.clone(),
            operation: self.operation.clone(),
            correlation: self.request.clone(),
            decision: self.decision.map(|decided| match decided {
                Decided::Allow => Decision::Allowed,
                Decided::Deny => Decision::Denied,
            }),
            since: self.since,
        };
        let rows = store.audit(&filter, self.limit).await?;
        rows.iter().for_each(|row| println!("{}", line(row)));
        println!("{} rows.", rows.len());
        Ok(())
    }
}

/// A row in a line: when, decided how, what, by whom, about what, by which rules.
fn line(row: &EventRow) -> String {
    let (decision, policy) = match &row.verdict {
        Some(verdict) => (verdict.decision.name(), verdict.policy.as_str()),
        None => ("-", ""),
    };
    let EventRow { recorded_at, name, operation, actor, subject, correlation_id, .. } = row;
    format!(
        "{recorded_at}  {decision:<5}  {operation:<24} {name:<28} {actor:<24} {subject}  {policy}  {correlation_id}"
    )
}
