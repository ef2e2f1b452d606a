//! The artifacts that reports name. Each has one row that both its naming and its arrival write, so that neither can
//! miss the other, whichever comes first.

use super::told::Told;
use crate::{
    domain::{
        id::ProofId,
        proof::{Proof, ProofRef},
        report::Reported,
        shipment::Shipment,
    },
    store::{Change, Loaded, Store, StoreError},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the artifacts that are named.
pub(super) struct Artifacts(BTreeMap<String, Option<Loaded<Proof>>>);

impl Artifacts {
    /// Those that these things name. Loads nothing where nothing is named.
    pub async fn named(store: &Store, told: &[Told], fresh: bool) -> Result<Self, StoreError> {
        let mut known: BTreeMap<String, Option<Loaded<Proof>>> =
            told.iter().flat_map(|told| refs(&told.what)).map(|proof| (proof.sha256.clone(), None)).collect();
        if fresh {
            for (sha256, proof) in &mut known {
                *proof = store.load_fresh(ProofId::of(sha256).as_str()).await?;
            }
        } else if !known.is_empty() {
            let ids: Vec<String> = known.keys().map(|sha256| ProofId::of(sha256).to_string()).collect();
            for proof in store.load_all::<Proof>(&ids).await? {
                known.insert(proof.sha256.clone(), Some(proof));
            }
        }
        Ok(Self(known))
    }

    /// The hashes whose bytes have arrived.
    pub fn stored(&self) -> BTreeSet<String> {
        let stored = self.0.iter().filter(|(_, proof)| proof.as_ref().is_some_and(|proof| proof.stored.is_some()));
        stored.map(|(sha256, _)| sha256.clone()).collect()
    }

    /// Notes that the shipment's reports name them.
    pub fn name<'a>(self, told: impl Iterator<Item = &'a Told>, shipment: &Shipment, change: &mut Change) {
        let Self(mut known) = self;
        for proof in told.flat_map(|told| refs(&told.what)) {
            let Some((sha256, loaded)) = known.remove_entry(&proof.sha256) else { continue };
            let (version, mut row) =
                loaded.map_or_else(|| (0, Proof::unknown(&sha256)), |loaded| (loaded.version, loaded.state));
            if row.name(shipment) {
                change.replace_at(version, row);
            }
        }
    }
}

fn refs(what: &Reported) -> &[ProofRef] {
    match what {
        Reported::HandedOver(handover) => &handover.proofs,
        Reported::Failed { proofs, .. } | Reported::Noticed { proofs, .. } => proofs,
        _ => &[],
    }
}
