//! The artifact store over `object_store`: a directory, each artifact under its hash, created once and synced to disk.
//! An upload is streamed to a place of its own and gets its name only when all of it is there and right.

use super::{Artifact, Proofs, SignedLink, Stored, link::LinkSigner};
use crate::{
    clock::Clock,
    ids::{fresh_token, hexadecimal},
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
use futures_util::StreamExt;
use jiff::Timestamp;
use object_store::{Error, ObjectStore, ObjectStoreExt, WriteMultipart, local::LocalFileSystem, path::Path};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout_at;

const NAME: &str = "proofs";
/// How much of an upload is in memory.
const CHUNK: usize = 256 << 10;

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

    /// Writes the artifact where nobody reads it, and holds it against its hash. A slow uploader holds up nobody.
    async fn receive(&self, staged: &Path, sha256: &str, artifact: Artifact) -> Result<u64, Trouble> {
        let upload = self.objects.put_multipart(staged).await.map_err(|error| away(&error))?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, CHUNK);
        match self.copy(artifact, sha256, &mut upload).await {
            Ok(bytes) => upload.finish().await.map(|_| bytes).map_err(|error| away(&error)),
            Err(trouble) => {
                let aborted = upload.abort().await;
                tracing::debug!(ok = aborted.is_ok(), "an upload was thrown away");
                Err(trouble)
            }
        }
    }

    /// The uploader's mistakes are refusals.
    async fn copy(&self, mut artifact: Artifact, sha256: &str, upload: &mut WriteMultipart) -> Result<u64, Trouble> {
        let (mut size, mut hash) = (0, Context::new(&SHA256));
        while let Some(chunk) = artifact.next().await {
            let chunk = chunk.map_err(|note| {
                Trouble::refused(NAME, "upload_broken_off", "The upload ended before its end.", note)
            })?;
            size += chunk.len();
            if size > self.largest {
                return Err(Trouble::refused(NAME, "artifact_too_large", "The artifact is too large.", ""));
            }
            hash.update(&chunk);
            upload.wait_for_capacity(1).await.map_err(|error| away(&error))?;
            upload.put(chunk);
        }
        if hexadecimal(hash.finish().as_ref()) != sha256 {
            return Err(Trouble::refused(NAME, "hash_mismatch", "The bytes are not what their hash says.", sha256));
        }
        Ok(size as u64)
    }

    /// Gives the artifact its name, unless it is there already.
    async fn publish(&self, staged: &Path, key: &Path) -> Result<bool, Trouble> {
        match self.objects.rename_if_not_exists(staged, key).await {
            Ok(()) => Ok(false),
            Err(Error::AlreadyExists { .. }) => {
                self.objects.delete(staged).await.map_err(|error| away(&error))?;
                Ok(true)
            }
            Err(error) => Err(away(&error)),
        }
    }
}

#[async_trait]
impl Proofs for ProofStore {
    async fn put(&self, errand: &Errand, sha256: &str, artifact: Artifact) -> Result<Stored, Trouble> {
        let key = key(sha256)?;
        let staged = Path::from(format!("incoming/{}", fresh_token()));
        let receiving = timeout_at(errand.deadline, self.receive(&staged, sha256, artifact));
        let too_slow = |_| Trouble::new(NAME, TroubleKind::Deadline, "the upload took too long");
        let bytes = receiving.await.map_err(too_slow)??;
        let already = self.guard.run(errand, Repeatable::No, || self.publish(&staged, &key)).await?;
        Ok(Stored { bytes, already })
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
