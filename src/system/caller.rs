//! Who calls out: the API while somebody waits, or the relay that has time. Each has connectors of its own, so that a
//! backlog being posted never opens a breaker or takes a place that a caller needs.

use crate::clock::Clock;
use serde::Serialize;
use utoipa::ToSchema;

/// On whose behalf, and by which clock.
#[derive(Clone, Debug)]
pub struct Caller {
    pub by: By,
    pub clock: Clock,
}

/// Which half of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Api,
    Relay,
}

impl By {
    pub fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Relay => "relay",
        }
    }

    pub fn at(self, clock: Clock) -> Caller {
        Caller { by: self, clock }
    }
}
