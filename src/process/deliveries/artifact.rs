//! An artifact has arrived: it is noted once, and every delivery that named it is proven by so much more.

use super::receive::load;
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

/// Notes that the artifact's bytes are stored. True if they had not been.
pub async fn artifact_stored(app: &App, case: &Case, sha256: &str, artifact: StoredArtifact) -> Result<bool, Error> {
    let again = AtomicBool::new(false);
    let case = &Case { once: None, ..case.clone() };
    let settled = decide(
        &app.store,
        case,
        |_| empty(204),
        || attempt(app, case, sha256, &artifact, again.swap(true, Ordering::Relaxed)),
    );
    match settled.await? {
        Settled::Now(first, _) => Ok(first),
        Settled::Before(_) => Err(Error::Internal("an arrival has no key of its own".into())),
    }
}

async fn attempt(
    app: &App,
    case: &Case,
    sha256: &str,
    artifact: &StoredArtifact,
    fresh: bool,
) -> Result<(Change, bool), Error> {
    let mut change = case.change();
    let (version, mut proof) = match load::<Proof>(&app.store, ProofId::of(sha256).as_str(), fresh).await? {
        Some(loaded) => (loaded.version, loaded.state),
        None => (0, Proof::unknown(sha256)),
    };
    if !proof.store(artifact.clone()) {
        return Ok((change, false));
    }
    let mut proving = Proving { app, case, fresh, orders: BTreeMap::new(), follows: Follows::default() };
    for shipment in &proof.shipments {
        proving.prove(shipment, sha256).await?;
    }
    change.replace_at(version, proof);
    proving.write(&mut change).await?;
    Ok((change, true))
}

/// The orders whose shipments are proven by an arrival.
struct Proving<'a> {
    app: &'a App,
    case: &'a Case,
    fresh: bool,
    orders: BTreeMap<OrderId, Vec<Loaded<Shipment>>>,
    follows: Follows,
}

impl Proving<'_> {
    /// The shipment's proof, with this artifact.
    async fn prove(&mut self, shipment: &ShipmentId, sha256: &str) -> Result<(), Error> {
        let Some(loaded) = load::<Shipment>(&self.app.store, shipment.as_str(), self.fresh).await? else {
            return Ok(());
        };
        let Some(stop) = loaded.state.last_stop() else { return Ok(()) };
        let Some(stop) = load::<Stop>(&self.app.store, stop.as_str(), self.fresh).await? else { return Ok(()) };
        let proven = artifact_arrived(loaded.state, &stop.state, sha256, self.case.now());
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
