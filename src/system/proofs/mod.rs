//! Proof artifacts: bytes under their own hash, written once, read through short-lived links.

mod archive;
pub mod link;
mod parts;
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

/// Everywhere `archive` names the archive that keeps the artifact; without a name it is the store's own.
#[async_trait]
pub trait Proofs: Send + Sync {
    /// Takes the bytes in, if they are what their hash says; bytes already there are left as they are.
    async fn put(&self, errand: &Errand, archive: &str, sha256: &str, artifact: Artifact) -> Result<Stored, Trouble>;
    /// Takes the next part of an upload that may break off and be continued, and stores the whole with the last one.
    async fn append(&self, errand: &Errand, part: Part, artifact: Artifact) -> Result<Progress, Trouble>;
    /// How much of it has come from this uploader.
    async fn progress(&self, errand: &Errand, archive: &str, sha256: &str, uploader: &str)
    -> Result<Progress, Trouble>;
    /// The artifact and its size; none if it has not arrived.
    async fn get(&self, errand: &Errand, archive: &str, sha256: &str) -> Result<Option<(u64, Artifact)>, Trouble>;
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

/// Some of an artifact's bytes, on their way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where the whole is kept.
    pub archive: String,
    /// Of the whole artifact.
    pub sha256: String,
    /// Who sends it. Nobody continues another's upload.
    pub uploader: String,
    /// How many bytes came before it.
    pub offset: u64,
    /// Nothing comes after it.
    pub last: bool,
    /// The SHA-256 of the part itself, if its sender gave it.
    pub digest: Option<Vec<u8>>,
    /// The largest artifact that is taken.
    pub largest: u64,
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub bytes: u64,
    /// Everything is there, and is what its hash says.
    pub whole: bool,
    /// It was there before.
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
