//! Stories of the yard: what a day brings, from the release to the invoice.

use super::yard::{
    PROOF, TAXONOMY, after, at, content, failed, heard, held_for, part, photo, plan, published, receive, released,
    rules, said, visit, visits, whole, window,
};
use crate::domain::{
    decision::{Dossier, Run, Visit},
    delivery::{CorrectDelivery, Unplaced, correct, quarantine},
    effect::Effect,
    exception::{self, Case, Decide, ExceptionState, ResolutionAction},
    invoice::{self, InvoiceState},
    milestone::MilestoneKind,
    order::{self, Amendment, Findings, HoldReason, OrderState},
    proof,
    report::{Reception, Report, Reported},
    route::{self, RouteState},
    shipment::ShipmentState,
    stop::StopState,
    time::Moment,
};

fn kinds(follows: &crate::domain::decision::Follows) -> Vec<&'static str> {
    follows.milestones.iter().map(|milestone| milestone.kind.name()).collect()
}

#[test]
fn an_order_is_delivered_posted_proven_and_invoiced() {
    let mut incoming = said("e1", 65, whole());
    incoming.stored.clear();
    let received = receive(visit(), incoming).unwrap();
    assert_eq!(kinds(&received.follows), ["delivery.completed"]);
    let Visit { order, shipment, stop } = received.visit;
    let post = Effect::PostDelivery { order: order.id.clone(), shipment: shipment.id.clone(), stop: stop.id.clone() };
    assert_eq!(received.follows.effects, [Effect::SettleRoute { route: stop.route.clone() }, post]);
    assert_eq!((order.state, stop.arrived.unwrap().inferred), (OrderState::Delivered, true));
    assert_eq!(shipment.proof.missing, ["photo"]);

    let posted = invoice::posted(shipment, at(66));
    let waiting = invoice::try_release(order, std::slice::from_ref(&posted.state));
    assert_eq!(waiting.state.invoice.state, InvoiceState::OnHold);

    let proven = proof::artifact_arrived(posted.state, &stop, &photo("a").sha256, at(70));
    assert_eq!(kinds(&proven.follows), ["proof.received"]);
    let released = invoice::try_release(waiting.state, std::slice::from_ref(&proven.state));
    assert_eq!(released.follows.effects.len(), 1);
    let closed = invoice::released(released.state, "INV-7", at(71)).unwrap();
    assert_eq!((closed.state.state, kinds(&closed.follows)), (OrderState::Invoiced, vec!["invoice.released"]));
    assert!(invoice::released(closed.state, "INV-7", at(72)).unwrap().follows.milestones.is_empty());
}

#[test]
fn a_delivery_confirmed_twice_under_two_names_is_posted_once() {
    let visit = after(visit(), [said("e1", 65, whole())]);
    let again = receive(visit, said("e2", 66, whole())).unwrap();
    assert!(again.follows.milestones.is_empty() && again.follows.effects.is_empty());
}

#[test]
fn a_driver_who_goes_back_and_delivers_overtakes_the_failure() {
    let absent = receive(visit(), said("e1", 60, failed("receiver_absent"))).unwrap();
    let raised = absent.follows.raises[0].clone();
    assert_eq!((absent.visit.order.state, absent.visit.shipment.blocked_by.len()), (OrderState::Undelivered, 1));
    let back = receive(absent.visit, said("e2", 90, whole())).unwrap();
    assert_eq!(back.follows.settles, std::slice::from_ref(&raised.id));
    assert_eq!(back.visit.order.state, OrderState::Delivered);
    assert!(back.visit.shipment.blocked_by.is_empty());
    let settled = exception::supersede(raised, Some(&back.visit.shipment), at(90));
    assert_eq!(kinds(&settled.follows), ["delivery.exception_resolved"]);
}

#[test]
fn a_newer_hand_over_corrects_the_older_and_is_posted_again() {
    let mut visit = after(visit(), [said("e1", 60, part())]);
    visit.shipment.posted = true;
    let newer = receive(visit, said("e2", 61, whole())).unwrap();
    let correction = &newer.visit.shipment.corrections[0];
    assert_eq!(correction.reason, "driver_superseded");
    assert_eq!((correction.from, correction.to), (ShipmentState::PartiallyDelivered, ShipmentState::Delivered));
    assert!(!newer.visit.shipment.posted);
    let late = receive(newer.visit, said("e0", 59, part())).unwrap();
    assert_eq!((late.reception, late.visit.shipment.state), (Reception::Late, ShipmentState::Delivered));
    assert!(late.follows.milestones.is_empty() && late.follows.effects.is_empty());
}

