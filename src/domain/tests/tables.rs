//! The golden tables of orders, routes and stops: which command leads where from which state.

use super::yard::{
    after, at, cell, content, failed, held_for, part, plan, published, receive, released, rules, said, table, visit,
    whole, word,
};
use crate::domain::{
    decision::{Dossier, Outcome, Run, Visit},
    order::{self, Amendment, Findings, HoldReason, Order, OrderCommand, OrderState, ShipmentOutcome},
    refused::Refused,
    report::{Reception, Reported},
    route::{self, ByHand, OverrideChange, Route, RouteState},
    stop::{self, Stop, StopState},
};

const ORDER_STATES: [OrderState; 10] = [
    OrderState::Received,
    OrderState::Held,
    OrderState::Released,
    OrderState::Planned,
    OrderState::InExecution,
    OrderState::Delivered,
    OrderState::PartiallyDelivered,
    OrderState::Undelivered,
    OrderState::Invoiced,
    OrderState::Cancelled,
];

type OnOrder = fn(Dossier) -> Result<Outcome<Order>, Refused>;

fn order_of(outcome: Outcome<Dossier>) -> Outcome<Order> {
    Outcome { state: outcome.state.order, follows: outcome.follows }
}

fn step(mut dossier: Dossier, command: OrderCommand) -> Result<Outcome<Order>, Refused> {
    order::step(&mut dossier.order, command).map(|()| Outcome::quiet(dossier.order))
}

#[test]
fn an_order() {
    let commands: [(&str, OnOrder); 14] = [
        ("recheck: clear", |d| order::recheck(d, Findings::default(), rules(), at(0)).map(order_of)),
        ("lift hold", |d| order::lift_hold(d.order, HoldReason::Credit, at(0))),
        ("hold", |d| order::hold(d, "asked by phone", at(0)).map(order_of)),
        ("amend", |d| {
            let amendment = Amendment { content: content(), findings: Findings::default() };
            order::amend(d, amendment, rules(), at(0)).map(order_of)
        }),
        ("amend: no credit", |d| {
            let amendment = Amendment { content: content(), findings: held_for(HoldReason::Credit) };
            order::amend(d, amendment, rules(), at(0)).map(order_of)
        }),
        ("cancel", |d| order::cancel(d, "not wanted", at(0)).map(order_of)),
        ("plan", |mut d| order::planned(&mut d.order, &d.shipments[0].id).map(|()| Outcome::quiet(d.order))),
        ("unplan", |d| step(d, OrderCommand::Unplan)),
        ("start", |mut d| order::in_execution(&mut d.order).map(|()| Outcome::quiet(d.order))),
        ("all delivered", |d| step(d, OrderCommand::Settle(ShipmentOutcome::Delivered))),
        ("some delivered", |d| step(d, OrderCommand::Settle(ShipmentOutcome::PartiallyDelivered))),
        ("none delivered", |d| step(d, OrderCommand::Settle(ShipmentOutcome::Undelivered))),
        ("goes out again", |d| step(d, OrderCommand::Reopen)),
        ("invoice", |mut d| order::invoiced(&mut d.order).map(|()| Outcome::quiet(d.order))),
    ];
    let row = |state: &OrderState| {
        let mut dossier = released(content());
        dossier.order.state = *state;
        if *state == OrderState::Held {
            dossier.order.holds = held_for(HoldReason::Credit).holds;
        }
        let cells = commands.iter().map(|(_, command)| cell(command(dossier.clone()), |order| order.state)).collect();
        (word(state), cells)
    };
    let names: Vec<&str> = commands.iter().map(|(name, _)| *name).collect();
    insta::assert_snapshot!(table("order", &names, &ORDER_STATES.iter().map(row).collect::<Vec<_>>()));
}

type OnRun = fn(Run) -> Result<Outcome<Route>, Refused>;

fn route_of(outcome: Outcome<Run>) -> Outcome<Route> {
    Outcome { state: outcome.state.route, follows: outcome.follows }
}

fn publish(run: Run, revision: u32) -> Result<Outcome<Route>, Refused> {
    let plan = plan(revision, &run.shipments);
    route::publish(Some(run.route), run.stops, run.shipments, run.orders, plan, at(10)).map(route_of)
}

fn settle(mut run: Run, state: StopState) -> Result<Outcome<Route>, Refused> {
    run.stops.iter_mut().for_each(|stop| stop.state = state);
    Ok(Outcome::quiet(route::settle(run.route, &run.stops, at(300))))
}

