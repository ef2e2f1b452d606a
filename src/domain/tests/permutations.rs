//! Properties: whatever order a driver's reports come in, and however often, the end is the same.

use super::yard::{after, at, content, heard, part, receive, rules, visit, visits, whole};
use crate::domain::{
    decision::Visit,
    order::{OrderLine, OrderState},
    report::{Reception, Report, Reported},
    shipment::ShipmentState,
    stop::StopState,
};
use jiff::{SignedDuration, Timestamp};
use proptest::{prelude::*, sample::subsequence};
use serde_json::{Value, json};

/// What happened when, whether a geofence says so, and what.
type Day = Vec<(i64, bool, Reported)>;

fn reported() -> impl Strategy<Value = Reported> {
    let code = prop::sample::select(vec!["receiver_absent", "premises_closed", "refused_by_receiver"]);
    let noticed = prop::sample::select(vec!["delivered_elsewhere", "damaged", "temperature_breach"]);
    prop_oneof![
        Just(Reported::EnRoute),
        Just(Reported::Arrived),
        Just(Reported::Departed),
        Just(whole()),
        Just(part()),
        Just(Reported::Skipped { note: None }),
        code.prop_map(super::yard::failed),
        noticed.prop_map(|code| Reported::Noticed { code: code.into(), note: None, proofs: Vec::new() }),
    ]
}

/// What a driver says in a day about one stop: what happened when, some of it in the same minute.
fn a_day() -> impl Strategy<Value = Day> {
    prop::collection::vec((0i64..240, any::<bool>(), reported()), 1..9)
}

/// The same reports in another order, some of them twice or three times.
fn shuffled(length: usize) -> impl Strategy<Value = Vec<usize>> {
    let doubled: Vec<usize> = (0..length).chain(0..length).collect();
    subsequence(doubled, 0..=length).prop_map(move |again| (0..length).chain(again).collect::<Vec<_>>()).prop_shuffle()
}

fn day_and_order() -> impl Strategy<Value = (Day, Vec<usize>, Vec<i64>)> {
    a_day().prop_flat_map(|day| {
        let length = day.len();
        let batches = prop::collection::vec(0i64..600, 3 * length);
        (Just(day), shuffled(length), batches)
    })
}

/// The one thing that depends on when a report is heard is how long it was kept offline: not asked here.
fn any_time_will_do() -> Visit {
    let mut visit = visit();
    visit.shipment.proof_demand.offline_hours = 0;
    visit
}

/// Two stops for one order: the second drop is line 3.
fn two_drops() -> [Visit; 2] {
    let mut content = content();
    let third = OrderLine { line: 3, drop: 2, ..content.lines[0].clone() };
    content.lines.push(third);
    visits(content).try_into().unwrap()
}

/// The same said about the second drop's line.
fn of_the_second_drop(mut report: Report) -> Report {
    if let Reported::HandedOver(handover) = &mut report.what {
        handover.differences.iter_mut().for_each(|difference| difference.line = 3);
    }
    report
}

fn report(day: &[(i64, bool, Reported)], index: usize, skew: i64, now: Timestamp) -> Report {
    let (minute, inferred, what) = &day[index];
    let occurred_at = at(*minute + skew);
    let mut report = Report::received(format!("e{index}"), occurred_at, what.clone(), now);
    // A geofence sees arrivals and departures only.
    report.at.inferred = *inferred && matches!(what, Reported::Arrived | Reported::Departed);
    report
}

/// What has to be the same: everything but when we heard of it, and what was said on the way.
fn ending(visit: &Visit) -> Value {
    let mut ending = json!({"stop": visit.stop, "shipment": visit.shipment, "order": visit.order});
    ending["shipment"].as_object_mut().unwrap().remove("corrections");
    ending["stop"].as_object_mut().unwrap().remove("raised");
    forget_when_heard(&mut ending);
    ending
}

fn forget_when_heard(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("recorded_at");
            fields.values_mut().for_each(forget_when_heard);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_when_heard),
        _ => {}
    }
}

fn outcome(visit: &Visit) -> (StopState, ShipmentState, OrderState, Vec<u32>, Vec<String>) {
    let counts = visit.shipment.goods.iter().map(|goods| goods.tally.delivered).collect();
    let blocked_by = visit.shipment.blocked_by.values().cloned().collect();
    (visit.stop.state, visit.shipment.state, visit.order.state, counts, blocked_by)
}

