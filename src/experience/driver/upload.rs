//! Uploads over a bad line: an artifact under its hash, written once, in one go or in parts
//! (draft-ietf-httpbis-resumable-upload: `Upload-Offset`, `Upload-Complete`).

use crate::{
    app::App,
    body::{Path, media_type, streamed},
    domain::{proof::Bytes, text::Sha256},
    error::{Error, Pointed},
    policy::Call,
    process::{
        Case,
        deliveries::{Reporter, Upload, Uploaded, take_upload, upload_progress},
    },
    reply::{Reply, answer, empty},
};
use axum::{body::Body, extract::State, http::HeaderMap};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::ToSchema;

const MEDIA_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "application/pdf"];

/// How far an upload has come.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "bytes": 48213, "complete": true
})))]
pub struct UploadView {
    #[schema(value_type = Sha256)]
    pub sha256: String,
    /// How much of it is here.
    pub bytes: u64,
    /// All of it is here, and is what its hash says.
    pub complete: bool,
}

/// Uploads a proof's artifact.
///
/// The path names the SHA-256 of the whole artifact; what does not have it is refused. An upload that broke off is
/// continued: ask with HEAD how far it has come, and send the rest with `Upload-Offset`. A part that is not the last
/// says `Upload-Complete: ?0`. An artifact that is here already stays as it is.
#[utoipa::path(put, path = "/experience/driver/v1/proofs/{sha256}", operation_id = "upload_proof", tag = "driver",
    params(
        ("sha256" = Sha256, Path, description = "Lower-case hexadecimal SHA-256 of the whole artifact.",
            example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
        ("Content-Digest" = Option<String>, Header, description = "RFC 9530: `sha-256` of what is sent now; checked.", example = "sha-256=:n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=:"),
        ("Upload-Offset" = Option<u64>, Header, description = "How many bytes came before; 0 where it is left out.", example = 0),
        ("Upload-Complete" = Option<String>, Header, description = "`?0` where more is to come; `?1` where it is left out.", example = "?1"),
    ),
    request_body(description = "The bytes.", content(
        (Bytes = "image/jpeg"), (Bytes = "image/png"), (Bytes = "image/webp"), (Bytes = "application/pdf"))),
    responses(
        (status = 201, description = "It is stored.", body = UploadView,
            headers(("Upload-Offset" = u64, description = "All of it."), ("Upload-Complete" = String, description = "`?1`."))),
        (status = 200, description = "It was here already.", body = UploadView,
            headers(("Upload-Offset" = u64, description = "All of it."), ("Upload-Complete" = String, description = "`?1`."))),
        (status = 202, description = "The part is here; more is to come.", body = UploadView,
            headers(("Upload-Offset" = u64, description = "Where to go on."), ("Upload-Complete" = String, description = "`?0`."))),
        (status = 409, description = "The upload goes on at another offset, or another request is sending it.",
            body = crate::error::Problem, content_type = "application/problem+json"),
    ))]
pub async fn upload_proof(
    State(app): State<App>,
    call: Call,
    Path(sha256): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Reply, Error> {
    let upload = read(&sha256, &headers, call.governed().policy.body_limit as u64)?;
    let (bytes, fate) = streamed(body, call.governed().policy.body_limit);
    let uploaded = fate.of(take_upload(&app, &Case::of(&call), &Reporter::of(&call)?, upload, bytes).await)?;
    let status = match uploaded {
        Uploaded { complete: false, .. } => 202,
        Uploaded { already: true, .. } => 200,
        Uploaded { .. } => 201,
    };
    let view = UploadView { sha256, bytes: uploaded.bytes, complete: uploaded.complete };
    Ok(offset(Reply(answer(status, &view)), uploaded))
}

/// How far an upload has come.
///
/// Ask with HEAD before going on with an upload that broke off. What nothing has come of from you, and no delivery of
/// yours is proven by, is not there: begin at 0.
#[utoipa::path(get, path = "/experience/driver/v1/proofs/{sha256}", operation_id = "get_upload", tag = "driver",
    params(("sha256" = Sha256, Path, description = "Lower-case hexadecimal SHA-256 of the whole artifact.",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
    responses((status = 204, description = "How far it has come.",
        headers(("Upload-Offset" = u64, description = "Where to go on."), ("Upload-Complete" = String, description = "`?1` once all of it is here.")))))]
pub async fn get_upload(State(app): State<App>, call: Call, Path(sha256): Path<String>) -> Result<Reply, Error> {
    let uploaded = upload_progress(&app, &Case::of(&call), &Reporter::of(&call)?, &sha256).await?;
    Ok(offset(Reply(empty(204)), uploaded))
}

fn offset(reply: Reply, uploaded: Uploaded) -> Reply {
    let complete = if uploaded.complete { "?1" } else { "?0" };
    reply.with("upload-offset", uploaded.bytes.to_string()).with("upload-complete", complete.to_owned())
}

/// What the path and the headers say of the upload.
pub fn read(sha256: &str, headers: &HeaderMap, largest: u64) -> Result<Upload, Error> {
    let media_type = media_type(headers);
    if !MEDIA_TYPES.contains(&media_type.as_str()) {
        let detail = format!("Send one of {}.", MEDIA_TYPES.join(", "));
        return Err(Error::invalid("media_type_unsupported", detail));
    }
    let offset = match text(headers, "upload-offset") {
        None => 0,
        Some(given) => integer(given).ok_or_else(|| malformed("upload-offset", "an integer"))?,
    };
    let last = match text(headers, "upload-complete") {
        None | Some("?1") => true,
        Some("?0") => false,
        Some(_) => return Err(malformed("upload-complete", "?0 or ?1")),
    };
    let digest = digest(headers)?;
    Ok(Upload { sha256: sha256.to_owned(), media_type, offset, last, digest, largest })
}

/// An integer of RFC 9651, §3.3.1, that is not negative: up to 15 digits, and no sign.
fn integer(text: &str) -> Option<u64> {
    let plain = text.len() <= 15 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// The SHA-256 of `Content-Digest` (RFC 9530); other algorithms are passed over.
fn digest(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Error> {
    let malformed = || malformed("content-digest", "sha-256=:base64:");
    let members = text(headers, "content-digest").into_iter().flat_map(|field| field.split(','));
    let Some(given) = members.filter_map(|member| member.trim().strip_prefix("sha-256=")).next_back() else {
        return Ok(None);
    };
    let encoded = given.strip_prefix(':').and_then(|given| given.strip_suffix(':')).ok_or_else(malformed)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| malformed())?;
    if bytes.len() == 32 { Ok(Some(bytes)) } else { Err(malformed()) }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?").trim())
}

fn malformed(header: &str, expected: &str) -> Error {
    Error::Invalid {
        code: "malformed_parameter",
        detail: "A header has the wrong form.".into(),
        errors: vec![Pointed::new(&format!("#header/{header}"), &format!("it is {expected}"))],
    }
}
