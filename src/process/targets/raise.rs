//! Raising a missed target: an exception and its milestone, in one change, unless the case is over by now or was raised
//! before.

use super::suspects::Suspect;
use crate::{
    app::App,
    domain::{
        exception::{Exception, ExceptionState, Raise},
        id::{ExceptionId, RegionId},
        invoice::InvoiceState,
        order::{Order, OrderState},
        shipment::{Shipment, ShipmentState},
        sla::{BREACHED, Figure, breached},
        time::Moment,
    },
    error::Error,
    ids::sha256,
    process::{Case, Settled, decide},
    reply::empty,
    store::Change,
};
use jiff::{SignedDuration, Timestamp};

/// Who says that a target was missed.
const HAULGATE: &str = "haulgate";
/// An id is short enough to be one, whatever it is made of.
const LONGEST_TOKEN: usize = 60;

/// A case that has missed its target.
struct Missed {
    figure: Figure,
    id: ExceptionId,
    began: Timestamp,
}

/// True if it was raised now.
pub(super) async fn raise_about_shipment(
    app: &App,
    case: &Case,
    figure: Figure,
    suspect: &Suspect,
) -> Result<bool, Error> {
    // A second attempt is another case, another photo is not.
    let attempt = suspect.attempt.filter(|_| figure == Figure::DispatchToConfirmation);
    let token = match attempt {
        Some(attempt) => format!("{}.{attempt}", suspect.shipment.token()),
        None => suspect.shipment.token().to_owned(),
    };
    let missed = Missed { figure, id: named(figure, &token), began: suspect.began };
    once(app, case, &missed, || async {
        let shipment =
            app.store.load::<Shipment>(suspect.shipment.as_str()).await?.ok_or(Error::NotFound("shipment"))?;
        let order = app.store.load::<Order>(shipment.order.as_str()).await?.ok_or(Error::NotFound("order"))?;
        if !is_open(figure, attempt, &shipment, &order) {
            return Ok(None);
        }
        let mut change = case.change_in(&shipment.region);
        // It must not come to its end while this is said.
        change.keep(&shipment).keep(&order);
        let about = Raise {
            party: Some(shipment.party.clone()),
            order: Some(shipment.order.clone()),
            shipment: Some(shipment.id.clone()),
            stop: shipment.stop.clone(),
            route: shipment.route.clone(),
            ..missed.raise(app, case, &shipment.region)
        };
        Ok(Some((change, about)))
    })
    .await
}

/// True if it was raised now.
pub(super) async fn raise_about_exception(app: &App, case: &Case, id: &ExceptionId) -> Result<bool, Error> {
    let late = app.store.load::<Exception>(id.as_str()).await?.ok_or(Error::NotFound("exception"))?;
    let figure = Figure::ExceptionResolution;
    let missed = Missed { figure, id: named(figure, id.token()), began: late.raised.recorded_at };
    once(app, case, &missed, || async {
        let late = app.store.load::<Exception>(id.as_str()).await?.ok_or(Error::NotFound("exception"))?;
        if late.state.state == ExceptionState::Resolved {
            return Ok(None);
        }
        let mut change = case.change_in(&late.region);
        change.keep(&late);
        let about = Raise {
            party: late.party.clone(),
            order: late.order.clone(),
            shipment: late.shipment.clone(),
            stop: late.stop.clone(),
            route: late.route.clone(),
            ..missed.raise(app, case, &late.region)
        };
        Ok(Some((change, about)))
    })
    .await
}

/// Commits what `look` finds, unless it was raised before.
async fn once<F>(app: &App, case: &Case, missed: &Missed, look: impl Fn() -> F) -> Result<bool, Error>
where
    F: Future<Output = Result<Option<(Change, Raise)>, Error>>,
{
    if app.store.load::<Exception>(missed.id.as_str()).await?.is_some() {
        return Ok(false);
    }
    let attempt = || async {
        let known = app.store.load::<Exception>(missed.id.as_str()).await?.is_some();
        let found = if known { None } else { look().await? };
        let Some((mut change, about)) = found else { return Ok((case.change(), false)) };
        let seconds = missed.seconds(case.now());
        let follows = breached(about, missed.figure, seconds, &app.law().taxonomy)?;
        app.store.follow(&mut change, follows).await?;
        Ok((change, true))
    };
    match decide(&app.store, case, |_| empty(204), attempt).await? {
        Settled::Now(raised, _) => Ok(raised),
        Settled::Before(_) => Err(Error::Internal("a check has no key of its own".into())),
    }
}

/// Whether the shipment's case goes on.
fn is_open(figure: Figure, attempt: Option<u64>, shipment: &Shipment, order: &Order) -> bool {
    use ShipmentState::{Created, Delivered, Loaded, OutForDelivery, PartiallyDelivered, Planned};
    let brought = matches!(shipment.state, Delivered | PartiallyDelivered);
    match figure {
        // A held order waits for somebody else; a second attempt has been on the road before.
        Figure::OrderToDispatch => {
            let waits = matches!(shipment.state, Created | Planned | Loaded);
            waits && shipment.attempts == 1 && order.state != OrderState::Held
        }
        Figure::DispatchToConfirmation => {
            shipment.state == OutForDelivery && attempt.is_none_or(|attempt| u64::from(shipment.attempts) == attempt)
        }
        Figure::ProofPosting => brought && !shipment.proof.is_complete(),
        Figure::InvoiceReleaseCycle => brought && order.invoice.state != InvoiceState::Released,
        Figure::InvoiceReleaseDelay => {
            brought && matches!(order.invoice.state, InvoiceState::Releasing | InvoiceState::Blocked)
        }
        _ => false,
    }
}

/// The same case always gets the same name, so that it is raised once, whoever looks.
fn named(figure: Figure, token: &str) -> ExceptionId {
    let token = if token.len() > LONGEST_TOKEN { sha256(token.as_bytes())[..24].to_owned() } else { token.to_owned() };
    ExceptionId::from_token(&format!("{token}.{}", figure.name()))
}

impl Missed {
    fn seconds(&self, now: Timestamp) -> u64 {
        now.duration_since(self.began).as_secs().unsigned_abs()
    }

    /// What every missed target says. It happened when the time was over, not when that was noticed.
    fn raise(&self, app: &App, case: &Case, region: &RegionId) -> Raise {
        let law = app.law();
        let within = law.sla.figures.get(&self.figure).and_then(|target| target.within_seconds).unwrap_or_default();
        let missed_at = self.began + SignedDuration::from_secs(i64::try_from(within).unwrap_or_default());
        let at = Moment { occurred_at: missed_at, recorded_at: case.now(), inferred: true };
        Raise {
            note: Some(format!("{}: not over within {within} seconds since {}", self.figure.name(), self.began)),
            ..Raise::new(self.id.clone(), BREACHED, region.clone(), HAULGATE.to_owned(), at)
        }
    }
}
