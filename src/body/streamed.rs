//! Bodies that do not come whole: larger than is taken, more slowly than is waited for, or broken off in the middle. And
//! bodies that stream on to somebody who only hears that they ended early, while their sender is told why.

use super::too_large;
use crate::{error::Error, listener::TooSlow};
use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream::BoxStream};
use http_body_util::{LengthLimitError, Limited};
use std::{
    error::Error as Cause,
    iter::successors,
    sync::{Arc, OnceLock},
};

/// What the sender of a body is told that could not be read to its end.
pub fn broken_off(error: &(dyn Cause + 'static), limit: usize) -> Error {
    let causes = || successors(Some(error), |cause| Cause::source(&**cause));
    if causes().any(|cause| cause.is::<LengthLimitError>()) {
        too_large(limit)
    } else if causes().any(|cause| cause.is::<TooSlow>()) {
        Error::invalid("body_too_slow", "The body did not come as fast as is waited for; send it again.")
    } else {
        Error::invalid("malformed_request", "The body broke off.")
    }
}

/// Why a body ended early, if it did.
#[derive(Clone, Debug, Default)]
pub struct Fate(Arc<OnceLock<Broken>>);

#[derive(Debug)]
struct Broken {
    why: Box<dyn Cause + Send + Sync>,
    limit: usize,
}

/// The body as it streams in, at most `limit` bytes of it.
pub fn streamed(body: Body, limit: usize) -> (BoxStream<'static, Result<Bytes, String>>, Fate) {
    let fate = Fate::default();
    let noted = fate.clone();
    let bytes = Body::new(Limited::new(body, limit)).into_data_stream().map(move |chunk| {
        chunk.map_err(|error| {
            let told = error.to_string();
            // The first is why; a stream that has ended early has no second.
            noted.0.get_or_init(|| Broken { why: error.into(), limit });
            told
        })
    });
    (bytes.boxed(), fate)
}

impl Fate {
    /// What came of the bytes; why they ended early comes before what that led to.
    pub fn of<T>(&self, came: Result<T, Error>) -> Result<T, Error> {
        came.map_err(|error| self.0.get().map_or(error, |broken| broken_off(&*broken.why, broken.limit)))
    }
}
