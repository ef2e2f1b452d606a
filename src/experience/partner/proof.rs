//! What was left at the door, and the proof of it.

use crate::{
    app::App,
    body::Path,
    domain::{
        id::ShipmentId,
        proof::ProofKind,
        shipment::{Goods, ShipmentState},
        text::{Code, Sha256},
        time::Moment,
    },
    error::Error,
    policy::Call,
    process::tracking,
    reply::Reply,
};
use axum::extract::State;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A delivery's proof.
#[derive(Serialize, ToSchema)]
#[schema(examples(json!({
    "shipment": "shp_5f1c.1", "order_number": "SO-1041", "state": "delivered", "complete": true, "missing": [],
    "delivered": {"occurred_at": "2026-11-23T10:12:31Z", "recorded_at": "2026-11-23T10:12:32Z", "inferred": false},
    "received_by": "B. Ferreira", "goods": [],
    "artifacts": [{
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "kind": "photo",
        "media_type": "image/jpeg", "taken_at": "2026-11-23T10:12:20Z", "arrived": true,
        "link": "https://gateway.example/proofs/9f86d081…?media_type=image%2Fjpeg&expires=1763893351&signature=…"
    }],
    "links_expire_at": "2026-11-23T10:22:31Z"
})))]
pub struct DeliveryProof {
    shipment: ShipmentId,
    #[schema(max_length = 40)]
    order_number: String,
    state: ShipmentState,
    delivered: Option<Moment>,
    /// Who took it, as they gave their name.
    #[schema(max_length = 200)]
    received_by: Option<String>,
    #[schema(max_items = 200)]
    goods: Vec<Goods>,
    /// Whether it is all that was asked for.
    complete: bool,
    /// What is still missing, in words of the proof policy.
    #[schema(value_type = Vec<Code>, max_items = 20)]
    missing: Vec<String>,
    #[schema(max_items = 1000)]
    artifacts: Vec<DeliveryArtifact>,
    /// Until then the links can be opened, by whoever holds them.
    links_expire_at: Timestamp,
}

/// A signature, photo or document.
#[derive(Serialize, ToSchema)]
pub struct DeliveryArtifact {
    #[schema(value_type = Sha256)]
    sha256: String,
    kind: ProofKind,
    #[schema(max_length = 100)]
    media_type: String,
    taken_at: Timestamp,
    /// Whether its bytes have arrived; phones that were offline send them later.
    arrived: bool,
    /// Opens the artifact without a token, for minutes.
    #[schema(max_length = 2000)]
    link: Option<String>,
}

/// Tells what was left at the door, with short-lived links to the proofs.
///
/// The links open without a token and are good for ten minutes; do not keep them, ask again.
#[utoipa::path(get, path = "/experience/partner/v1/shipments/{shipment}/proof", operation_id = "get_proof_of_delivery",
    tag = "partner",
    params(("shipment" = ShipmentId, Path, description = "The shipment.")),
    responses((status = 200, description = "The proof, as far as it has arrived.", body = DeliveryProof)))]
pub async fn get_proof_of_delivery(
    State(app): State<App>,
    call: Call,
    Path(id): Path<ShipmentId>,
) -> Result<Reply, Error> {
    let proof = tracking::proof(&app, &call, &id).await?;
    let artifact = |one: tracking::Artifact| DeliveryArtifact {
        sha256: one.named.sha256,
        kind: one.named.kind,
        media_type: one.named.media_type,
        taken_at: one.named.taken_at,
        arrived: one.link.is_some(),
        link: one.link,
    };
    let shipment = &proof.shipment;
    Ok(Reply::ok(&DeliveryProof {
        shipment: shipment.id.clone(),
        order_number: shipment.order_number.clone(),
        state: shipment.state.state,
        delivered: proof.delivered,
        received_by: proof.received_by,
        goods: shipment.goods.clone(),
        complete: proof.delivered.is_some() && proof.status.is_complete(),
        missing: proof.status.missing,
        artifacts: proof.artifacts.into_iter().map(artifact).collect(),
        links_expire_at: proof.links_expire_at,
    }))
}
