//! The artifacts that reports name. Each has one row that both its naming and its arrival write, so that neither can
//! miss the other, whichever comes first.

use super::told::{Reporter, Told};
use crate::{
    domain::{
        id::ProofId,
        proof::{Proof, ProofRef},
        report::Reported,
        shipment::Shipment,
    },
    store::{Change, Loaded, Together, Wanted},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of the artifacts that are named.
pub(super) struct Artifacts(BTreeMap<String, Option<Loaded<Proof>>>);

impl Artifacts {
    /// Asks for those that these things name, too.
    pub fn wanted(told: &[Told], wanted: Wanted) -> Wanted {
        named(told).fold(wanted, |wanted, sha256| wanted.and::<Proof>(ProofId::of(sha256).as_str()))
    }

    /// Those that these things name, with what was found of them.
    pub fn among(seen: &Together, told: &[Told]) -> Self {
        let found = |sha256: &str| (sha256.to_owned(), seen.of(ProofId::of(sha256).as_str()));
        Self(named(told).map(found).collect())
    }

    /// The hashes whose bytes have arrived, as far as this reporter is concerned.
    pub fn stored_for(&self, reporter: &Reporter) -> BTreeSet<String> {
        let theirs = |proof: &Proof| {
            let may_rely = reporter.speaks_for_any() || proof.is_anybodys || proof.is_sent_by(&reporter.by);
            proof.stored.is_some() && may_rely
        };
        let stored = self.0.iter().filter(|(_, proof)| proof.as_ref().is_some_and(|proof| theirs(proof)));
        stored.map(|(sha256, _)| sha256.clone()).collect()
    }

    /// Notes that the shipment's reports name them.
    pub fn name<'a>(
        self,
        told: impl Iterator<Item = &'a Told>,
        shipment: &Shipment,
        reporter: &Reporter,
        change: &mut Change,
    ) {
        let Self(mut known) = self;
        for proof in told.flat_map(|told| refs(&told.what)) {
            let Some((sha256, loaded)) = known.remove_entry(&proof.sha256) else { continue };
            let (version, mut row) =
                loaded.map_or_else(|| (0, Proof::unknown(&sha256)), |loaded| (loaded.version, loaded.state));
            if row.name(shipment, reporter.speaks_for_any()) {
                change.replace_at(version, row);
            }
        }
    }
}

fn named(told: &[Told]) -> impl Iterator<Item = &str> {
    told.iter().flat_map(|told| refs(&told.what)).map(|proof| proof.sha256.as_str())
}

fn refs(what: &Reported) -> &[ProofRef] {
    match what {
        Reported::HandedOver(handover) => &handover.proofs,
        Reported::Failed { proofs, .. } | Reported::Noticed { proofs, .. } => proofs,
        _ => &[],
    }
}
