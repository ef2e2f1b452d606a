//! What somebody tells about a stop, and who that is.

use crate::{
    domain::{
        id::{DriverId, ExceptionId, StopId},
        place::Position,
        report::{Report, Reported},
    },
    error::Error,
    ids::sha256,
    policy::{Audience, Call, Viewer},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing told about a stop. The same `event` about the same stop is told once, however often it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub stop: StopId,
    pub event: String,
    /// By the teller's clock.
    pub occurred_at: Timestamp,
    pub position: Option<Position>,
    pub device: Option<String>,
    /// Concluded from where the vehicle was, rather than said by anybody.
    #[serde(default)]
    pub inferred: bool,
    pub what: Reported,
}

impl Told {
    pub(super) fn report(&self, now: Timestamp) -> Report {
        let mut report = Report::received(self.event.clone(), self.occurred_at, self.what.clone(), now);
        report.at.inferred = self.inferred;
        report.position = self.position;
        report.device.clone_from(&self.device);
        report
    }

    /// By what the things told about one stop are ordered.
    pub(super) fn order(&self) -> (Timestamp, &str) {
        (self.occurred_at, &self.event)
    }
}

/// Who tells it.
#[derive(Clone, Debug)]
pub struct Reporter {
    /// For the audit.
    pub by: String,
    /// The driver, where one tells; others may speak for any.
    pub driver: Option<DriverId>,
    pub viewer: Viewer,
}

impl Reporter {
    /// Whoever calls. A driver's app has to name its driver.
    pub fn of(call: &Call) -> Result<Self, Error> {
        let viewer = Viewer::of(call);
        let driver = match call.audience() {
            Audience::Driver => Some(viewer.driving()?),
            _ => None,
        };
        Ok(Self { by: call.actor(), driver, viewer })
    }

    /// No driver, but somebody who may speak for any.
    pub fn speaks_for_any(&self) -> bool {
        self.driver.is_none()
    }

    /// The exception that keeps this, should it have to be quarantined: the same for the same message.
    pub(super) fn quarantine_of(&self, told: &Told) -> ExceptionId {
        let by = self.driver.as_ref().map_or(self.by.as_str(), DriverId::as_str);
        let text = format!("{by}\n{}\n{}", told.stop, told.event);
        ExceptionId::from_token(&sha256(text.as_bytes())[..24])
    }
}
