//! What may happen to a route in which state. Holds the table and nothing else.

use super::{
    RouteCommand::{self, *},
    RouteState::{self, *},
};

/// The state a command leads to, or `None` where it is refused.
pub fn next(state: RouteState, command: RouteCommand) -> Option<RouteState> {
    Some(match (state, command) {
        (Proposed | Published | Accepted | Rejected, Publish) => Published,
        // A vehicle under way follows the new revision.
        (Started, Publish | Override) => Started,
        (Published, Accept) => Accepted,
        (Published | Accepted, Reject) => Rejected,
        (Published | Accepted, Dispatch) => Started,
        (Proposed | Published | Accepted, Override) => state,
        (Rejected, Override) => Published,
        // A driver who was offline all day has served the route without its start having been heard of.
        (Published | Accepted | Started, Complete) => Completed,
        (Proposed | Published | Accepted | Rejected | Started, Abort) => Aborted,
        _ => return None,
    })
}
