//! Replies: how an answer leaves, with its version as an ETag, and how a repeated request gets the first one again.

use crate::{error::Error, policy::Call, store::Answer};
use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// Tells that the answer is the first one given for this key.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// A successful answer on its way out.
#[derive(Debug)]
pub struct Reply(pub Answer);

/// A strong entity tag from a version (RFC 9110 §8.8.3).
pub fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// A JSON answer.
pub fn answer<T: Serialize>(status: u16, body: &T) -> Answer {
    Answer {
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: serde_json::to_vec(body).expect("an answer is plain data"),
        confidential: false,
    }
}

/// An answer without a body.
pub fn empty(status: u16) -> Answer {
    Answer { status, headers: Vec::new(), body: Vec::new(), confidential: false }
}

/// Marks an answer that holds a secret: where it is remembered, it is sealed.
pub fn confidential(answer: Answer) -> Answer {
    Answer { confidential: true, ..answer }
}

/// Names the version an answer shows.
pub fn tagged(mut answer: Answer, version: i64) -> Answer {
    answer.headers.push(("etag".into(), etag(version)));
    answer
}

/// Names where the resource is found.
pub fn located(mut answer: Answer, path: &str) -> Answer {
    answer.headers.push(("location".into(), path.to_owned()));
    answer
}

impl Reply {
    pub fn ok<T: Serialize>(body: &T) -> Self {
        Self(answer(200, body))
    }

    /// The resource at this version: a 304 without making the body where the caller has it already, and nothing of it where
    /// they asked for another.
    pub fn versioned<T: Serialize>(call: &Call, version: i64, body: impl FnOnce() -> T) -> Result<Self, Error> {
        let unchanged = call.conditions().holds(version)?;
        let answer = if unchanged { empty(304) } else { answer(200, &body()) };
        let mut answer = tagged(answer, version);
        answer.headers.push(("cache-control".into(), "private, no-cache".into()));
        Ok(Self(answer))
    }

    /// Adds a header.
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.0.headers.push((name.to_owned(), value));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        respond(self.0)
    }
}

/// The first answer to this key, marked as given before.
pub fn replayed(answer: Answer) -> Response {
    let mut response = respond(answer);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    if !response.headers().contains_key(header::CACHE_CONTROL) {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
