//! An artifact has arrived: it is noted once, and every delivery that named it is proven by so much more, as far as it is
//! its sender's to prove. Whose an artifact is: of whoever sent it, and of whoever is to see a delivery that it proves.

use super::{receive::load, told::Reporter};
use crate::{
    app::App,
    domain::{
        decision::Follows,
        id::{OrderId, ProofId, ShipmentId},
        invoice::try_release,
        order::Order,
        proof::{Proof, StoredArtifact, artifact_arrived},
        shipment::Shipment,
        stop::Stop,
    },
    error::Error,
    process::{Case, Settled, decide},
    reply::empty,
    store::{Change, Loaded},
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, Ordering},
};

/// How many bytes of it have arrived, where they are the reporter's. A hash that somebody has heard of gives them nothing.
pub(super) async fn arrived_for(app: &App, reporter: &Reporter, proof: &Proof) -> Result<Option<u64>, Error> {
    let Some(stored) = &proof.stored else { return Ok(None) };
    let theirs =
        reporter.speaks_for_any() || proof.is_sent_by(&reporter.by) || proves_theirs(app, reporter, proof).await?;
    Ok(theirs.then_some(stored.bytes))
}

/// Whether a delivery that the reporter is to see is proven by it.
async fn proves_theirs(app: &App, reporter: &Reporter, proof: &Proof) -> Result<bool, Error> {
    for shipment in &proof.shipments {
        let Some(shipment) = app.store.look::<Shipment>(shipment.as_str()).await? else { continue };
        let proven = shipment.proof.arrived.contains(&proof.sha256);
        let Some(stop) = shipment.last_stop().filter(|_| proven) else { continue };
        let stop = app.store.look::<Stop>(stop.as_str()).await?;
        if stop.is_some_and(|stop| reporter.viewer.decide(&*stop).allowed) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Notes that the reporter has sent the artifact's bytes. True if they had not been theirs.
pub async fn artifact_stored(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    sha256: &str,
    artifact: StoredArtifact,
) -> Result<bool, Error> {
    let again = AtomicBool::new(false);
    let case = &Case { once: None, ..case.clone() };
    let settled = decide(
        &app.store,
        case,
        |_| empty(204),
        || attempt(app, case, reporter, sha256, &artifact, again.swap(true, Ordering::Relaxed)),
    );
    match settled.await? {
        Settled::Now(first, _) => Ok(first),
        Settled::Before(_) => Err(Error::Internal("an arrival has no key of its own".into())),
    }
}

async fn attempt(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    sha256: &str,
    artifact: &StoredArtifact,
    fresh: bool,
) -> Result<(Change, bool), Error> {
    let mut change = case.change();
    let (version, mut proof) = match load::<Proof>(&app.store, ProofId::of(sha256).as_str(), fresh).await? {
        Some(loaded) => (loaded.version, loaded.state),
        None => (0, Proof::unknown(sha256)),
    };
    if !proof.store(artifact.clone(), reporter.speaks_for_any()) {
        return Ok((change, false));
    }
    let mut proving = Proving { app, case, reporter, fresh, orders: BTreeMap::new(), follows: Follows::default() };
    for shipment in &proof.shipments {
        proving.prove(shipment, &proof).await?;
    }
    change.replace_at(version, proof);
    proving.write(&mut change).await?;
    Ok((change, true))
}

/// The orders whose shipments are proven by an arrival.
struct Proving<'a> {
    app: &'a App,
    case: &'a Case,
    reporter: &'a Reporter,
    fresh: bool,
    orders: BTreeMap<OrderId, Vec<Loaded<Shipment>>>,
    follows: Follows,
}

impl Proving<'_> {
    /// The shipment's proof, with this artifact, where it is the sender's to prove.
    async fn prove(&mut self, shipment: &ShipmentId, proof: &Proof) -> Result<(), Error> {
        let Some(loaded) = load::<Shipment>(&self.app.store, shipment.as_str(), self.fresh).await? else {
            return Ok(());
        };
        let Some(stop) = loaded.state.last_stop() else { return Ok(()) };
        let Some(stop) = load::<Stop>(&self.app.store, stop.as_str(), self.fresh).await? else { return Ok(()) };
        if !proof.vouched_for.contains(shipment) && !self.reporter.viewer.decide(&stop.state).allowed {
            return Ok(());
        }
        let proven = artifact_arrived(loaded.state, &stop.state, &proof.sha256, self.case.now());
        self.follows.join(proven.follows);
        let order = proven.state.order.clone();
        self.orders.entry(order).or_default().push(Loaded { version: loaded.version, state: proven.state });
        Ok(())
    }

    /// Writes the shipments, and what that means for their orders' invoices.
    async fn write(mut self, change: &mut Change) -> Result<(), Error> {
        for (id, proven) in std::mem::take(&mut self.orders) {
            let Some(order) = load::<Order>(&self.app.store, id.as_str(), self.fresh).await? else { continue };
            let mut shipments: Vec<Shipment> = proven.iter().map(|shipment| shipment.state.clone()).collect();
            for other in order.outcomes.keys() {
                if shipments.iter().any(|shipment| shipment.id == *other) {
                    continue;
                }
                if let Some(other) = load::<Shipment>(&self.app.store, other.as_str(), self.fresh).await? {
                    change.keep(&other);
                    shipments.push(other.state);
                }
            }
            let (stood, released) = (order.stood(), try_release(order.state, &shipments));
            // Written even where it stays as it is: whoever decides on the invoice meanwhile has to look again.
            change.replace_at(stood, released.state);
            self.follows.join(released.follows);
            for shipment in proven {
                change.replace_at(shipment.version, shipment.state);
            }
        }
        let follows = std::mem::take(&mut self.follows);
        Ok(self.app.store.follow(change, follows).await?)
    }
}
