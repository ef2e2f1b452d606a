//! The figures leaders ask for, as a table. How fast the gateway itself is, is told by the watch of whoever looks on: on
//! the demo's clock every second of its work counts as minutes.

use super::cast::Cast;
use crate::{
    app::App,
    domain::sla::Figure,
    store::{Sample, Span},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::fmt::Write;

/// From when to when a system was away.
pub type Away = (Timestamp, Timestamp);

/// What was measured, against which target, and whether it was met.
pub async fn table(app: &App, cast: &Cast<'_>, away: Away) -> Result<String, String> {
    let sla = cast.control_room.get("/experience/control-tower/v1/sla").await?.good()?;
    let mut table =
        format!("  {:<28} {:>7} {:>10} {:>10} {:>8}  {}\n", "figure", "cases", "p50", "p95", "share", "met");
    for measured in sla["figures"].as_array().into_iter().flatten() {
        let name = measured["figure"].as_str().unwrap_or_default();
        let row = match Figure::ALL.iter().find(|figure| figure.name() == name) {
            Some(Figure::MessageLag) => by_the_watch(app, Figure::MessageLag, Some(away)).await?,
            Some(Figure::RoutePublicationDelay) => by_the_watch(app, Figure::RoutePublicationDelay, None).await?,
            _ => Row::of(name, &measured["total"]),
        };
        row.write(&mut table);
    }
    table.push_str(
        "\n  By the demo's clock, on which a second of yours is about a quarter of an hour; but * by your watch, and\n  \
         without the messages that had to wait because the ERP was away.\n",
    );
    Ok(table)
}

struct Row {
    name: String,
    cases: u64,
    p50: Option<f64>,
    p95: Option<f64>,
    share: Option<f64>,
    met: Option<bool>,
}

impl Row {
    fn of(name: &str, total: &Value) -> Self {
        Self {
            name: name.replace('_', " "),
            cases: total["count"].as_u64().unwrap_or_default(),
            p50: total["p50_seconds"].as_f64(),
            p95: total["p95_seconds"].as_f64(),
            share: total["share"].as_f64(),
            met: total["met"].as_bool(),
        }
    }

    fn write(&self, table: &mut String) {
        let met = self.met.map_or("–", |met| if met { "yes" } else { "no" });
        let share = self.share.map_or_else(|| "–".into(), |share| format!("{:.1} %", share * 100.0));
        let Self { name, cases, .. } = self;
        let (p50, p95) = (span(self.p50), span(self.p95));
        writeln!(table, "  {name:<28} {cases:>7} {p50:>10} {p95:>10} {share:>8}  {met}")
            .expect("a string takes any text");
    }
}

/// A figure of durations, by the watch; cases that were open while a system was away are none.
async fn by_the_watch(app: &App, figure: Figure, away: Option<Away>) -> Result<Row, String> {
    let span = Span { from: Timestamp::MIN, until: Timestamp::MAX, regions: &[] };
    let samples = app.store.samples(figure, &span).await.map_err(|error| error.to_string())?;
    let open = samples.iter().map(|sample| open(figure, sample));
    let counted = open.filter(|(from, until)| away.is_none_or(|(gone, back)| *until < gone || back < *from));
    let mut took: Vec<f64> = counted.map(|(from, until)| app.clock.took(from, until).as_secs_f64()).collect();
    took.sort_unstable_by(f64::total_cmp);
    let percentile = |rank: f64| took.get(((took.len() as f64 * rank).ceil() as usize).max(1) - 1).copied();
    let target = app.law().sla.figures.get(&figure).copied();
    let in_time = target.and_then(|target| target.within_seconds);
    let in_time = in_time.map(|within| took.iter().filter(|took| **took <= within as f64).count());
    let share = in_time.filter(|_| !took.is_empty()).map(|in_time| in_time as f64 / took.len() as f64);
    Ok(Row {
        name: format!("{} *", figure.name().replace('_', " ")),
        cases: took.len() as u64,
        p50: percentile(0.5),
        p95: percentile(0.95),
        share,
        met: share.zip(target.and_then(|target| target.share)).map(|(share, wanted)| share >= wanted),
    })
}

/// From when to when a case was open: a message counts when it arrives, a publication when it is made.
fn open(figure: Figure, sample: &Sample) -> (Timestamp, Timestamp) {
    let length = SignedDuration::from_micros(sample.value);
    if figure == Figure::MessageLag { (sample.at - length, sample.at) } else { (sample.at, sample.at + length) }
}

/// A span of seconds as people say it.
fn span(seconds: Option<f64>) -> String {
    match seconds {
        None => "–".into(),
        Some(seconds) if seconds < 0.1 => format!("{:.0} ms", seconds * 1e3),
        Some(seconds) if seconds < 120.0 => format!("{seconds:.1} s"),
        Some(seconds) if seconds < 7200.0 => format!("{:.0} min", seconds / 60.0),
        Some(seconds) => format!("{:.1} h", seconds / 3600.0),
    }
}
