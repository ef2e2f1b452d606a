//! Taking in what is told about a stop: load the visit, let the domain decide, commit one change.

use super::{
    books::Books,
    proofs::Artifacts,
    quarantine,
    told::{Reporter, Told},
};
use crate::{
    app::App,
    domain::{
        decision::{Follows, Rules, Visit},
        delivery::{Incoming, receive_report},
        exception::supersede,
        id::{ExceptionId, ShipmentId, StopId},
        order::{Order, OrderState, ShipmentOutcome},
        refused::Refused,
        report::Reception,
        shipment::{Shipment, ShipmentState},
        stop::{Stop, StopState},
    },
    error::Error,
    policy::Law,
    process::{Case, Settled, decide},
    reply::empty,
    store::{Answer, Change, Entity, Loaded, Stood, Store, StoreError},
};
use jiff::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};

/// What is told about a stop beyond this many things is only taken if it says how the visit ended: a phone gone wild
/// must not grow a stop without end.
const MOST_REPORTS: usize = 500;

/// What came of one thing told.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub stop: StopId,
    pub event: String,
    pub reception: Reception,
    /// How far the teller's clock ran ahead, in seconds.
    pub skew_seconds: i64,
    /// What the stop and its shipment are now; none where no such stop is known.
    pub now: Option<Standing>,
    /// The exception that keeps it, if it was quarantined.
    pub quarantine: Option<ExceptionId>,
}

/// How a visit stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub stop: StopState,
    pub shipment: ShipmentId,
    pub state: ShipmentState,
    /// What the proof still misses.
    pub missing: Vec<String>,
    /// The artifacts that were named and have not arrived.
    pub awaited: Vec<String>,
}

/// Takes one thing in. What makes no sense by itself is refused.
pub async fn take_report(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    told: &Told,
    word: impl Fn(&Taken) -> Answer,
) -> Result<Settled<Taken>, Error> {
    let again = AtomicBool::new(false);
    let one = std::slice::from_ref(told);
    decide(&app.store, case, word, || async {
        let taking = Taking { app, case, reporter, stop: &told.stop, fresh: again.swap(true, Ordering::Relaxed) };
        let (change, taken) = taking.attempt(one).await?;
        let taken = taken.into_iter().next().ok_or_else(|| Error::Internal("a report came to nothing".into()))?;
        Ok((change, taken?))
    })
    .await
}

/// Takes in several things about one stop, in one change. What is refused does not keep the others out.
pub async fn take_reports(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    stop: &StopId,
    told: &[Told],
) -> Result<Vec<Result<Taken, Refused>>, Error> {
    let again = AtomicBool::new(false);
    let settled = decide(
        &app.store,
        case,
        |_| empty(204),
        || Taking { app, case, reporter, stop, fresh: again.swap(true, Ordering::Relaxed) }.attempt(told),
    );
    match settled.await? {
        Settled::Now(taken, _) => Ok(taken),
        Settled::Before(_) => Err(Error::Internal("a batch has no key of its own".into())),
    }
}

/// One attempt to take something in.
struct Taking<'a> {
    app: &'a App,
    case: &'a Case,
    reporter: &'a Reporter,
    stop: &'a StopId,
    /// Somebody was faster: read past the cache.
    fresh: bool,
}

/// How a visit stood, and as much of what it was as tells whether it has changed.
struct Before {
    order: Stood,
    shipment: Stood,
    stop: Stood,
    /// Whether the teller may know how it stands.
    seen: bool,
    of_order: (OrderState, Option<ShipmentOutcome>),
    /// Kept only where the shipment may stay as it is.
    of_shipment: Option<Shipment>,
}

type Attempted = (Change, Vec<Result<Taken, Refused>>);