/// Every move out of a terminal state is in the corrections.
fn moves_are_recorded(before: &Visit, after: &Visit) {
    let (from, to) = (before.shipment.state, after.shipment.state);
    if from.is_terminal() && from != to {
        let recorded = after.shipment.corrections.last().expect("a correction");
        assert_eq!((recorded.from, recorded.to), (from, to));
    }
}

/// As many histories as `PROPTEST_CASES` says, such as a million in the night.
fn cases(count: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(count))
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn any_order_duplication_and_split_of_a_days_reports_ends_the_same((day, order, batches) in day_and_order()) {
        let evening = 1_000;
        let in_order = (0..day.len()).map(|index| heard(report(&day, index, 0, at(evening))));
        let expected = after(any_time_will_do(), in_order);
        let mut seen = any_time_will_do();
        for (index, batch) in order.iter().zip(&batches) {
            let next = receive(seen.clone(), heard(report(&day, *index, 0, at(evening + batch)))).unwrap().visit;
            moves_are_recorded(&seen, &next);
            seen = next;
        }
        prop_assert_eq!(ending(&seen), ending(&expected));
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn a_device_clock_a_day_off_changes_nothing(
        (day, order, batches) in day_and_order(), skew in -1_440i64..=1_440,
    ) {
        let expected = after(any_time_will_do(), (0..day.len()).map(|index| heard(report(&day, index, 0, at(300)))));
        let mut seen = any_time_will_do();
        for (index, batch) in order.iter().zip(&batches) {
            let report = report(&day, *index, skew, at(300 + batch));
            prop_assert!(report.at.occurred_at <= at(300 + batch));
            seen = receive(seen, heard(report)).unwrap().visit;
        }
        prop_assert_eq!(outcome(&seen), outcome(&expected));
    }

    #[test]
    fn an_order_of_two_drops_ends_the_same_however_its_stops_reports_interleave(
        (day, order, _) in day_and_order(), halves in prop::collection::vec(any::<bool>(), 9),
    ) {
        let hear = |mut both: [Visit; 2], index: usize| {
            let (here, there) = if halves[index] { (1, 0) } else { (0, 1) };
            let report = report(&day, index, 0, at(300));
            let heard = heard(if halves[index] { of_the_second_drop(report) } else { report });
            both[here] = receive(both[here].clone(), heard).unwrap().visit;
            both[there].order = both[here].order.clone();
            both
        };
        let expected = (0..day.len()).fold(two_drops(), hear);
        let seen = order.iter().copied().fold(two_drops(), hear);
        prop_assert_eq!(seen.each_ref().map(ending), expected.each_ref().map(ending));
        let over = expected.iter().all(|visit| visit.stop.state.is_terminal());
        let settled = [OrderState::Delivered, OrderState::PartiallyDelivered, OrderState::Undelivered];
        prop_assert_eq!(over, settled.contains(&expected[0].order.state));
    }

    #[test]
    fn what_is_heard_twice_counts_once((day, _, _) in day_and_order()) {
        let once = after(any_time_will_do(), (0..day.len()).map(|index| heard(report(&day, index, 0, at(300)))));
        for index in 0..day.len() {
            let again = receive(once.clone(), heard(report(&day, index, 0, at(900)))).unwrap();
            prop_assert_eq!(again.reception, Reception::Duplicate);
            prop_assert_eq!(&again.visit, &once);
            prop_assert_eq!(again.follows, Default::default());
        }
    }

    #[test]
    fn the_ends_of_time_do_no_harm(seconds in any::<i64>(), minute in 0i64..240) {
        let far = Timestamp::from_second(seconds.clamp(-377_705_023_201, 253_402_207_200)).unwrap();
        for now in [at(minute), Timestamp::MIN, Timestamp::MAX] {
            let report = Report::received("far", far, whole(), now);
            let _ = crate::domain::delivery::receive_report(visit(), heard(report), rules(), now);
        }
    }
}

#[test]
fn a_clock_a_day_ahead_is_clamped_and_flagged() {
    let ahead = Report::received("e1", at(60) + SignedDuration::from_hours(24), whole(), at(60));
    assert_eq!((ahead.at.occurred_at, ahead.clamped, ahead.skew_seconds()), (at(60), true, 86_400));
    let visit = after(visit(), [heard(ahead)]);
    assert_eq!(visit.shipment.delivered.unwrap().occurred_at, at(60));
}