#[test]
fn what_was_missing_is_brought_in_a_second_attempt() {
    let Visit { order, shipment, stop } = after(visit(), [said("e1", 60, part())]);
    let (id, first) = (stop.id.exception("short_or_missing"), stop.id.clone());
    let exception = exception::raise(&TAXONOMY, raise_of(id, &stop)).unwrap();
    let case = Case { exception, order: Some(order), shipment: Some(shipment), stop: Some(stop) };
    let decide = decide(ResolutionAction::RedeliverPartial);
    let Case { order, shipment, stop, .. } = exception::resolve(case, decide, at(120)).unwrap().state;
    let (order, shipment) = (order.unwrap(), shipment.unwrap());
    assert_eq!((shipment.state, shipment.attempts, order.state), (ShipmentState::Created, 2, OrderState::InExecution));
    assert_eq!((shipment.corrections.len(), stop.unwrap().closed), (1, true));

    let dossier = Dossier { order, shipments: vec![shipment], stops: Vec::new() };
    let Run { mut stops, mut shipments, mut orders, .. } = published(dossier);
    assert_ne!(stops[0].id, first);
    let visit = Visit { order: orders.remove(0), shipment: shipments.remove(0), stop: stops.remove(0) };
    let visit = after(visit, [said("e2", 200, whole())]);
    let delivered: Vec<u32> = visit.shipment.goods.iter().map(|goods| goods.tally.delivered).collect();
    assert_eq!((delivered, visit.order.state), (vec![10, 4], OrderState::Delivered));
}

fn raise_of(id: crate::domain::id::ExceptionId, stop: &crate::domain::stop::Stop) -> exception::Raise {
    let moment = Moment { occurred_at: at(60), recorded_at: at(60), inferred: false };
    let code = id.as_str().rsplit('.').next().unwrap().to_owned();
    exception::Raise::new(id, &code, stop.region.clone(), "drv_ana".into(), moment)
}

fn decide(action: ResolutionAction) -> Decide {
    Decide { action, note: "seen to".into(), window: None, by: "ops".into() }
}

#[test]
fn a_delivery_after_its_attempt_was_closed_waits_for_a_person() {
    let Visit { order, shipment, stop } = after(visit(), [said("e1", 60, failed("receiver_absent"))]);
    let exception = exception::raise(&TAXONOMY, raise_of(stop.id.exception("receiver_absent"), &stop)).unwrap();
    let case = Case { exception, order: Some(order), shipment: Some(shipment), stop: Some(stop) };
    let case = exception::resolve(case, decide(ResolutionAction::Reattempt), at(80)).unwrap().state;
    let visit = Visit { order: case.order.unwrap(), shipment: case.shipment.unwrap(), stop: case.stop.unwrap() };
    let received = receive(visit.clone(), said("e2", 70, whole())).unwrap();
    assert_eq!((received.reception, &received.visit), (Reception::Quarantined, &visit));
    assert_eq!(received.follows.raises[0].code, "data_mismatch");
    assert!(received.follows.effects.is_empty() && received.follows.milestones.is_empty());
    let (to, differences) = (ShipmentState::Delivered, Vec::new());
    let told = CorrectDelivery { to, differences, reason: "the receiver has it".into(), by: "ops".into() };
    let corrected = correct(visit, told, at(100)).unwrap().state;
    assert_eq!((corrected.shipment.state, corrected.order.state), (ShipmentState::Delivered, OrderState::Delivered));
}

#[test]
fn a_confirmation_for_another_drivers_stop_or_a_cancelled_order_is_kept_whole() {
    let mut by_ben = said("e1", 60, whole());
    by_ben.driver = Some("drv_ben".into());
    let received = receive(visit(), by_ben).unwrap();
    assert_eq!((received.reception, received.visit), (Reception::Quarantined, visit()));

    let mut cancelled = visit();
    cancelled.order.state = OrderState::Cancelled;
    let received = receive(cancelled, said("e1", 60, whole())).unwrap();
    assert_eq!(received.follows.raises[0].quarantined, Some(serde_json::json!({"event": "e1"})));

    let moment = Moment { occurred_at: at(60), recorded_at: at(60), inferred: false };
    let (id, stop, whole) = ("exc_q.e9".into(), "stp_nobody.1.1".into(), serde_json::json!({"event": "e9"}));
    let unplaced = Unplaced { id, region: "reg_north".into(), stop, by: "drv_ana".into(), at: moment, whole };
    assert_eq!(quarantine(unplaced, &TAXONOMY).unwrap().raises.len(), 1);
}

