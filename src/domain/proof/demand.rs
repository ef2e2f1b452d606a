//! What a delivery must show: the strictest of all demands, and what a hand-over still misses of it.

use super::{ProofClass, ProofDemand, ProofKind};
use crate::domain::{quantity::Money, report::Handover};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// `policies/proof.toml`: what each class demands, and from which value on an order is of high value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofPolicy {
    pub classes: BTreeMap<ProofClass, ProofDemand>,
    /// By currency, in its minor unit.
    pub high_value_from: BTreeMap<String, i64>,
}

/// The circumstances of a hand-over that a demand asks about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circumstances<'a> {
    /// Hashes whose artifact has arrived.
    pub arrived: &'a BTreeSet<String>,
    /// How many lines were handed over; each has a parcel at least.
    pub lines: usize,
    /// From the stop's place, if the reporter said where it was.
    pub distance_metres: Option<f64>,
    /// How long the report was kept on the device.
    pub offline_for: SignedDuration,
}

impl ProofPolicy {
    /// The strictest of what is asked and what the value asks for; `standard` where nothing is.
    pub fn demand(&self, asked: impl IntoIterator<Item = ProofClass>, value: &Money) -> ProofDemand {
        let mut classes: BTreeSet<ProofClass> = asked.into_iter().collect();
        if self.high_value_from.get(&value.currency).is_some_and(|from| value.minor >= *from) {
            classes.insert(ProofClass::HighValue);
        }
        if classes.is_empty() {
            classes.insert(ProofClass::Standard);
        }
        let demands = classes.iter().filter_map(|class| self.classes.get(class)).cloned();
        demands.reduce(ProofDemand::strictest).unwrap_or_default()
    }
}

impl ProofDemand {
    /// Whoever satisfies this satisfies both.
    pub fn strictest(self, other: Self) -> Self {
        Self {
            signature: self.signature || other.signature,
            printed_name: self.printed_name || other.printed_name,
            photos: self.photos.max(other.photos),
            photo_of_place: self.photo_of_place || other.photo_of_place,
            all_barcodes: self.all_barcodes || other.all_barcodes,
            pin: self.pin || other.pin,
            age: self.age || other.age,
            geofence_metres: tighter(self.geofence_metres, other.geofence_metres),
            offline_hours: tighter(self.offline_hours, other.offline_hours),
        }
    }
}

/// Nought means no limit.
fn tighter(one: u32, other: u32) -> u32 {
    if one == 0 || other == 0 { one.max(other) } else { one.min(other) }
}

/// What a hand-over still misses, in words of the demand. Artifacts count once they have arrived.
pub fn missing(demand: &ProofDemand, handover: &Handover, how: &Circumstances<'_>) -> Vec<String> {
    let arrived = |sha256: &String| how.arrived.contains(sha256);
    let photos = shown(handover, &arrived, &[ProofKind::Photo, ProofKind::PhotoOfPlace]);
    let wanted = demand.photos.max(u32::from(demand.photo_of_place));
    let lacks = [
        ("signature", demand.signature && shown(handover, &arrived, &[ProofKind::Signature]) == 0),
        (
            "printed_name",
            demand.printed_name && handover.received_by.as_deref().is_none_or(|name| name.trim().is_empty()),
        ),
        ("photo", photos < wanted as usize),
        ("photo_of_place", demand.photo_of_place && shown(handover, &arrived, &[ProofKind::PhotoOfPlace]) == 0),
        ("barcodes", demand.all_barcodes && scanned(handover) < how.lines),
        ("pin", demand.pin && !handover.pin_checked),
        ("age", demand.age && !handover.age_checked),
        ("geofence", !is_near(demand.geofence_metres, how.distance_metres)),
        (
            "offline",
            demand.offline_hours > 0 && how.offline_for > SignedDuration::from_hours(demand.offline_hours.into()),
        ),
    ];
    lacks.into_iter().filter(|(_, lacking)| *lacking).map(|(word, _)| word.to_owned()).collect()
}

/// What it misses even if everything it names arrives: only a person can settle that.
pub fn beyond_hope(demand: &ProofDemand, handover: &Handover, how: &Circumstances<'_>) -> Vec<String> {
    let named: BTreeSet<String> = handover.proofs.iter().map(|proof| proof.sha256.clone()).collect();
    missing(demand, handover, &Circumstances { arrived: &named, ..*how })
}

/// How many different artifacts of these kinds are shown.
fn shown(handover: &Handover, arrived: &dyn Fn(&String) -> bool, kinds: &[ProofKind]) -> usize {
    let of_kind = handover.proofs.iter().filter(|proof| kinds.contains(&proof.kind));
    of_kind.map(|proof| &proof.sha256).filter(|sha256| arrived(sha256)).collect::<BTreeSet<_>>().len()
}

fn scanned(handover: &Handover) -> usize {
    handover.barcodes.iter().collect::<BTreeSet<_>>().len()
}

/// A reporter that did not say where it was is not held against the delivery: the geofence is checked where it can be.
fn is_near(geofence_metres: u32, distance_metres: Option<f64>) -> bool {
    geofence_metres == 0 || distance_metres.is_none_or(|metres| metres <= f64::from(geofence_metres))
}
