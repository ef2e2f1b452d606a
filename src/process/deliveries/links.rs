//! Short-lived links to the artifacts of a delivery.

use crate::{
    app::App,
    domain::{proof::ProofKind, shipment::Shipment, text::Sha256},
    process::tracking::artifact_link,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// How long a link lasts at least, and at most twice, in seconds: links made in the same span are the same.
const LASTING: i64 = 900;

/// An artifact that a delivery's confirmation names.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "kind": "photo",
    "media_type": "image/jpeg", "taken_at": "2026-11-23T09:41:00Z", "arrived": true,
    "link": "/proofs/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08?media_type=image%2Fjpeg&expires=1795428000&signature=c2ln"
})))]
pub struct ProofLink {
    #[schema(value_type = Sha256)]
    pub sha256: String,
    pub kind: ProofKind,
    #[schema(max_length = 100)]
    pub media_type: String,
    pub taken_at: Timestamp,
    /// Its bytes are here.
    pub arrived: bool,
    /// Where to read it, for a quarter of an hour at least; once it has arrived.
    #[schema(max_length = 2000)]
    pub link: Option<String>,
    pub link_expires_at: Option<Timestamp>,
}

/// The artifacts of a delivery, each with a link once it has arrived.
pub fn proof_links(app: &App, shipment: &Shipment, now: Timestamp) -> Vec<ProofLink> {
    let until = expiry(now);
    let named = shipment.proof.named.iter();
    let links = named.map(|named| {
        let arrived = shipment.proof.arrived.contains(&named.sha256);
        ProofLink {
            sha256: named.sha256.clone(),
            kind: named.kind,
            media_type: named.media_type.clone(),
            taken_at: named.taken_at,
            arrived,
            link: arrived.then(|| artifact_link(app, &named.sha256, &named.media_type, until)),
            link_expires_at: arrived.then_some(until),
        }
    });
    links.collect()
}

/// When links made now expire.
pub(super) fn expiry(now: Timestamp) -> Timestamp {
    let span = now.as_second().div_euclid(LASTING) + 2;
    Timestamp::from_second(span * LASTING).unwrap_or(now)
}