#[test]
fn an_order_held_because_a_system_was_away_is_released_when_it_answers() {
    let id = crate::domain::id::OrderId::from_token("t1");
    let away = held_for(HoldReason::SystemUnavailable);
    let held = order::release(id.clone(), content(), away, rules(), at(0)).unwrap();
    assert_eq!(held.follows.effects, [Effect::RecheckOrder { order: id }]);
    assert_eq!(kinds(&held.follows), ["order.held"]);
    let dossier = Dossier { order: held.state.order, shipments: held.state.shipments, stops: Vec::new() };
    let findings = Findings { picked: [(1, 7)].into(), ..Findings::default() };
    let released = order::recheck(dossier, findings, rules(), at(10)).unwrap();
    assert_eq!(kinds(&released.follows), ["order.released"]);
    assert_eq!(released.state.shipments[0].goods[0].tally.picked, 7);
}

#[test]
fn an_amended_address_takes_the_shipment_off_its_route_but_a_wider_window_does_not() {
    let Run { stops, shipments, mut orders, route, .. } = published(released(content()));
    let dossier = Dossier { order: orders.remove(0), shipments, stops };
    let mut wider = content();
    wider.window = window(0, 600);
    let amendment = Amendment { content: wider, findings: Findings::default() };
    let kept = order::amend(dossier.clone(), amendment, rules(), at(5)).unwrap().state;
    assert_eq!((kept.order.state, kept.stops[0].window), (OrderState::Planned, window(0, 600)));

    let mut moved = content();
    moved.address.street = "Harbour Road 2".into();
    let amendment = Amendment { content: moved, findings: Findings::default() };
    let undone = order::amend(dossier, amendment, rules(), at(5)).unwrap();
    let state = &undone.state;
    assert_eq!((state.order.state, state.stops[0].state), (OrderState::Released, StopState::Cancelled));
    assert_eq!((state.shipments[0].state, state.shipments[0].attempts), (ShipmentState::Created, 2));
    assert_eq!(state.shipments[0].address.street, "Harbour Road 2");
    assert_eq!(undone.follows.effects, [Effect::SettleRoute { route: route.id.clone() }]);
    assert_eq!(route::settle(route, &state.stops, at(6)).state, RouteState::Aborted);
}

#[test]
fn amending_what_an_order_is_about_is_refused_with_pointers() {
    let mut other = content();
    (other.party, other.number) = ("pty_other".into(), "SO-2".into());
    let amendment = Amendment { content: other, findings: Findings::default() };
    let refused = order::amend(released(content()), amendment, rules(), at(5)).unwrap_err();
    assert_eq!((refused.code, refused.pointers), ("amendment_forbidden", vec!["/number".into(), "/party".into()]));
    let mut wrong = content();
    wrong.window = window(10, 0);
    wrong.lines[1].line = 1;
    assert_eq!(order::check(&wrong).unwrap_err().pointers, ["/window", "/lines/1/line"]);
}

#[test]
fn a_revision_drops_a_stop_and_keeps_the_ids_of_the_others() {
    let mut two = content();
    two.lines[1].drop = 2;
    let run = published(released(two));
    let stops: Vec<_> = run.stops.iter().map(|stop| stop.id.clone()).collect();
    let shorter = plan(2, &run.shipments[..1]);
    let again = plan(1, &run.shipments);
    let Run { route, stops: held, shipments, orders } = run;
    let same = route::publish(Some(route.clone()), held.clone(), shipments.clone(), orders.clone(), again, at(2));
    assert!(same.unwrap().follows.milestones.is_empty());
    let conflict = plan(1, &shipments[..1]);
    let refused = route::publish(Some(route.clone()), held.clone(), shipments.clone(), orders.clone(), conflict, at(2));
    assert_eq!(refused.unwrap_err().code, "revision_conflict");
    let revised = route::publish(Some(route), held, shipments, orders, shorter, at(2)).unwrap();
    let run = revised.state;
    assert_eq!(run.stops.iter().map(|stop| stop.id.clone()).collect::<Vec<_>>(), stops);
    assert_eq!((run.stops[0].state, run.stops[1].state), (StopState::Planned, StopState::Cancelled));
    assert_eq!((run.shipments[1].state, run.orders[0].state), (ShipmentState::Created, OrderState::Released));
    assert_eq!(revised.follows.milestones[0].kind, MilestoneKind::RouteRevised);
}

