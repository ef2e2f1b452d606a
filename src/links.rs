//! What a signed link opens, without a token: proof artifacts. The signature is the whole permission; a link that is
//! wrong, old or about something that is not there leads nowhere.

use crate::{
    app::App,
    body::{Path, Query},
    error::Error,
    policy::Correlation,
    process::tracking::{Opened, open_proof},
};
use axum::{
    Extension, Router,
    body::Body,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

/// The links' paths.
pub fn routes() -> Router<App> {
    Router::new().route("/proofs/{sha256}", get(proof))
}

#[derive(Deserialize)]
struct Signed {
    media_type: String,
    expires: i64,
    signature: String,
}

/// An artifact can hold anything its photographer sent: it is never run, and shown only where it is a picture.
async fn proof(
    State(app): State<App>,
    Extension(named): Extension<Correlation>,
    Path(sha256): Path<String>,
    Query(Signed { media_type, expires, signature }): Query<Signed>,
) -> Result<Response, Error> {
    let Opened { bytes, artifact } = open_proof(&app, &named, &sha256, &media_type, expires, &signature).await?;
    let picture = ["image/jpeg", "image/png", "image/webp"].contains(&media_type.as_str());
    let shown = if picture { "inline" } else { "attachment" };
    let media_type = HeaderValue::try_from(media_type).map_err(|_| Error::NotFound("proof"))?;
    let fields: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(shown)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox; frame-ancestors 'none'"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((fields, Body::from_stream(artifact)).into_response())
}
