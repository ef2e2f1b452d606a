//! The control room's first look: how much of everything there is, what is late, and what is stuck.

use crate::{
    app::App,
    domain::text::Code,
    error::Error,
    policy::{Kind, Viewer},
    store::{Backlog, Table},
    system::By,
};
use futures_util::try_join;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What has ended is counted for so many hours; what is open is always counted.
const ENDED_HOURS: i64 = 24;

const ORDERS: [&str; 5] = ["received", "held", "released", "planned", "in_execution"];
const ORDERS_ENDED: [&str; 5] = ["delivered", "partially_delivered", "undelivered", "invoiced", "cancelled"];
const SHIPMENTS: [&str; 7] =
    ["created", "planned", "loaded", "out_for_delivery", "attempted", "held_at_depot", "returning"];
const SHIPMENTS_ENDED: [&str; 5] = ["delivered", "partially_delivered", "returned", "lost", "cancelled"];
const ROUTES: [&str; 5] = ["proposed", "published", "accepted", "rejected", "started"];
const ROUTES_ENDED: [&str; 2] = ["completed", "aborted"];
const EXCEPTIONS: [&str; 2] = ["open", "acknowledged"];
const EXCEPTIONS_ENDED: [&str; 1] = ["resolved"];

/// Everything at a glance.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Overview {
    pub at: Timestamp,
    #[schema(max_items = 1000)]
    pub regions: Vec<RegionOverview>,
    /// Effects on other systems on their way, by kind.
    #[schema(max_items = 50)]
    pub backlog: Vec<BacklogOfKind>,
    /// Effects that failed for good and wait for a person.
    pub dead_letters: u64,
    #[schema(max_items = 200)]
    pub connectors: Vec<ConnectorHealth>,
}

/// One region: counts by state. What has ended is counted for a day.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct RegionOverview {
    #[schema(max_length = 96)]
    pub region: String,
    #[schema(value_type = BTreeMap<Code, u64>)]
    pub orders: BTreeMap<String, u64>,
    #[schema(value_type = BTreeMap<Code, u64>)]
    pub shipments: BTreeMap<String, u64>,
    #[schema(value_type = BTreeMap<Code, u64>)]
    pub routes: BTreeMap<String, u64>,
    #[schema(value_type = BTreeMap<Code, u64>)]
    pub exceptions: BTreeMap<String, u64>,
    /// Shipments that are still open although their window is over.
    pub late_shipments: u64,
}

/// Effects of one kind on their way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BacklogOfKind {
    #[schema(value_type = Code)]
    pub kind: String,
    pub waiting: u64,
    pub under_way: u64,
    pub dead: u64,
    /// How long the oldest has been waiting.
    pub oldest_seconds: Option<u64>,
}

/// How one of the systems behind Haulgate is doing.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ConnectorHealth {
    #[schema(max_length = 300)]
    pub name: String,
    /// `api`: for callers who wait; `relay`: for effects on their way. Each has connectors of its own. Where the relay is
    /// another process, its own `/readyz` tells of them.
    pub by: By,
    /// `closed`: calls go through; `open`: they are kept away; `half_open`: one is trying.
    #[schema(max_length = 20)]
    pub breaker: String,
    pub retry_after_seconds: Option<u64>,
    pub in_flight: u64,
    pub waiting: u64,
    /// Since this process started.
    pub calls: u64,
    pub failures: u64,
    pub retries: u64,
    pub last_success_at: Option<Timestamp>,
    pub last_failure_at: Option<Timestamp>,
    /// away, deadline, wrong_shape or too_large.
    #[schema(max_length = 2000)]
    pub last_failure: Option<String>,
}

/// Everything a viewer may see, at a glance.
pub async fn overview(app: &App, viewer: &Viewer, now: Timestamp) -> Result<Overview, Error> {
    let regions: Vec<String> = viewer.regions().into_iter().flatten().cloned().collect();
    let count = |table, open: &'static [&'static str], ended: &'static [&'static str]| {
        tally(app, table, open, ended, now, &regions)
    };
    let (orders, shipments, routes, exceptions, late, backlog) = try_join!(
        count(Table::Order, &ORDERS, &ORDERS_ENDED),
        count(Table::Shipment, &SHIPMENTS, &SHIPMENTS_ENDED),
        count(Table::Route, &ROUTES, &ROUTES_ENDED),
        count(Table::Exception, &EXCEPTIONS, &EXCEPTIONS_ENDED),
        async { Ok(app.store.overdue_by_region(Table::Shipment, &SHIPMENTS, now, &regions).await?) },
        backlog(app, viewer, now),
    )?;
    let known = app.law().regions.0.keys().cloned().collect::<Vec<_>>();
    let mut by_region: BTreeMap<String, RegionOverview> = BTreeMap::new();
    for region in known.into_iter().filter(|region| regions.is_empty() || regions.contains(region)) {
        by_region.insert(region.clone(), RegionOverview { region, ..RegionOverview::default() });
    }
    let mut put = |counts: Tallied, into: fn(&mut RegionOverview) -> &mut BTreeMap<String, u64>| {
        for (region, status, count) in counts {
            let line = by_region.entry(region.clone()).or_default();
            line.region = region;
            into(line).insert(status, count);
        }
    };
    put(orders, |line| &mut line.orders);
    put(shipments, |line| &mut line.shipments);
    put(routes, |line| &mut line.routes);
    put(exceptions, |line| &mut line.exceptions);
    for (region, count) in late {
        by_region.entry(region).or_default().late_shipments = count;
    }
    let dead_letters = backlog.iter().map(|kind| kind.dead).sum();
    let regions = by_region.into_values().collect();
    Ok(Overview { at: now, regions, backlog, dead_letters, connectors: connectors(app) })
}

/// How the systems behind Haulgate are doing.
pub fn connectors(app: &App) -> Vec<ConnectorHealth> {
    let health = |state: crate::system::ConnectorState| ConnectorHealth {
        breaker: word(&state.breaker),
        name: state.name,
        by: state.by,
        retry_after_seconds: state.retry_after_seconds,
        in_flight: state.in_flight,
        waiting: state.waiting,
        calls: state.calls,
        failures: state.failures,
        retries: state.retries,
        last_success_at: state.last_success_at,
        last_failure_at: state.last_failure.as_ref().map(|failure| failure.at),
        last_failure: state.last_failure.map(|failure| failure.kind),
    };
    app.connector_states().into_iter().map(health).collect()
}

/// The effects on their way, by kind.
pub async fn backlog(app: &App, viewer: &Viewer, now: Timestamp) -> Result<Vec<BacklogOfKind>, Error> {
    let told = |Backlog { kind, waiting, leased, dead, oldest }| BacklogOfKind {
        kind,
        waiting,
        under_way: leased,
        dead,
        oldest_seconds: oldest.map(|oldest: Timestamp| now.duration_since(oldest).as_secs().unsigned_abs()),
    };
    Ok(app.store.tasks().backlog(&viewer.bounds(Kind::Effect)).await?.into_iter().map(told).collect())
}

type Tallied = Vec<(String, String, u64)>;

async fn tally(
    app: &App,
    table: Table,
    open: &[&str],
    ended: &[&str],
    now: Timestamp,
    regions: &[String],
) -> Result<Tallied, Error> {
    let mut counts = app.store.tally_by_region(table, open, None, regions).await?;
    let since = now - ENDED_HOURS.hours();
    counts.extend(app.store.tally_by_region(table, ended, Some(since), regions).await?);
    Ok(counts)
}

fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