#[test]
fn a_confirmation_far_from_the_stop_is_taken_but_its_proof_needs_a_person() {
    let mut report = Report::received("e1", at(60), whole(), at(60));
    report.position = Some(crate::domain::place::Position { latitude: 53.56, longitude: 10.0 });
    let received = receive(visit(), heard(report)).unwrap();
    assert_eq!(received.visit.shipment.state, ShipmentState::Delivered);
    assert_eq!(received.follows.raises[0].code, "proof_incomplete");
    let Visit { order, shipment, stop } = received.visit;
    let exception = received.follows.raises[0].clone();
    let case = Case { exception, order: Some(order), shipment: Some(shipment), stop: Some(stop) };
    let accepted = exception::resolve(case, decide(ResolutionAction::Accept), at(80)).unwrap().state;
    assert_eq!(accepted.exception.state, ExceptionState::Resolved);
    let shipment = accepted.shipment.unwrap();
    assert!(shipment.proof.is_complete() && shipment.blocked_by.is_empty());
}

#[test]
fn one_drop_failed_settles_the_order_as_partial_and_going_out_again_opens_it() {
    let mut two = content();
    two.lines[1].drop = 2;
    let [first, mut second]: [Visit; 2] = visits(two).try_into().unwrap();
    let first = after(first, [said("e1", 60, whole())]);
    assert_eq!(first.order.state, OrderState::InExecution);
    second.order = first.order;
    let skipped = receive(second, said("e2", 90, Reported::Skipped { note: None })).unwrap();
    assert_eq!(skipped.visit.order.state, OrderState::PartiallyDelivered);
    let exception = skipped.follows.raises[0].clone();
    let Visit { order, shipment, stop } = skipped.visit;
    let case = Case { exception, order: Some(order), shipment: Some(shipment), stop: Some(stop) };
    let again = exception::resolve(case, decide(ResolutionAction::Reattempt), at(95)).unwrap().state;
    assert_eq!(again.order.unwrap().state, OrderState::InExecution);
    assert_eq!(PROOF.classes.len(), 6);
}

#[test]
fn a_posting_that_fails_for_good_keeps_the_invoice_until_a_person_has_seen_to_it() {
    let Visit { order, shipment, stop } = after(visit(), [said("e1", 60, whole())]);
    let failed = invoice::unposted(shipment, "no such account", &TAXONOMY, at(61)).unwrap();
    let exception = failed.follows.raises[0].clone();
    assert!(invoice::unposted(failed.state.clone(), "again", &TAXONOMY, at(62)).unwrap().follows.raises.is_empty());
    let case = Case { exception, order: Some(order), shipment: Some(failed.state), stop: Some(stop) };
    let shipment = exception::resolve(case, decide(ResolutionAction::Accept), at(70)).unwrap().state.shipment.unwrap();
    let again = invoice::unposted(shipment, "again", &TAXONOMY, at(80)).unwrap();
    assert_ne!(again.follows.raises[0].id, failed.follows.raises[0].id);
}

#[test]
fn a_failure_without_its_photo_says_so_to_the_control_room() {
    let mut report = Report::received("e1", at(60), failed("receiver_absent"), at(60));
    report.position = Some(content().address.position);
    let raised = receive(visit(), heard(report)).unwrap().follows.raises.remove(0);
    assert_eq!(raised.evidence_missing, ["photo"]);
}

#[test]
fn a_second_driver_report_settles_nothing_twice() {
    let visit = after(visit(), [said("e1", 60, failed("receiver_absent"))]);
    let back = receive(visit, said("e2", 90, whole())).unwrap();
    assert_eq!(back.follows.settles.len(), 1);
    let left = receive(back.visit, said("e3", 95, Reported::Departed)).unwrap();
    assert_eq!((left.reception, left.follows), (Reception::Applied, Default::default()));
}
