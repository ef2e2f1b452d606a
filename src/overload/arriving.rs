//! A body on its way in: whoever waits for a slow caller takes no place meanwhile, and is not slow for it. The listener
//! bounds how long a caller may take, and how many there are.

use super::admission::{Place, SteppedOut};
use std::task::Poll;

/// What is known of a body that arrives piece by piece.
pub struct Arriving {
    place: Place,
    awaited: Option<SteppedOut>,
}

impl Arriving {
    pub fn on(place: Place) -> Self {
        Self { place, awaited: None }
    }

    /// A piece was asked for: it is there, or the work stands still until it comes.
    pub fn polled<T>(&mut self, piece: Poll<T>) -> Poll<T> {
        match piece {
            Poll::Pending => _ = self.awaited.get_or_insert_with(|| self.place.step_out()),
            Poll::Ready(_) => self.awaited = None,
        }
        piece
    }
}
