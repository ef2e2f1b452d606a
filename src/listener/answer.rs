//! An answer's body on its way out: its request is under way until the last piece was handed over.

use super::activity::UnderWay;
use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
};
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

pub struct Answer {
    body: Body,
    request: UnderWay,
}

impl Answer {
    pub fn new(body: Body, request: UnderWay) -> Self {
        if !body.is_end_stream() {
            request.handed_over();
        }
        Self { body, request }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        this.request.asked_for();
        let frame = Pin::new(&mut this.body).poll_frame(context);
        if matches!(frame, Poll::Ready(Some(Ok(_)))) {
            this.request.handed_over();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
