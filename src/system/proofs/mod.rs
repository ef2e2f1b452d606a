//! Proof artifacts: bytes under their own hash, written once, read through short-lived links.

pub mod link;
pub mod store;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An artifact on its way in or out. The error is for the log.
pub type Artifact = BoxStream<'static, Result<Bytes, String>>;

#[async_trait]
pub trait Proofs: Send + Sync {
    /// Takes the bytes in, if they are what their hash says; bytes already there are left as they are.
    async fn put(&self, errand: &Errand, sha256: &str, artifact: Artifact) -> Result<Stored, Trouble>;
    /// The artifact and its size; none if it has not arrived.
    async fn get(&self, errand: &Errand, sha256: &str) -> Result<Option<(u64, Artifact)>, Trouble>;
    /// Leave to read one artifact until then, for whoever holds it.
    fn link(&self, sha256: &str, media_type: &str, expires_at: Timestamp) -> SignedLink;
    /// Whether this is a link we gave and it has not expired.
    fn verify(&self, link: &SignedLink) -> bool;
    fn state(&self) -> ConnectorState;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stored {
    pub bytes: u64,
    /// It had arrived before.
    pub already: bool,
}

/// What a link's query says. The path in front of it is its server's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignedLink {
    pub sha256: String,
    pub media_type: String,
    /// Seconds since the epoch.
    pub expires: i64,
    pub signature: String,
}
