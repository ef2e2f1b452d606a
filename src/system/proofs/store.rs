//! The artifact store over `object_store`: a directory an archive, each artifact under its hash, created once and synced to disk.
//! An upload is streamed to a place of its own and gets its name only when all of it is there and right.

use super::{
    Artifact, Part, Progress, Proofs, SignedLink, Stored,
    archive::{Archive, Archives},
    link::LinkSigner,
    parts::{Broken, Writing},
};
use crate::{
    ids::{fresh_token, hexadecimal},
    system::{
        caller::Caller,
        errand::Errand,
        figures::ConnectorState,
        guard::{Guard, Repeatable},
        settings::ProofSettings,
        trouble::{Trouble, TroubleKind},
    },
};
use async_trait::async_trait;
use aws_lc_rs::digest::{Context, SHA256, digest};
use futures_util::StreamExt;
use jiff::Timestamp;
use object_store::{Error, ObjectStoreExt, WriteMultipart, path::Path};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout_at;

const NAME: &str = "proofs";
/// How much of an upload is in memory.
const CHUNK: usize = 256 << 10;

pub struct ProofStore {
    archives: Archives,
    guard: Guard,
    signer: LinkSigner,
    largest: usize,
    caller: Caller,
}

impl ProofStore {
    pub fn open(settings: &ProofSettings, caller: Caller) -> Result<Self, String> {
        Ok(Self {
            archives: Archives::open(settings)?,
            guard: Guard::new(NAME, &settings.limits, caller.clone()),
            signer: LinkSigner::new(&settings.link_secret)?,
            largest: settings.largest_bytes,
            caller,
        })
    }

    fn archive(&self, name: &str) -> Result<Arc<Archive>, Trouble> {
        self.archives.of(name).map_err(|error| Trouble::away(NAME, Duration::ZERO, error))
    }

    /// Writes the artifact where nobody reads it, and holds it against its hash. A slow uploader holds up nobody.
    async fn receive(
        &self,
        archive: &Archive,
        staged: &Path,
        sha256: &str,
        artifact: Artifact,
    ) -> Result<u64, Trouble> {
        let upload = archive.objects.put_multipart(staged).await.map_err(|error| away(&error))?;
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

    /// Stores the whole. What is not what its hash says is forgotten, so that it can be sent anew.
    async fn complete(&self, errand: &Errand, part: &Part, writing: &Writing) -> Result<Progress, Trouble> {
        let whole = writing.read().await.map_err(|error| disk(&error))?;
        let stored = match self.put(errand, &part.archive, &part.sha256, whole).await {
            Err(trouble) if trouble.is_worth_retrying() => return Err(trouble),
            stored => stored,
        };
        writing.forget().await.map_err(|error| disk(&error))?;
        stored.map(|Stored { bytes, already }| Progress { bytes, whole: true, already })
    }

    /// The size of an artifact that is there.
    async fn size(&self, errand: &Errand, archive: &Archive, key: &Path) -> Result<Option<u64>, Trouble> {
        let look = || async {
            match archive.objects.head(key).await {
                Ok(found) => Ok(Some(found.size)),
                Err(Error::NotFound { .. }) => Ok(None),
                Err(error) => Err(away(&error)),
            }
        };
        self.guard.run(errand, Repeatable::Yes, look).await
    }

    /// Gives the artifact its name, unless it is there already.
    async fn publish(&self, archive: &Archive, staged: &Path, key: &Path) -> Result<bool, Trouble> {
        match archive.objects.rename_if_not_exists(staged, key).await {
            Ok(()) => Ok(false),
            Err(Error::AlreadyExists { .. }) => {
                archive.objects.delete(staged).await.map_err(|error| away(&error))?;
                Ok(true)
            }
            Err(error) => Err(away(&error)),
        }
    }
}

#[async_trait]
impl Proofs for ProofStore {
    async fn put(&self, errand: &Errand, archive: &str, sha256: &str, artifact: Artifact) -> Result<Stored, Trouble> {
        let (key, archive) = (key(sha256)?, self.archive(archive)?);
        let staged = Path::from(format!("incoming/{}", fresh_token()));
        let receiving = timeout_at(errand.deadline, self.receive(&archive, &staged, sha256, artifact));
        let too_slow = |_| Trouble::new(NAME, TroubleKind::Deadline, "the upload took too long");
        let bytes = receiving.await.map_err(too_slow)??;
        let already = self.guard.run(errand, Repeatable::No, || self.publish(&archive, &staged, &key)).await?;
        Ok(Stored { bytes, already })
    }

