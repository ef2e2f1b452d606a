//! A request's body, waited for with patience: one that trickles breaks off.

use super::patience::Patience;
use axum::{
    Error,
    body::{Bytes, HttpBody},
};
use hyper::body::{Frame, Incoming, SizeHint};
use std::{
    pin::Pin,
    task::{Context, Poll},
};

/// A body was waited for long enough.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub struct TooSlow;

pub struct Received {
    incoming: Incoming,
    sender: Patience,
}

impl Received {
    pub fn new(incoming: Incoming, sender: Patience) -> Self {
        Self { incoming, sender }
    }
}

impl HttpBody for Received {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        match Pin::new(&mut this.incoming).poll_frame(context) {
            Poll::Pending if this.sender.wait(context).is_ready() => {
                metrics::counter!("listener_cut_total", "why" => "slow_body").increment(1);
                Poll::Ready(Some(Err(Error::new(TooSlow))))
            }
            Poll::Pending => Poll::Pending,
            Poll::Ready(frame) => {
                let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().map(Bytes::len));
                this.sender.progress(bytes.unwrap_or(0));
                Poll::Ready(frame.map(|frame| frame.map_err(Error::new)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
