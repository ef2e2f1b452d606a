//! The proof store: artifacts under their hash, and links that let others read one for a while.

use crate::{
    app::App,
    body::{Body as Json, Path, media_type, streamed},
    domain::{
        proof::{Bytes, StoredArtifact},
        text::Sha256,
    },
    error::Error,
    policy::Call,
    process::{
        Case,
        deliveries::{Reporter, archive_for, archive_of, artifact_stored, uploaders},
        tracking::artifact_link,
    },
    reply::{Reply, answer},
    system::Errand,
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::TryStreamExt;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MEDIA_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/webp", "application/pdf"];

/// An artifact that is stored.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "bytes": 48213
})))]
pub struct StoredArtifactView {
    #[schema(value_type = Sha256)]
    pub sha256: String,
    pub bytes: u64,
}

/// What a link shall be for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"media_type": "image/jpeg", "lasting_seconds": 900})))]
pub struct LinkWish {
    /// What the artifact is served as.
    #[schema(pattern = "^(image/(jpeg|png|webp)|application/pdf)$", max_length = 100)]
    pub media_type: String,
    #[serde(default = "quarter_of_an_hour")]
    #[schema(minimum = 1, maximum = 86_400, default = 900)]
    pub lasting_seconds: u32,
}

fn quarter_of_an_hour() -> u32 {
    900
}

/// A link that lets whoever holds it read one artifact.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(examples(json!({
    "link": "/proofs/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08?media_type=image%2Fjpeg&expires=1795428000&signature=c2ln",
    "expires_at": "2026-11-23T10:00:00Z"
})))]
pub struct ArtifactLink {
    #[schema(max_length = 2000)]
    pub link: String,
    pub expires_at: Timestamp,
}

/// Stores an artifact under its hash.
///
/// What does not have the hash is refused; what is there already stays as it is. Deliveries that named it are proven by
/// so much more.
#[utoipa::path(put, path = "/system/proofs/v1/artifacts/{sha256}", operation_id = "put_proof", tag = "proofs",
    params(("sha256" = Sha256, Path, description = "Lower-case hexadecimal SHA-256.",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
    request_body(description = "The bytes.", content(
        (Bytes = "image/jpeg"), (Bytes = "image/png"), (Bytes = "image/webp"), (Bytes = "application/pdf"))),
    responses(
        (status = 201, description = "It is stored.", body = StoredArtifactView),
        (status = 200, description = "It was there already.", body = StoredArtifactView),
    ))]
pub async fn put_proof(
    State(app): State<App>,
    call: Call,
    Path(sha256): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Reply, Error> {
    let media_type = media_type(&headers);
    if !MEDIA_TYPES.contains(&media_type.as_str()) {
        return Err(Error::invalid("media_type_unsupported", format!("Send one of {}.", MEDIA_TYPES.join(", "))));
    }
    let (case, limit) = (Case::of(&call), call.governed().policy.body_limit);
    let (bytes, fate) = streamed(body, limit);
    let archive = archive_for(&app, &sha256, None).await?;
    let stored = app.connectors.proofs.put(&case.errand, &archive, &sha256, bytes).await.map_err(uploaders);
    let stored = fate.of(stored)?;
    let artifact =
        StoredArtifact { media_type, bytes: stored.bytes, uploaded_by: call.actor(), at: call.now(), archive };
    artifact_stored(&app, &case, &Reporter::of(&call)?, &sha256, artifact).await?;
    let status = if stored.already { 200 } else { 201 };
    Ok(Reply(answer(status, &StoredArtifactView { sha256, bytes: stored.bytes })))
}

/// An artifact by its hash.
#[utoipa::path(get, path = "/system/proofs/v1/artifacts/{sha256}", operation_id = "get_proof", tag = "proofs",
    params(("sha256" = Sha256, Path, description = "Lower-case hexadecimal SHA-256.",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
    responses((status = 200, description = "Its bytes.", body = Bytes, content_type = "application/octet-stream")))]
pub async fn get_proof(State(app): State<App>, call: Call, Path(sha256): Path<String>) -> Result<Response, Error> {
    serve(&app, &Case::of(&call).errand, &sha256, "application/octet-stream").await
}

/// A link to an artifact, for those who have no token.
#[utoipa::path(post, path = "/system/proofs/v1/artifacts/{sha256}/links", operation_id = "link_proof", tag = "proofs",
    params(("sha256" = Sha256, Path, description = "Lower-case hexadecimal SHA-256.",
        example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")),
    request_body = LinkWish,
    responses((status = 201, description = "The link.", body = ArtifactLink)))]
pub async fn link_proof(
    State(app): State<App>,
    call: Call,
    Path(sha256): Path<String>,
    Json(wish): Json<LinkWish>,
) -> Result<Reply, Error> {
    archive_of(&app, &sha256).await?.ok_or(Error::NotFound("artifact"))?;
    let expires_at = call.now() + i64::from(wish.lasting_seconds).seconds();
    let mut change = Case::of(&call).change();
    change.audit("link_proof", sha256.as_str(), serde_json::json!({ "expires_at": expires_at }));
    app.store.commit(change).await?;
    let link = artifact_link(&app, &sha256, &wish.media_type, expires_at);
    Ok(Reply(answer(201, &ArtifactLink { link, expires_at })))
}

/// The artifact's bytes, as they stream in. A browser shows them as what they were signed as, or not at all.
async fn serve(app: &App, errand: &Errand, sha256: &str, media_type: &str) -> Result<Response, Error> {
    let archive = archive_of(app, sha256).await?.ok_or(Error::NotFound("artifact"))?;
    let found = app.connectors.proofs.get(errand, &archive, sha256).await.map_err(uploaders)?;
    let (bytes, artifact) = found.ok_or(Error::NotFound("artifact"))?;
    let mut response = Body::from_stream(artifact.map_err(std::io::Error::other)).into_response();
    let media_type = HeaderValue::from_str(media_type).map_err(|_| Error::NotFound("artifact"))?;
    let fields: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    response.headers_mut().extend(fields);
    Ok(response)
}
