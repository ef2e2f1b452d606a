//! Uploads: the bytes of an artifact, in one go or in parts over a bad line, and their arrival.

use super::{
    archive::{archive_for, known},
    artifact::arrived_for,
    artifact_stored,
    told::Reporter,
};
use crate::{
    app::App,
    domain::proof::StoredArtifact,
    error::Error,
    process::Case,
    system::{
        Trouble, TroubleKind,
        proofs::{Artifact, Part},
    },
};

/// What an upload says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Of the whole artifact.
    pub sha256: String,
    pub media_type: String,
    /// How many bytes came before.
    pub offset: u64,
    /// Nothing comes after it.
    pub last: bool,
    /// The SHA-256 of what is sent now.
    pub digest: Option<Vec<u8>>,
    /// The largest artifact that is taken.
    pub largest: u64,
}

/// How far an upload has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uploaded {
    pub bytes: u64,
    pub complete: bool,
    /// It was there before.
    pub already: bool,
}

/// Takes an upload in. What is stored already is not read again, where it is theirs; who only knows its hash sends it, too.
pub async fn take_upload(
    app: &App,
    case: &Case,
    reporter: &Reporter,
    upload: Upload,
    bytes: Artifact,
) -> Result<Uploaded, Error> {
    if let Some(bytes) = stored(app, reporter, &upload.sha256).await? {
        return Ok(Uploaded { bytes, complete: true, already: true });
    }
    let archive = archive_for(app, &upload.sha256, Some(reporter)).await?;
    let Upload { sha256, media_type, offset, last, digest, largest } = upload;
    let part = Part {
        archive: archive.clone(),
        sha256: sha256.clone(),
        uploader: reporter.by.clone(),
        offset,
        last,
        digest,
        largest,
    };
    let progress = app.connectors.proofs.append(&case.errand, part, bytes).await.map_err(uploaders)?;
    if !progress.whole {
        return Ok(Uploaded { bytes: progress.bytes, complete: false, already: false });
    }
    let artifact =
        StoredArtifact { media_type, bytes: progress.bytes, uploaded_by: reporter.by.clone(), at: case.now(), archive };
    let first = artifact_stored(app, case, reporter, &sha256, artifact).await?;
    Ok(Uploaded { bytes: progress.bytes, complete: true, already: !first })
}

/// How far this uploader's upload has come; one that nothing has come of is none. Bytes that arrived without being noted are
/// asked for again: sending the last of them notes them.
pub async fn upload_progress(app: &App, case: &Case, reporter: &Reporter, sha256: &str) -> Result<Uploaded, Error> {
    if let Some(bytes) = stored(app, reporter, sha256).await? {
        return Ok(Uploaded { bytes, complete: true, already: true });
    }
    let archive = archive_for(app, sha256, Some(reporter)).await?;
    let progress =
        app.connectors.proofs.progress(&case.errand, &archive, sha256, &reporter.by).await.map_err(uploaders)?;
    match progress.bytes {
        bytes if bytes > 0 && !progress.whole => Ok(Uploaded { bytes, complete: false, already: false }),
        _ => Err(Error::NotFound("upload")),
    }
}

async fn stored(app: &App, reporter: &Reporter, sha256: &str) -> Result<Option<u64>, Error> {
    match known(app, sha256).await? {
        Some(proof) => arrived_for(app, reporter, &proof).await,
        None => Ok(None),
    }
}

/// What the proof store refuses is the uploader's to mend.
pub fn uploaders(trouble: Trouble) -> Error {
    let TroubleKind::Refused { code, detail } = &trouble.kind else { return trouble.into() };
    let code = match *code {
        "hash_mismatch" | "digest_mismatch" => "digest_mismatch",
        "hash_malformed" => "malformed_parameter",
        "artifact_too_large" => "body_too_large",
        "upload_broken_off" => "malformed_request",
        "upload_offset_mismatch" => "upload_offset_mismatch",
        "upload_in_progress" => "in_progress",
        _ => return trouble.into(),
    };
    Error::invalid(code, detail.clone())
}
