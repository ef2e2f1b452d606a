//! A small yard to test in: one order of two lines, its shipment, a route with one stop.

use crate::domain::{
    decision::{Dossier, Outcome, Rules, Run, Visit},
    delivery::{Incoming, Received, receive_report},
    exception::Taxonomy,
    id::{DriverId, ExceptionId, OrderId, RouteId},
    order::{self, Findings, Hold, HoldReason, OrderContent},
    place::Position,
    proof::{ProofKind, ProofPolicy, ProofRef},
    refused::Refused,
    report::{Difference, Handover, Report, Reported},
    route::{self, Plan, PlannedLeg},
    shipment::Shipment,
    time::Window,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::sync::LazyLock;

pub static TAXONOMY: LazyLock<Taxonomy> =
    LazyLock::new(|| toml::from_str(include_str!("../../../policies/exceptions.toml")).unwrap());
pub static PROOF: LazyLock<ProofPolicy> =
    LazyLock::new(|| toml::from_str(include_str!("../../../policies/proof.toml")).unwrap());

pub fn rules() -> Rules<'static> {
    Rules { taxonomy: &TAXONOMY, proof: &PROOF }
}

/// So many minutes after the morning's eight o'clock.
pub fn at(minutes: i64) -> Timestamp {
    "2026-11-23T08:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

pub fn window(from: i64, until: i64) -> Window {
    Window { from: at(from), until: at(until) }
}

pub fn content() -> OrderContent {
    serde_json::from_value(json!({
        "number": "SO-1001", "party": "pty_baker", "region": "reg_north",
        "lines": [
            {"line": 1, "item": "itm_flour", "description": "Flour", "quantity": 10, "weight_grams": 10_000},
            {"line": 2, "item": "itm_salt", "description": "Salt", "quantity": 4, "weight_grams": 4_000},
        ],
        "address": {"name": "Baker", "street": "Mill Lane 1", "postal_code": "20095", "city": "Hamburg", "country": "DE",
            "position": {"latitude": 53.55, "longitude": 10.0}},
        "window": {"from": at(0), "until": at(480)},
        "value": {"minor": 12_000, "currency": "EUR"},
    }))
    .unwrap()
}

pub fn held_for(reason: HoldReason) -> Findings {
    let hold = Hold { reason, detail: "over the limit".into(), since: at(-60) };
    Findings { holds: vec![hold], ..Findings::default() }
}

pub fn released(content: OrderContent) -> Dossier {
    let id = OrderId::from_token("t1001");
    let made = order::release(id, content, Findings::default(), rules(), at(-60)).unwrap().state;
    Dossier { order: made.order, shipments: made.shipments, stops: Vec::new() }
}

pub fn plan(revision: u32, shipments: &[Shipment]) -> Plan {
    let leg = |(index, shipment): (usize, &Shipment)| PlannedLeg {
        shipment: shipment.id.clone(),
        planned: window(60 + 20 * index as i64, 70 + 20 * index as i64),
        service_seconds: 600,
    };
    Plan {
        id: RouteId::from("rte_1"),
        region: "reg_north".into(),
        day: jiff::civil::date(2026, 11, 23),
        revision,
        vehicle: "veh_1".into(),
        driver: Some("drv_ana".into()),
        carrier: None,
        depot: Position { latitude: 53.54, longitude: 9.99 },
        shift: window(-30, 600),
        legs: shipments.iter().enumerate().map(leg).collect(),
        distance_metres: 12_000,
    }
}

pub fn published(dossier: Dossier) -> Run {
    let Dossier { order, shipments, stops } = dossier;
    let plan = plan(1, &shipments);
    route::publish(None, stops, shipments, vec![order], plan, at(-30)).unwrap().state
}

pub fn dispatched(content: OrderContent) -> Run {
    route::dispatch(published(released(content)), at(0)).unwrap().state
}

/// The visits of an order's shipments, under way.
pub fn visits(content: OrderContent) -> Vec<Visit> {
    let Run { stops, shipments, orders, .. } = dispatched(content);
    let both = shipments.into_iter().zip(stops);
    both.map(|(shipment, stop)| Visit { order: orders[0].clone(), shipment, stop }).collect()
}

pub fn visit() -> Visit {
    visits(content()).remove(0)
}

pub fn photo(letter: &str) -> ProofRef {
    let (kind, media_type) = (ProofKind::Photo, "image/jpeg".to_owned());
    ProofRef { sha256: letter.repeat(64), kind, media_type, taken_at: at(60), position: None }
}

/// Everything was handed over, with a photo.
pub fn whole() -> Reported {
    Reported::HandedOver(Handover { proofs: vec![photo("a")], ..nothing_to_add() })
}

/// Two of the first line were missing.
pub fn part() -> Reported {
    let short = Difference { line: 1, short: 2, damaged: 0, refused: 0 };
    Reported::HandedOver(Handover { differences: vec![short], proofs: vec![photo("b")], ..nothing_to_add() })
}

fn nothing_to_add() -> Handover {
    serde_json::from_value(json!({})).unwrap()
}

pub fn failed(code: &str) -> Reported {
    Reported::Failed { code: code.into(), note: None, proofs: Vec::new() }
}

/// A report by Ana, the route's driver, received when it happened.
pub fn said(event: &str, minute: i64, what: Reported) -> Incoming {
    heard(Report::received(event, at(minute), what, at(minute)))
}

pub fn heard(report: Report) -> Incoming {
    let quarantine = ExceptionId::from_token(&format!("q.{}", report.event));
    let whole = json!({"event": report.event});
    let driver = Some(DriverId::from("drv_ana"));
    Incoming { report, by: "drv_ana".into(), driver, stored: Default::default(), quarantine, whole }
}

pub fn receive(visit: Visit, incoming: Incoming) -> Result<Received, Refused> {
    let now = incoming.report.at.recorded_at;
    receive_report(visit, incoming, rules(), now)
}

/// The visit after these reports, one after the other.
pub fn after(visit: Visit, reports: impl IntoIterator<Item = Incoming>) -> Visit {
    reports.into_iter().fold(visit, |visit, incoming| receive(visit, incoming).unwrap().visit)
}

/// The word for a state, as it is written.
pub fn word(state: impl serde::Serialize) -> String {
    serde_json::to_value(state).unwrap().as_str().unwrap().to_owned()
}

pub fn cell<T, S: serde::Serialize>(answer: Result<Outcome<T>, Refused>, state: impl Fn(&T) -> S) -> String {
    answer.map_or_else(|_| "–".to_owned(), |outcome| word(state(&outcome.state)))
}

/// A table as text: rows are states, columns are commands.
pub fn table(title: &str, columns: &[&str], rows: &[(String, Vec<String>)]) -> String {
    let widest = |index: usize| rows.iter().map(|(_, cells)| cells[index].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> =
        columns.iter().enumerate().map(|(index, name)| name.chars().count().max(widest(index))).collect();
    let first = rows.iter().map(|(name, _)| name.chars().count()).chain([title.chars().count()]).max().unwrap_or(0);
    let line = |name: &str, cells: &[String]| {
        let cells: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{name:first$} | {}", cells.join(" | ")).trim_end().to_owned()
    };
    let names: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let rule = "-".repeat(first + widths.iter().map(|width| width + 3).sum::<usize>());
    let body = rows.iter().map(|(name, cells)| line(name, cells));
    [line(title, &names), rule].into_iter().chain(body).collect::<Vec<_>>().join("\n")
}