impl Taking<'_> {
    async fn attempt(self, told: &[Told]) -> Result<Attempted, Error> {
        let law = self.app.law();
        let books = Books::of(&self.app.store, self.stop, told, self.fresh).await?;
        let seen = books.as_ref().is_some_and(|books| self.reporter.viewer.sees(&books.stop.state));
        // A stop that is not the teller's looks like one that nobody knows.
        let Some(books) = books.filter(|books| seen || self.is_anothers(&books.stop)) else {
            return quarantine::unplaced(self.app, self.case, self.reporter, told, &law).await;
        };
        let (before, visit, artifacts) = visit(books, seen, told);
        let (visit, receptions, follows) = self.fold(visit, told, &artifacts, &law).await?;
        let standing = before.seen.then(|| standing(&visit));
        let taken = told.iter().zip(receptions).map(|(told, reception)| {
            let reception = reception?;
            let quarantine = (reception == Reception::Quarantined).then(|| self.reporter.quarantine_of(told));
            Ok(Taken { now: standing.clone(), ..taken(told, reception, quarantine, self.case.now()) })
        });
        let taken: Vec<Result<Taken, Refused>> = taken.collect();
        let kept = |taken: &Result<Taken, Refused>| {
            taken.as_ref().is_ok_and(|taken| matches!(taken.reception, Reception::Applied | Reception::Late))
        };
        let mut change = self.case.change();
        if taken.iter().any(kept) {
            let kept = told.iter().zip(&taken).filter(|(_, taken)| kept(taken)).map(|(told, _)| told);
            artifacts.name(kept, &visit.shipment, self.reporter, &mut change);
            write(&mut change, before, visit);
        }
        self.app.store.follow(&mut change, follows).await?;
        Ok((change, taken))
    }

    /// Another driver's stop: what is told of it is put down where it belongs, for a person to decide.
    fn is_anothers(&self, stop: &Stop) -> bool {
        self.reporter.driver.is_some() && stop.driver.is_some() && self.reporter.driver != stop.driver
    }

    /// Lets the domain take everything in, in the order it happened; answers in the order it was told.
    async fn fold(&self, mut visit: Visit, told: &[Told], artifacts: &Artifacts, law: &Law) -> Result<Folded, Error> {
        let mut order: Vec<usize> = (0..told.len()).collect();
        order.sort_by(|one, other| told[*one].order().cmp(&told[*other].order()));
        let mut receptions = vec![Ok(Reception::Duplicate); told.len()];
        let mut all = Follows::default();
        for place in order {
            if let Some(refused) = one_too_many(&visit, &told[place]) {
                receptions[place] = Err(refused);
                continue;
            }
            // The domain takes the visit by value; among several, one that is refused must not take it along.
            let spare = (told.len() > 1).then(|| visit.clone());
            let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
            let incoming = self.incoming(&told[place], artifacts);
            let received = match (receive_report(visit, incoming, rules, self.case.now()), spare) {
                (Ok(received), _) => received,
                (Err(refused), Some(spare)) => {
                    (receptions[place], visit) = (Err(refused), spare);
                    continue;
                }
                (Err(refused), None) => return Err(refused.into()),
            };
            visit = received.visit;
            let (reception, follows) =
                quarantine::once(&self.app.store, &told[place], received.reception, received.follows).await?;
            receptions[place] = Ok(reception);
            all.join(follows);
        }
        let follows = overtaken_at_once(all, &visit.shipment, self.case.now());
        Ok((visit, receptions, follows))
    }

    fn incoming(&self, told: &Told, artifacts: &Artifacts) -> Incoming {
        Incoming {
            report: told.report(self.case.now()),
            by: self.reporter.by.clone(),
            driver: self.reporter.driver.clone(),
            stored: artifacts.stored_for(self.reporter),
            quarantine: self.reporter.quarantine_of(told),
            // Written out only if it has to be kept: this is the hot path.
            whole: serde_json::Value::Null,
        }
    }
}

/// The visit as it stands.
fn visit(books: Books, seen: bool, told: &[Told]) -> (Before, Visit, Artifacts) {
    let Books { stop, shipment, order, artifacts } = books;
    let may_stay = !told.iter().any(|told| told.what.is_decisive());
    let before = Before {
        order: order.stood(),
        shipment: shipment.stood(),
        stop: stop.stood(),
        seen,
        of_order: outline(&order, &shipment.id),
        of_shipment: may_stay.then(|| shipment.state.clone()),
    };
    (before, Visit { order: order.state, shipment: shipment.state, stop: stop.state }, artifacts)
}

type Folded = (Visit, Vec<Result<Reception, Refused>>, Follows);

pub(super) fn taken(told: &Told, reception: Reception, quarantine: Option<ExceptionId>, now: Timestamp) -> Taken {
    let skew_seconds = told.occurred_at.as_second().saturating_sub(now.as_second()).max(0);
    Taken { stop: told.stop.clone(), event: told.event.clone(), reception, skew_seconds, now: None, quarantine }
}

fn one_too_many(visit: &Visit, told: &Told) -> Option<Refused> {
    let reports = &visit.stop.reports;
    let takes = reports.len() < MOST_REPORTS || told.what.is_decisive();
    let known = || reports.iter().any(|report| report.event == told.event);
    let detail = format!("more than {MOST_REPORTS} things were told about stop {}", visit.stop.id);
    (!takes && !known()).then(|| Refused::new("too_many_reports", detail))
}

/// An exception that is raised and overtaken within one change was never open.
fn overtaken_at_once(mut follows: Follows, shipment: &Shipment, now: Timestamp) -> Follows {
    let settles = std::mem::take(&mut follows.settles);
    for id in settles {
        match follows.raises.iter().position(|raised| raised.id == id) {
            Some(place) => {
                let settled = supersede(follows.raises[place].clone(), Some(shipment), now);
                follows.raises[place] = settled.state;
                follows.join(settled.follows);
            }
            None if follows.settles.contains(&id) => {}
            None => follows.settles.push(id),
        }
    }
    follows
}

fn standing(visit: &Visit) -> Standing {
    let proof = &visit.shipment.proof;
    let awaited = proof.named.iter().map(|named| &named.sha256).filter(|sha256| !proof.arrived.contains(sha256));
    Standing {
        stop: visit.stop.state,
        shipment: visit.shipment.id.clone(),
        state: visit.shipment.state,
        missing: proof.missing.clone(),
        awaited: awaited.cloned().collect(),
    }
}

fn outline(order: &Order, shipment: &ShipmentId) -> (OrderState, Option<ShipmentOutcome>) {
    (order.state, order.outcomes.get(shipment).copied().flatten())
}

/// Writes what has changed; what has not must at least be as it was seen.
fn write(change: &mut Change, before: Before, visit: Visit) {
    let Visit { order, shipment, stop } = visit;
    change.replace_at(before.stop, stop);
    if outline(&order, &shipment.id) == before.of_order {
        change.keep(&Loaded { version: before.order.version, state: order });
    } else {
        change.replace_at(before.order, order);
    }
    if before.of_shipment.as_ref() == Some(&shipment) {
        change.keep(&Loaded { version: before.shipment.version, state: shipment });
    } else {
        change.replace_at(before.shipment, shipment);
    }
}

/// Through the cache at first, past it once somebody was faster.
pub(super) async fn load<E: Entity>(store: &Store, id: &str, fresh: bool) -> Result<Option<Loaded<E>>, StoreError> {
    if fresh { store.load_fresh(id).await } else { store.load(id).await }
}