#[test]
fn a_route() {
    let commands: [(&str, OnRun); 11] = [
        ("publish older", |run| publish(run, 0)),
        ("publish again", |run| publish(run, 1)),
        ("publish newer", |run| publish(run, 2)),
        ("accept", |run| route::accept(run.route)),
        ("reject", |run| route::reject(run.route)),
        ("dispatch", |run| route::dispatch(run, at(20)).map(route_of)),
        ("override", |run| {
            let change = OverrideChange::SwapDriver { driver: "drv_ben".into() };
            let by_hand = ByHand { change, reason: "ill".into(), by: "ops".into(), timings: Default::default() };
            let answer = route::override_by_hand(run, None, by_hand, at(20))?;
            Ok(Outcome { state: answer.state.run.route, follows: answer.follows })
        }),
        ("a stop is open", |run| settle(run, StopState::Arrived)),
        ("all stops over", |run| settle(run, StopState::Failed)),
        ("all cancelled", |run| settle(run, StopState::Cancelled)),
        ("abort", |run| route::abort(run, at(20)).map(route_of)),
    ];
    let states = [
        RouteState::Proposed,
        RouteState::Published,
        RouteState::Accepted,
        RouteState::Rejected,
        RouteState::Started,
        RouteState::Completed,
        RouteState::Aborted,
    ];
    let row = |state: &RouteState| {
        let mut run = published(released(content()));
        run.route.state = *state;
        let cells = commands.iter().map(|(_, command)| cell(command(run.clone()), |route| route.state)).collect();
        (word(state), cells)
    };
    let names: Vec<&str> = commands.iter().map(|(name, _)| *name).collect();
    insta::assert_snapshot!(table("route", &names, &states.iter().map(row).collect::<Vec<_>>()));
}

fn reported(visit: Visit, minute: i64, what: Reported) -> String {
    match receive(visit, said("new", minute, what)) {
        Err(_) => "–".to_owned(),
        Ok(received) => {
            let state = word(received.visit.stop.state);
            if received.reception == Reception::Applied {
                state
            } else {
                format!("{state} ({})", word(received.reception))
            }
        }
    }
}

#[test]
fn a_stop() {
    let noticed = || Reported::Noticed { code: "delivered_elsewhere".into(), note: None, proofs: Vec::new() };
    let rows: Vec<(&str, Vec<_>)> = vec![
        ("planned", vec![]),
        ("en_route", vec![said("1", 50, Reported::EnRoute)]),
        ("arrived", vec![said("1", 50, Reported::Arrived)]),
        ("completed", vec![said("1", 50, whole())]),
        ("partially_completed", vec![said("1", 50, part())]),
        ("failed", vec![said("1", 50, failed("receiver_absent"))]),
        ("skipped", vec![said("1", 50, Reported::Skipped { note: None })]),
    ];
    let columns = [
        "en_route",
        "arrived",
        "handed over",
        "in part",
        "failed",
        "skipped",
        "noticed",
        "departed",
        "older hand-over",
        "older failure",
        "the same again",
        "cancel",
    ];
    let row = |visit: Visit| {
        let cancelled = |mut stop: Stop| stop::cancel(&mut stop).map(|()| Outcome::quiet(stop));
        vec![
            reported(visit.clone(), 60, Reported::EnRoute),
            reported(visit.clone(), 60, Reported::Arrived),
            reported(visit.clone(), 60, whole()),
            reported(visit.clone(), 60, part()),
            reported(visit.clone(), 60, failed("premises_closed")),
            reported(visit.clone(), 60, Reported::Skipped { note: None }),
            reported(visit.clone(), 60, noticed()),
            reported(visit.clone(), 60, Reported::Departed),
            reported(visit.clone(), 40, whole()),
            reported(visit.clone(), 40, failed("premises_closed")),
            visit.stop.reports.last().map_or("–".to_owned(), |report| {
                word(receive(visit.clone(), super::yard::heard(report.clone())).unwrap().reception)
            }),
            cell(cancelled(visit.stop.clone()), |stop| stop.state),
        ]
    };
    let mut cancelled = visit();
    cancelled.stop.state = StopState::Cancelled;
    let mut closed = after(visit(), [said("1", 50, failed("receiver_absent"))]);
    closed.stop.closed = true;
    let all = rows.into_iter().map(|(name, reports)| (name.to_owned(), row(after(visit(), reports))));
    let more = [("failed, closed".to_owned(), row(closed)), ("cancelled".to_owned(), row(cancelled))];
    insta::assert_snapshot!(table("stop", &columns, &all.chain(more).collect::<Vec<_>>()));
}
