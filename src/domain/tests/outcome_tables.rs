//! The golden tables of shipments, exceptions and invoices: which command leads where from which state.

use super::yard::{at, cell, rules, table, visit, window, word};
use crate::domain::{
    decision::{Outcome, Visit},
    delivery::{CorrectDelivery, correct},
    exception::{self, Case, Decide, Exception, ExceptionState, ResolutionAction},
    invoice::{self, InvoiceState},
    order::{Order, OrderState},
    report::Difference,
    shipment::{self, Shipment, ShipmentCommand, ShipmentState},
    stop::StopState,
};

const SHIPMENT_STATES: [ShipmentState; 12] = [
    ShipmentState::Created,
    ShipmentState::Planned,
    ShipmentState::Loaded,
    ShipmentState::OutForDelivery,
    ShipmentState::Delivered,
    ShipmentState::PartiallyDelivered,
    ShipmentState::Attempted,
    ShipmentState::HeldAtDepot,
    ShipmentState::Returning,
    ShipmentState::Returned,
    ShipmentState::Lost,
    ShipmentState::Cancelled,
];

/// A shipment in a state, with the stop that fits.
fn visit_in(state: ShipmentState) -> Visit {
    let mut visit = visit();
    visit.shipment.state = state;
    visit.stop.state = match state {
        ShipmentState::Delivered => StopState::Completed,
        ShipmentState::PartiallyDelivered => StopState::PartiallyCompleted,
        ShipmentState::Planned | ShipmentState::Loaded | ShipmentState::OutForDelivery => StopState::Planned,
        ShipmentState::Cancelled => StopState::Cancelled,
        _ => StopState::Failed,
    };
    if state == ShipmentState::Created {
        visit.shipment.stop = None;
    }
    visit.order.state = if state == ShipmentState::Cancelled { OrderState::Cancelled } else { OrderState::InExecution };
    visit
}

#[test]
fn a_shipment() {
    use ShipmentCommand::*;
    let steps = [
        ("plan", Plan),
        ("unplan", Unplan),
        ("load", Load),
        ("depart", Depart),
        ("hand over", HandOver),
        ("hand over part", HandOverPart),
        ("fail", Fail),
        ("keep at depot", KeepAtDepot),
        ("requeue", Requeue),
        ("send back", SendBack),
        ("take back", TakeBack),
        ("lose", Lose),
        ("cancel", Cancel),
    ];
    let row = |state: &ShipmentState| {
        let step = |command| {
            let mut shipment = visit_in(*state).shipment;
            shipment::step(&mut shipment, command).map(|()| Outcome::quiet(shipment))
        };
        let cells = steps.iter().map(|(_, command)| cell(step(*command), |shipment: &Shipment| shipment.state));
        (word(state), cells.collect())
    };
    let names: Vec<&str> = steps.iter().map(|(name, _)| *name).collect();
    insta::assert_snapshot!(table("shipment", &names, &SHIPMENT_STATES.iter().map(row).collect::<Vec<_>>()));
}

#[test]
fn a_shipment_corrected() {
    let row = |from: &ShipmentState| {
        let to = |to: &ShipmentState| {
            let short = Difference { line: 1, short: 3, damaged: 0, refused: 0 };
            let differences = if *to == ShipmentState::PartiallyDelivered { vec![short] } else { Vec::new() };
            let (reason, by) = ("counted again".into(), "dispatcher".into());
            let answer = correct(visit_in(*from), CorrectDelivery { to: *to, differences, reason, by }, at(90));
            if let Ok(outcome) = &answer {
                let recorded =
                    outcome.state.shipment.corrections.last().map(|correction| (correction.from, correction.to));
                assert!(from == to || recorded == Some((*from, *to)));
            }
            cell(answer, |visit: &Visit| visit.order.state)
        };
        (word(from), SHIPMENT_STATES.iter().map(to).collect())
    };
    let names: Vec<String> = SHIPMENT_STATES.iter().map(word).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rows: Vec<_> = SHIPMENT_STATES.iter().map(row).collect();
    insta::assert_snapshot!(table("shipment, corrected to (the order then)", &names, &rows));
}

