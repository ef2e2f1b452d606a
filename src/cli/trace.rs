//! `haulgate trace`: the whole way of one order, for a person at a terminal.

use super::{Failure, runtime};
use crate::{
    clock::Clock,
    config::Settings,
    policy::Viewer,
    process::traces::{OrderTrace, trace_in},
    store::Store,
};
use clap::Args;
use jiff::Timestamp;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct Trace {
    /// The ERP's number of the order, or its id.
    order: String,
    /// Print the trace as JSON.
    #[arg(long)]
    json: bool,
}

impl Trace {
    pub fn run(&self, settings: &Settings) -> Result<(), Failure> {
        let trace = runtime("haulgate-trace", 1)?.block_on(async {
            let store = Store::open(&settings.database, Clock::System).await.map_err(Failure::new)?;
            let trace = trace_in(&store, &Viewer::haulgate(), &self.order).await.map_err(Failure::new);
            store.close().await;
            trace
        })?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&trace).map_err(Failure::new)?);
        } else {
            print!("{}", worded(&trace));
        }
        Ok(())
    }
}

/// The trace in lines: what there is, then what happened, oldest first.
fn worded(trace: &OrderTrace) -> String {
    let (mut text, order) = (String::new(), &trace.order);
    let mut line = |words: String| writeln!(text, "{words}").expect("a string takes any text");
    line(format!("order {} ({})  {:?}  {} in {}", order.number, order.id, order.state, order.party, order.region));
    order.holds.iter().for_each(|hold| line(format!("  held: {hold}")));
    for shipment in &trace.shipments {
        let posted = if shipment.posted { "posted" } else { "not posted" };
        line(format!("  shipment {}  {:?}  attempt {}  {posted}", shipment.id, shipment.state, shipment.attempts));
        for stop in trace.stops.iter().filter(|stop| stop.shipment == shipment.id) {
            line(format!("    stop {}  {:?}  on {}", stop.id, stop.state, stop.route));
        }
    }
    for route in &trace.routes {
        line(format!("  route {}  {:?}  revision {}", route.id, route.state, route.revision));
    }
    for exception in &trace.exceptions {
        line(format!("  exception {}  {}  {:?}", exception.id, exception.code, exception.state));
    }
    let number = trace.invoice.number.as_deref().unwrap_or("no number yet");
    line(format!("  invoice {:?}  {number}", trace.invoice.state));
    line(String::new());
    for (at, words) in happened(trace) {
        line(format!("  {at}  {words}"));
    }
    line(String::new());
    match &trace.stops_at {
        None => line("complete".to_owned()),
        Some(standstill) => line(format!("stops at {:?}: {}", standstill.stage, standstill.detail)),
    }
    text
}

/// Events and calls together, by when they were recorded here.
fn happened(trace: &OrderTrace) -> Vec<(Timestamp, String)> {
    let events = trace.events.iter().map(|event| {
        (event.recorded_at, format!("{:<32} {:<28} {} by {}", event.name, event.subject, event.operation, event.actor))
    });
    let tasks = trace.tasks.iter().map(|task| {
        let why = task.story.last().map(|last| format!("  {}: {}", last.what, last.why)).unwrap_or_default();
        let tries = if task.attempts == 1 { "try" } else { "tries" };
        let call =
            format!("{:<32} {:<28} {} after {} {tries}{why}", task.kind, task.subject, task.status, task.attempts);
        (task.updated_at, call)
    });
    let mut all: Vec<_> = events.chain(tasks).collect();
    all.sort_by_key(|(at, _)| *at);
    all
}
