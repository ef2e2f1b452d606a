//! Quarantined messages that a person has found to be true: they take the way of every report after all.

use crate::{
    app::App,
    domain::{
        decision::{Rules, Visit},
        delivery::{CorrectDelivery, Incoming, correct, receive_report},
        exception::Exception,
        order::Order,
        refused::Refused,
        report::{Reception, Report, Reported},
        shipment::{Shipment, ShipmentState},
        stop::Stop,
    },
    error::Error,
    policy::Viewer,
    process::{
        Case, decide,
        deliveries::{Reporter, Told, take_report},
        routes::write_changed,
    },
    reply::empty,
    store::{Change, Loaded},
};
use serde_json::json;

/// Applies the message. One that still contradicts the books corrects them, in the name of who decided.
pub(super) async fn apply(app: &App, case: &Case, exception: &Exception, note: &str) -> Result<(), Error> {
    let told = message(exception)?;
    let case = Case { once: None, ..case.clone() };
    if is_contradicted(app, &case, exception, &told).await? {
        decide(&app.store, &case, |()| empty(204), || set_right(app, &case, &told, note)).await?;
        return Ok(());
    }
    // Who told it is known; a person stands for it now, whoever's route it is.
    let reporter = Reporter { by: case.origin.actor.clone(), driver: None, viewer: Viewer::haulgate() };
    take_report(app, &case, &reporter, &told, |_| empty(204)).await?;
    Ok(())
}

fn message(exception: &Exception) -> Result<Told, Error> {
    let kept = exception.quarantined.clone().unwrap_or_default();
    serde_json::from_value(kept).map_err(|error| Error::Internal(format!("{}: {error}", exception.id)))
}

/// Whether it would be quarantined again.
async fn is_contradicted(app: &App, case: &Case, exception: &Exception, told: &Told) -> Result<bool, Error> {
    let visit = Files::of(app, told).await?.visit();
    let law = app.law();
    let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
    let incoming = Incoming {
        report: Report::received(told.event.clone(), told.occurred_at, told.what.clone(), case.now()),
        by: case.origin.actor.clone(),
        driver: None,
        stored: Default::default(),
        quarantine: exception.id.clone(),
        whole: serde_json::Value::Null,
    };
    Ok(receive_report(visit, incoming, rules, case.now())?.reception == Reception::Quarantined)
}

/// Corrects how the visit ended, to what the message says.
async fn set_right(app: &App, case: &Case, told: &Told, note: &str) -> Result<(Change, ()), Error> {
    let files = Files::of(app, told).await?;
    let mut change = case.change_in(&files.stop.region);
    let (to, differences) = match &told.what {
        Reported::HandedOver(handover) if handover.differences.iter().all(|line| line.is_nothing()) => {
            (ShipmentState::Delivered, Vec::new())
        }
        Reported::HandedOver(handover) => (ShipmentState::PartiallyDelivered, handover.differences.clone()),
        _ => (ShipmentState::Attempted, Vec::new()),
    };
    if files.shipment.state.state == to {
        return Ok((change, ()));
    }
    let (reason, by) = (note.to_owned(), case.origin.actor.clone());
    let corrected = correct(files.visit(), CorrectDelivery { to, differences, reason, by }, case.now())?;
    let Visit { order, shipment, stop } = corrected.state;
    write_changed(&mut change, std::slice::from_ref(&files.order), &[order]);
    write_changed(&mut change, std::slice::from_ref(&files.shipment), &[shipment]);
    write_changed(&mut change, std::slice::from_ref(&files.stop), &[stop]);
    change.audit("apply_quarantined", told.stop.as_str(), json!({"event": told.event, "to": to, "reason": note}));
    app.store.follow(&mut change, corrected.follows).await?;
    Ok((change, ()))
}

/// The visit the message speaks of.
struct Files {
    order: Loaded<Order>,
    shipment: Loaded<Shipment>,
    stop: Loaded<Stop>,
}

impl Files {
    async fn of(app: &App, told: &Told) -> Result<Self, Error> {
        let unknown = || {
            let detail = format!("there is no stop {}; dismiss the message and report about the right one", told.stop);
            Error::Refused(Refused::new("unknown_stop", detail))
        };
        let stop = app.store.load::<Stop>(told.stop.as_str()).await?.ok_or_else(unknown)?;
        let shipment = app.store.load::<Shipment>(stop.shipment.as_str()).await?.ok_or_else(unknown)?;
        let order = app.store.load::<Order>(shipment.order.as_str()).await?.ok_or_else(unknown)?;
        Ok(Self { order, shipment, stop })
    }

    fn visit(&self) -> Visit {
        let (order, shipment, stop) = (&self.order.state, &self.shipment.state, &self.stop.state);
        Visit { order: order.clone(), shipment: shipment.clone(), stop: stop.clone() }
    }
}
