//! Bodies in: size, content type, JSON, the published schema, the type. Each failure is a problem with JSON pointers;
//! nothing of the framework's own rejections reaches a caller.

use crate::{
    app::App,
    error::{Error, Pointed},
    policy::Call,
};
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use http_body_util::{BodyExt, Limited};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

mod streamed;
mod strict;

pub use streamed::{broken_off, streamed};

use strict::Flaw;

/// The JSON body of a request, checked against the contract.
#[derive(Debug)]
pub struct Body<T>(pub T);

/// A body the gate has read already.
#[derive(Clone)]
pub struct Received(pub Arc<Value>);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let call = Call::from_request_parts(&mut parts, app).await?;
        request = Request::from_parts(parts, body);
        let media = media_type(request.headers());
        let value = match request.extensions_mut().remove::<Received>() {
            Some(Received(value)) => value,
            None => receive(&mut request, call.governed().policy.body_limit).await?,
        };
        check(app, &call, &media, &value)?;
        let value = Arc::unwrap_or_clone(value);
        let parsed = serde_json::from_value(value).map_err(|error| unfit(&error.to_string()))?;
        Ok(Self(parsed))
    }
}

/// A body of JSON holds at most one value for so many of the bytes it may have: what says anything says it in more.
const BYTES_A_VALUE: usize = 8;
/// However few bytes it may have, so many are read.
const LEAST_VALUES: usize = 1_000;

/// Reads and parses a JSON body of at most `limit` bytes.
pub async fn receive(request: &mut Request, limit: usize) -> Result<Arc<Value>, Error> {
    let media = media_type(request.headers());
    if media != "application/json" && media != "application/merge-patch+json" {
        return Err(Error::invalid("media_type_unsupported", "Send application/json."));
    }
    let body = std::mem::take(request.body_mut());
    let collected = Limited::new(body, limit).collect().await.map_err(|error| broken_off(&*error, limit))?;
    parse_within(&collected.to_bytes(), (limit / BYTES_A_VALUE).max(LEAST_VALUES)).map(Arc::new)
}

/// The one JSON text in these bytes, which are few: a token, a line.
pub fn parse(bytes: &[u8]) -> Result<Value, Error> {
    parse_within(bytes, bytes.len())
}

fn parse_within(bytes: &[u8], values: usize) -> Result<Value, Error> {
    strict::parse(bytes, values).map_err(|flaw| match flaw {
        Flaw::Syntax(why) => Error::invalid("malformed_json", why),
        Flaw::Content(why) => Error::invalid("json_not_taken", why),
    })
}

/// What says of itself that it is larger than `limit` bytes is not read at all.
pub fn small_enough(headers: &HeaderMap, limit: usize) -> Result<(), Error> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) { Err(too_large(limit)) } else { Ok(()) }
}

fn too_large(limit: usize) -> Error {
    Error::invalid("body_too_large", format!("The body has more than {limit} bytes."))
}

/// Bodies come as they are: a small one that unfolds into a large one is not taken (RFC 9110 §8.4).
pub fn plainly_coded(headers: &HeaderMap) -> Result<(), Error> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Error::invalid("media_type_unsupported", "Send the body without a Content-Encoding."))
}

/// The media type without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> String {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn check(app: &App, call: &Call, media: &str, value: &Value) -> Result<(), Error> {
    let (contract, operation) = (&call.governed().contract, &call.governed().operation);
    let departures = app.schemas.check_request(contract, &operation.path, &operation.method, media, value);
    if departures.is_empty() {
        return Ok(());
    }
    let errors = departures.iter().map(|one| Pointed::new(&one.pointer, &one.detail)).collect();
    let detail = "The body does not keep to the contract; the errors name each place.".into();
    Err(Error::Invalid { code: "schema_violation", detail, errors })
}

fn unfit(why: &str) -> Error {
    Error::Invalid {
        code: "schema_violation",
        detail: "The body does not keep to the contract.".into(),
        errors: vec![Pointed::new("", why)],
    }
}

/// Path parameters, refused as a problem where they do not fit.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let axum::extract::Path(value) = axum::extract::Path::from_request_parts(parts, state)
            .await
            .map_err(|error| parameter("#path", &error.body_text()))?;
        Ok(Self(value))
    }
}

/// Query parameters, refused as a problem where they do not fit.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync + Send> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let axum::extract::Query(value) = axum::extract::Query::from_request_parts(parts, state)
            .await
            .map_err(|error| parameter("#query", &error.body_text()))?;
        Ok(Self(value))
    }
}

fn parameter(pointer: &str, why: &str) -> Error {
    Error::Invalid {
        code: "malformed_parameter",
        detail: "A parameter has the wrong form.".into(),
        errors: vec![Pointed::new(pointer, why)],
    }
}
