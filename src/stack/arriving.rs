//! The body of a request as it comes in: waiting for it takes no place among what is worked on.

use crate::overload::{Arriving, Place};
use axum::body::{Body, Bytes, HttpBody};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// The body, if there is one, on the place of its request.
pub fn on(place: &Place, body: Body) -> Body {
    if body.is_end_stream() { body } else { Body::new(Awaited { body, arriving: Arriving::on(place.clone()) }) }
}

struct Awaited {
    body: Body,
    arriving: Arriving,
}

impl HttpBody for Awaited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<hyper::body::Frame<Bytes>, axum::Error>>> {
        let piece = Pin::new(&mut self.body).poll_frame(context);
        self.arriving.polled(piece)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}
