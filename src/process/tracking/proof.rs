//! Proof of delivery for those who may see it: what it consists of, and short-lived links to its artifacts.

use crate::{
    app::App,
    domain::{
        id::ShipmentId,
        proof::{ProofRef, ProofStatus},
        shipment::Shipment,
        stop::{Stop, fold},
        time::Moment,
    },
    error::Error,
    policy::{Call, Correlation, Viewer},
    process::deliveries::archive_of,
    store::Shared,
    system::{Errand, proofs::SignedLink},
};
use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::{Timestamp, ToSpan};
use std::time::Duration;

/// How long a link may be passed on, in minutes.
const LINK_MINUTES: i64 = 10;
const ARTIFACT_WITHIN: Duration = Duration::from_secs(30);

/// One artifact, and the link to it once it has arrived.
#[derive(Clone, Debug)]
pub struct Artifact {
    pub named: ProofRef,
    pub link: Option<String>,
}

/// A delivery's proof as it is shown.
#[derive(Clone, Debug)]
pub struct ShownProof {
    pub shipment: Shared<Shipment>,
    pub status: ProofStatus,
    pub delivered: Option<Moment>,
    /// Who took it, as they gave their name.
    pub received_by: Option<String>,
    pub artifacts: Vec<Artifact>,
    pub links_expire_at: Timestamp,
}

/// The proof of a delivery, with links that are good for minutes.
pub async fn proof(app: &App, call: &Call, id: &ShipmentId) -> Result<ShownProof, Error> {
    let shipment = super::shipment(app, &Viewer::of(call), id).await?;
    let received_by = match shipment.last_stop() {
        Some(stop) => app.store.look::<Stop>(stop.as_str()).await?.and_then(|stop| receiver(&stop)),
        None => None,
    };
    let links_expire_at = call.now() + LINK_MINUTES.minutes();
    let status = shipment.proof.clone();
    let link = |named: &ProofRef| {
        let arrived = status.arrived.contains(&named.sha256);
        Artifact {
            named: named.clone(),
            link: arrived.then(|| artifact_link(app, &named.sha256, &named.media_type, links_expire_at)),
        }
    };
    let artifacts = status.named.iter().map(link).collect();
    Ok(ShownProof { delivered: shipment.delivered, shipment, status, received_by, artifacts, links_expire_at })
}

/// An artifact on its way out.
pub struct Opened {
    pub bytes: u64,
    pub artifact: BoxStream<'static, Result<Bytes, String>>,
}

/// The artifact behind a link, for whoever holds the link.
pub async fn open_proof(
    app: &App,
    named: &Correlation,
    sha256: &str,
    media_type: &str,
    expires: i64,
    signature: &str,
) -> Result<Opened, Error> {
    let (sha256, media_type, signature) = (sha256.to_owned(), media_type.to_owned(), signature.to_owned());
    let link = SignedLink { sha256, media_type, expires, signature };
    if !app.connectors.proofs.verify(&link) {
        return Err(Error::NotFound("proof"));
    }
    let errand = Errand::within(ARTIFACT_WITHIN, &named.id, named.trace.traceparent());
    let archive = archive_of(app, &link.sha256).await?.ok_or(Error::NotFound("proof"))?;
    let found = app.connectors.proofs.get(&errand, &archive, &link.sha256).await?.ok_or(Error::NotFound("proof"))?;
    Ok(Opened { bytes: found.0, artifact: found.1 })
}

/// The link that lets whoever holds it read one artifact until then.
pub fn artifact_link(app: &App, sha256: &str, media_type: &str, expires_at: Timestamp) -> String {
    let SignedLink { sha256, media_type, expires, signature } =
        app.connectors.proofs.link(sha256, media_type, expires_at);
    let base = app.settings.server.public_url.trim_end_matches('/');
    let media_type = media_type.replace('/', "%2F").replace('+', "%2B");
    format!("{base}/proofs/{sha256}?media_type={media_type}&expires={expires}&signature={signature}")
}

fn receiver(stop: &Stop) -> Option<String> {
    fold(&stop.reports).handover()?.received_by.clone()
}
