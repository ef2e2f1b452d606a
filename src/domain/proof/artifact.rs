//! Artifacts: they arrive by their hash, before or after the confirmation that names them.

use super::{Proof, ProofStatus, StoredArtifact};
use crate::domain::{
    decision::{Follows, Outcome},
    id::ProofId,
    milestone::MilestoneKind,
    proof::{Circumstances, missing},
    report::{Handover, Report, Reported},
    shipment::{self, Shipment},
    stop::{self, Stop},
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;

impl ProofId {
    /// The id of the artifact with this hash.
    pub fn of(sha256: &str) -> Self {
        Self::from_token(sha256)
    }
}

impl Proof {
    /// An artifact nobody has heard of yet.
    pub fn unknown(sha256: &str) -> Self {
        Self {
            id: ProofId::of(sha256),
            sha256: sha256.to_owned(),
            region: None,
            shipments: Vec::new(),
            stored: None,
            sent_by: BTreeSet::new(),
            is_anybodys: false,
            vouched_for: BTreeSet::new(),
        }
    }

    /// A report about the shipment names it; `vouched` by somebody who may speak for any driver. False if that was known.
    pub fn name(&mut self, shipment: &Shipment, vouched: bool) -> bool {
        let vouched = vouched && self.vouched_for.insert(shipment.id.clone());
        if self.shipments.contains(&shipment.id) {
            return vouched;
        }
        self.shipments.push(shipment.id.clone());
        self.region.get_or_insert_with(|| shipment.region.clone());
        true
    }

    /// Its bytes have come from whoever uploaded them; `for_all` of those who may speak for any driver. False if that was
    /// known: what was stored first stays.
    pub fn store(&mut self, artifact: StoredArtifact, for_all: bool) -> bool {
        let known = self.is_sent_by(&artifact.uploaded_by) && (self.is_anybodys || !for_all);
        self.sent_by.insert(artifact.uploaded_by.clone());
        self.is_anybodys |= for_all;
        self.stored.get_or_insert(artifact);
        !known
    }

    /// Whether its bytes have come from them.
    pub fn is_sent_by(&self, uploader: &str) -> bool {
        self.sent_by.contains(uploader) || self.stored.as_ref().is_some_and(|stored| stored.uploaded_by == uploader)
    }
}

/// An artifact has arrived that the shipment's confirmation names: its proof may be complete by it. Afterwards
/// `invoice::try_release` says whether the invoice may go.
pub fn artifact_arrived(mut shipment: Shipment, stop: &Stop, sha256: &str, now: Timestamp) -> Outcome<Shipment> {
    let mut follows = Follows::default();
    let named = shipment.proof.named.iter().find(|proof| proof.sha256 == sha256).map(|proof| proof.kind);
    let known = shipment.proof.arrived.iter().any(|arrived| arrived == sha256);
    let (Some(kind), false) = (named, known) else { return Outcome::quiet(shipment) };
    shipment.proof.arrived.push(sha256.to_owned());
    shipment.proof.arrived.sort();
    if let Some((report, handover)) = deciding(stop) {
        shipment.proof.missing = missing_of(&shipment, stop, report, handover);
    }
    let mut data = shipment::facts(&shipment);
    data["kind"] = json!(kind);
    data["sha256"] = json!(sha256);
    data["missing"] = json!(shipment.proof.missing);
    follows.announce(MilestoneKind::ProofReceived, shipment.id.as_str(), now, data);
    Outcome { state: shipment, follows }
}

/// The proof's status as the deciding hand-over has it. `stored` are hashes that have arrived.
pub(in crate::domain) fn status_of(
    shipment: &Shipment,
    stop: &Stop,
    report: &Report,
    stored: &BTreeSet<String>,
) -> ProofStatus {
    let Reported::HandedOver(handover) = &report.what else { return ProofStatus::default() };
    let here = |sha256: &String| stored.contains(sha256) || shipment.proof.arrived.contains(sha256);
    let arrived: BTreeSet<String> =
        handover.proofs.iter().map(|proof| &proof.sha256).filter(|sha256| here(sha256)).cloned().collect();
    let missing = missing(&shipment.proof_demand, handover, &circumstances(shipment, stop, report, &arrived));
    let waived = shipment.proof.waived;
    ProofStatus { named: handover.proofs.clone(), arrived: arrived.into_iter().collect(), missing, waived }
}

/// What was the case when the report was made.
pub(in crate::domain) fn circumstances<'a>(
    shipment: &Shipment,
    stop: &Stop,
    report: &Report,
    arrived: &'a BTreeSet<String>,
) -> Circumstances<'a> {
    Circumstances {
        arrived,
        lines: shipment.goods.iter().filter(|goods| goods.tally.delivered > goods.delivered_before).count(),
        distance_metres: report.position.map(|position| position.metres_to(&stop.position)),
        offline_for: report.at.recorded_at.duration_since(report.at.occurred_at),
    }
}

fn missing_of(shipment: &Shipment, stop: &Stop, report: &Report, handover: &Handover) -> Vec<String> {
    let arrived: BTreeSet<String> = shipment.proof.arrived.iter().cloned().collect();
    missing(&shipment.proof_demand, handover, &circumstances(shipment, stop, report, &arrived))
}

fn deciding(stop: &Stop) -> Option<(&Report, &Handover)> {
    let report = stop::fold(&stop.reports).deciding?;
    match &report.what {
        Reported::HandedOver(handover) => Some((report, handover)),
        _ => None,
    }
}