    async fn append(&self, errand: &Errand, part: Part, artifact: Artifact) -> Result<Progress, Trouble> {
        key(&part.sha256)?;
        let parts = &self.archive(&part.archive)?.parts;
        let name = part_name(&part.sha256, &part.uploader);
        let busy = || Trouble::refused(NAME, "upload_in_progress", "Another request is sending this artifact.", "");
        let writing = parts.claim(&name).ok_or_else(busy)?;
        let there = parts.length(&name).await;
        if part.offset != 0 && part.offset != there {
            let detail = format!("The upload goes on at byte {there}.");
            return Err(Trouble::refused(NAME, "upload_offset_mismatch", detail, part.offset.to_string()));
        }
        let mut hash = Context::new(&SHA256);
        let largest = part.largest.min(self.largest as u64);
        let appending = writing.append(part.offset, artifact, largest, |chunk| hash.update(chunk));
        let appended = timeout_at(errand.deadline, appending).await;
        let bytes = match appended {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(broken)) => return Err(broken_off(broken, &writing, part.offset).await),
            Err(_) => return Err(Trouble::new(NAME, TroubleKind::Deadline, "the upload took too long")),
        };
        if part.digest.as_ref().is_some_and(|digest| digest != hash.finish().as_ref()) {
            writing.cut(part.offset).await.map_err(|error| disk(&error))?;
            return Err(Trouble::refused(NAME, "digest_mismatch", "The bytes are not what Content-Digest says.", ""));
        }
        if part.last {
            return self.complete(errand, &part, &writing).await;
        }
        if part.offset == 0 {
            parts.sweep(&writing).await.map_err(|error| disk(&error))?;
        }
        Ok(Progress { bytes, whole: false, already: false })
    }

    async fn progress(
        &self,
        errand: &Errand,
        archive: &str,
        sha256: &str,
        uploader: &str,
    ) -> Result<Progress, Trouble> {
        let (key, archive) = (key(sha256)?, self.archive(archive)?);
        // Of what this uploader has begun before it looks at what others have sent.
        let bytes = archive.parts.length(&part_name(sha256, uploader)).await;
        if bytes > 0 {
            return Ok(Progress { bytes, whole: false, already: false });
        }
        let whole = self.size(errand, &archive, &key).await?;
        Ok(Progress { bytes: whole.unwrap_or(0), whole: whole.is_some(), already: whole.is_some() })
    }

    async fn get(&self, errand: &Errand, archive: &str, sha256: &str) -> Result<Option<(u64, Artifact)>, Trouble> {
        let (key, archive) = (key(sha256)?, self.archive(archive)?);
        let read = || async {
            match archive.objects.get(&key).await {
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
        self.signer.verify(link, self.caller.clock.now())
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

/// The hash, and a mark of who sends it.
fn part_name(sha256: &str, uploader: &str) -> String {
    format!("{sha256}.{}", &hexadecimal(digest(&SHA256, uploader.as_bytes()).as_ref())[..16])
}

/// Why an upload could not go on, and what remains of it: what came before the line broke.
async fn broken_off(broken: Broken, part: &Writing, offset: u64) -> Trouble {
    match broken {
        Broken::Off(note) => Trouble::refused(NAME, "upload_broken_off", "The upload ended before its end.", note),
        Broken::TooLarge => match part.cut(offset).await {
            Ok(()) => Trouble::refused(NAME, "artifact_too_large", "The artifact is too large.", ""),
            Err(error) => disk(&error),
        },
        Broken::Disk(error) => disk(&error),
    }
}

fn disk(error: &std::io::Error) -> Trouble {
    Trouble::away(NAME, Duration::ZERO, error.to_string())
}

fn away(error: &Error) -> Trouble {
    Trouble::away(NAME, Duration::ZERO, error.to_string())
}