const ACTIONS: [ResolutionAction; 8] = [
    ResolutionAction::Reattempt,
    ResolutionAction::Reschedule,
    ResolutionAction::Reroute,
    ResolutionAction::Return,
    ResolutionAction::RedeliverPartial,
    ResolutionAction::Accept,
    ResolutionAction::Cancel,
    ResolutionAction::Claim,
];

fn raised(code: &str, visit: &Visit) -> Exception {
    let at = crate::domain::time::Moment { occurred_at: at(60), recorded_at: at(60), inferred: false };
    let about =
        exception::Raise::new(visit.stop.id.exception(code), code, visit.stop.region.clone(), "drv_ana".into(), at);
    exception::raise_on(rules().taxonomy, about, Some(visit.shipment.clone())).unwrap().state.exception
}

fn resolution(code: &str, state: ShipmentState, action: ResolutionAction) -> String {
    let visit = visit_in(state);
    let case = Case {
        exception: raised(code, &visit),
        order: Some(visit.order),
        shipment: Some(visit.shipment),
        stop: Some(visit.stop),
    };
    let window = (action == ResolutionAction::Reschedule).then(|| window(1_440, 1_600));
    let answer = exception::resolve(case, Decide { action, note: "seen to".into(), window, by: "ops".into() }, at(90));
    answer.map_or_else(
        |_| "–".to_owned(),
        |outcome| {
            let Case { shipment, stop, .. } = outcome.state;
            let (shipment, stop) = (shipment.unwrap(), stop.unwrap());
            format!("{}, stop {}{}", word(shipment.state), word(stop.state), if stop.closed { " (closed)" } else { "" })
        },
    )
}

#[test]
fn resolutions() {
    let names: Vec<String> = ACTIONS.iter().map(word).chain(["claim a loss".to_owned()]).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let row = |state: &ShipmentState| {
        let cells = ACTIONS.iter().map(|action| resolution("damaged", *state, *action));
        (word(state), cells.chain([resolution("lost_or_stolen", *state, ResolutionAction::Claim)]).collect())
    };
    insta::assert_snapshot!(table("shipment, resolved", &names, &SHIPMENT_STATES.iter().map(row).collect::<Vec<_>>()));
}

#[test]
fn an_exception() {
    let states = [ExceptionState::Open, ExceptionState::Acknowledged, ExceptionState::Resolved];
    let row = |state: &ExceptionState| {
        let visit = visit_in(ShipmentState::Attempted);
        let exception = Exception { state: *state, ..raised("receiver_absent", &visit) };
        let case = Case { exception: exception.clone(), order: None, shipment: Some(visit.shipment), stop: None };
        let decide =
            Decide { action: ResolutionAction::Accept, note: "so be it".into(), window: None, by: "ops".into() };
        let cells = vec![
            cell(exception::acknowledge(exception.clone(), "ops", at(90)), |exception| exception.state),
            cell(exception::resolve(case, decide, at(90)), |case| case.exception.state),
            word(exception::supersede(exception, None, at(90)).state.state),
        ];
        (word(state), cells)
    };
    let rows: Vec<_> = states.iter().map(row).collect();
    insta::assert_snapshot!(table("exception", &["acknowledge", "resolve", "overtaken by events"], &rows));
}

#[test]
fn an_invoice() {
    let states = [InvoiceState::OnHold, InvoiceState::Releasing, InvoiceState::Released, InvoiceState::Blocked];
    let row = |state: &InvoiceState| {
        let mut visit = visit_in(ShipmentState::Delivered);
        visit.order.state = OrderState::Delivered;
        visit.order.invoice.state = *state;
        let (order, waiting) = (visit.order, vec![visit.shipment.clone()]);
        let free = vec![Shipment { posted: true, ..visit.shipment }];
        let of = |order: &Order| order.invoice.state;
        let cells = vec![
            word(of(&invoice::try_release(order.clone(), &free).state)),
            word(of(&invoice::try_release(order.clone(), &waiting).state)),
            cell(invoice::released(order.clone(), "INV-1", at(90)), of),
            cell(invoice::blocked(order.clone(), "no account"), of),
            cell(invoice::retry(order, &free), of),
        ];
        (word(state), cells)
    };
    let columns = ["nothing keeps it", "something keeps it", "ERP released it", "ERP refuses it", "tried again"];
    insta::assert_snapshot!(table("invoice", &columns, &states.iter().map(row).collect::<Vec<_>>()));
}
