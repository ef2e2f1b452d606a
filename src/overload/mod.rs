//! Overload: how much is worked on at once, and who is refused first when more is asked than can be served.
//!
//! The limit follows what requests take: while they take about what they usually take it grows, when they take longer it
//! falls. What waits for another system, or for a caller that is slow to send, takes no place meanwhile; that system's
//! bulkhead bounds it, and the listener's limits. Knows nothing of HTTP, and reads no clock: `Instant`s come in as arguments, except where a request's own time is taken.

mod admission;
mod arriving;
mod elsewhere;
mod limit;
mod priority;
mod usual;

pub use admission::{Admission, Full, Place};
pub use arriving::Arriving;
pub use elsewhere::elsewhere;
pub use limit::Limit;
pub use priority::Priority;
