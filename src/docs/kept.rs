//! Bytes that are answered as they are, with a tag that saves sending them again. Knows nothing of what they say.

use crate::ids::sha256;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

/// Bytes with their media type and their tag.
pub struct Kept {
    media: &'static str,
    bytes: Bytes,
    tag: HeaderValue,
}

/// How long nobody has to ask whether they have changed.
const FRESH: &str = "public, max-age=60";

impl Kept {
    /// The tag is weak, because the bytes may be compressed on their way.
    pub fn new(media: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let tag = format!("W/\"{}\"", &sha256(&bytes)[..32]);
        Self { media, bytes, tag: HeaderValue::try_from(tag).expect("hexadecimal is visible text") }
    }

    /// The bytes, or 304 where the caller has them already.
    pub fn answer(&self, asked: &HeaderMap) -> Response {
        let fields = [(header::ETAG, self.tag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static(FRESH))];
        if self.is_had(asked) {
            return (StatusCode::NOT_MODIFIED, fields).into_response();
        }
        let media = [(header::CONTENT_TYPE, HeaderValue::from_static(self.media))];
        (fields, media, Body::from(self.bytes.clone())).into_response()
    }

    /// `If-None-Match` compares weakly (RFC 9110 §13.1.2).
    fn is_had(&self, asked: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let own = opaque(self.tag.to_str().unwrap_or_default());
        let named = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|tags| tags.to_str().ok());
        named.flat_map(|tags| tags.split(',')).any(|tag| tag.trim() == "*" || opaque(tag) == own)
    }
}
