//! A case: on whose behalf a use case works, until when, and under which key. A caller's call is one; a task that the
//! relay works off is another.

use crate::{
    domain::id::RegionId,
    policy::{Call, Once},
    store::{Change, Origin},
    system::Errand,
};
use jiff::Timestamp;

#[derive(Clone, Debug)]
pub struct Case {
    /// Where the rows that are written come from.
    pub origin: Origin,
    /// What travels with calls to other systems.
    pub errand: Errand,
    /// The key to be done once, if there is one.
    pub once: Option<Once>,
}

impl Case {
    /// The case a call makes.
    pub fn of(call: &Call) -> Self {
        let origin = call.origin();
        let errand = Errand {
            deadline: call.deadline(),
            correlation_id: origin.correlation_id.clone(),
            traceparent: origin.traceparent.clone(),
            idempotency_key: None,
        };
        Self { origin, errand, once: call.once().cloned() }
    }

    /// The instant every decision of this case takes as now.
    pub fn now(&self) -> Timestamp {
        self.origin.now
    }

    /// An empty change in its name.
    pub fn change(&self) -> Change {
        Change::new(self.origin.clone())
    }

    /// The same, belonging to a region.
    pub fn change_in(&self, region: &RegionId) -> Change {
        Change::new(Origin { region: Some(region.clone()), ..self.origin.clone() })
    }
}
