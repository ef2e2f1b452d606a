//! The artifact store over `object_store`: a directory, each artifact under its hash, created once and synced to disk.

use super::{Artifact, Proofs, SignedLink, Stored, link::LinkSigner};
use crate::{
    clock::Clock,
    ids::hexadecimal,
    system::{
        errand::Errand,
        figures::ConnectorState,
        guard::{Guard, Repeatable},
        settings::ProofSettings,
        trouble::{Trouble, TroubleKind},
    },
};
use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use futures_util::StreamExt;
use jiff::Timestamp;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload, local::LocalFileSystem, path::Path};
use std::{sync::Arc, time::Duration};

const NAME: &str = "proofs";

pub struct ProofStore {
    objects: Arc<dyn ObjectStore>,
    guard: Guard,
    signer: LinkSigner,
    largest: usize,
    clock: Clock,
}

impl ProofStore {
    pub fn open(settings: &ProofSettings, clock: Clock) -> Result<Self, String> {
        let cannot = |error: &dyn std::fmt::Display| format!("proofs: cannot use the directory: {error}");
        std::fs::create_dir_all(&settings.directory).map_err(|error| cannot(&error))?;
        let directory = LocalFileSystem::new_with_prefix(&settings.directory).map_err(|error| cannot(&error))?;
        Ok(Self {
            objects: Arc::new(directory.with_fsync(true)),
            guard: Guard::new(NAME, &settings.limits, clock.clone()),
            signer: LinkSigner::new(&settings.link_secret)?,
            largest: settings.largest_bytes,
            clock,
        })
    }

    /// Reads the artifact to its end and holds it against its hash. The uploader's mistakes are refusals.
    async fn receive(&self, sha256: &str, mut artifact: Artifact) -> Result<Vec<Bytes>, Trouble> {
        let (mut chunks, mut size, mut hash) = (Vec::new(), 0, Context::new(&SHA256));
        while let Some(chunk) = artifact.next().await {
            let chunk = chunk.map_err(|note| {
                Trouble::refused(NAME, "upload_broken_off", "The upload ended before its end.", note)
            })?;
            size += chunk.len();
            if size > self.largest {
                return Err(Trouble::refused(NAME, "artifact_too_large", "The artifact is too large.", ""));
            }
            hash.update(&chunk);
            chunks.push(chunk);
        }
        if hexadecimal(hash.finish().as_ref()) != sha256 {
            return Err(Trouble::refused(NAME, "hash_mismatch", "The bytes are not what their hash says.", sha256));
        }
        Ok(chunks)
    }

    async fn write(&self, key: &Path, chunks: Vec<Bytes>) -> Result<Stored, Trouble> {
        let bytes = chunks.iter().map(|chunk| chunk.len() as u64).sum();
        let payload = PutPayload::from_iter(chunks);
        match self.objects.put_opts(key, payload, PutMode::Create.into()).await {
            Ok(_) => Ok(Stored { bytes, already: false }),
            Err(Error::AlreadyExists { .. }) => Ok(Stored { bytes, already: true }),
            Err(error) => Err(away(&error)),
        }
    }
}

#[async_trait]
impl Proofs for ProofStore {
    async fn put(&self, errand: &Errand, sha256: &str, artifact: Artifact) -> Result<Stored, Trouble> {
        let key = key(sha256)?;
        let receiving = tokio::time::timeout_at(errand.deadline, self.receive(sha256, artifact));
        let chunks =
            receiving.await.map_err(|_| Trouble::new(NAME, TroubleKind::Deadline, "the upload took too long"))??;
        self.guard.run(errand, Repeatable::Yes, || self.write(&key, chunks.clone())).await
    }

    async fn get(&self, errand: &Errand, sha256: &str) -> Result<Option<(u64, Artifact)>, Trouble> {
        let key = key(sha256)?;
        let read = || async {
            match self.objects.get(&key).await {
                Ok(found) => {
                    let size = found.meta.size;
                    let artifact = found.into_stream().map(|chunk| chunk.map_err(|error| error.to_string())).boxed();
                    Ok(Some((size, artifact)))
                }
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(away(&error)),
            }
        };
        self.guard.run(errand, Repeatable::Yes, read).await
    }

    fn link(&self, sha256: &str, media_type: &str, expires_at: Timestamp) -> SignedLink {
        self.signer.link(sha256, media_type, expires_at)
    }

    fn verify(&self, link: &SignedLink) -> bool {
        self.signer.verify(link, self.clock.now())
    }

    fn state(&self) -> ConnectorState {
        self.guard.state()
    }
}

/// Two levels of folders, so that none holds too many files.
fn key(sha256: &str) -> Result<Path, Trouble> {
    let is_hash =
        sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if !is_hash {
        return Err(Trouble::refused(NAME, "hash_malformed", "A hash is 64 hexadecimal digits in lower case.", ""));
    }
    Ok(Path::from(format!("{}/{}/{sha256}", &sha256[..2], &sha256[2..4])))
}

fn away(error: &Error) -> Trouble {
    Trouble::away(NAME, Duration::ZERO, error.to_string())
}
