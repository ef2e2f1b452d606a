//! What goes first when more is asked than can be served.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// Which requests are refused last when more is asked than can be served. Health is asked for on a listener of its own,
/// and never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// What can wait or comes again: reads of portals and screens, positions, and what partners set up.
    Polling,
    /// Planning, assigning, and what a driver needs to set off.
    Assignment,
    /// What was handed over, or was not: it happens once, on the road. And what a person decides to set it right.
    Confirmation,
    /// Orders and invoices, released, amended or held.
    Release,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Polling, Self::Assignment, Self::Confirmation, Self::Release];

    pub fn name(self) -> &'static str {
        match self {
            Self::Polling => "polling",
            Self::Assignment => "assignment",
            Self::Confirmation => "confirmation",
            Self::Release => "release",
        }
    }

    /// How many of `limit` places may be taken before this is refused. What is left is kept for what goes before it.
    pub fn share_of(self, limit: usize) -> usize {
        let percent = match self {
            Self::Polling => 60,
            Self::Assignment => 80,
            Self::Confirmation => 95,
            Self::Release => 100,
        };
        (limit * percent).div_ceil(100)
    }

    /// When whoever was refused may ask again: those who only look, later.
    pub fn come_back_after(self) -> Duration {
        match self {
            Self::Polling => Duration::from_secs(5),
            Self::Assignment => Duration::from_secs(2),
            Self::Confirmation | Self::Release => Duration::from_secs(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_first_has_never_less_room_and_the_first_has_all(limit in 0usize..100_000) {
            let shares = Priority::ALL.map(|priority| priority.share_of(limit));
            prop_assert!(shares.is_sorted());
            prop_assert_eq!(shares[3], limit);
            prop_assert!(limit == 0 || shares[0] > 0);
        }
    }
}
