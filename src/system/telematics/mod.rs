//! Telematics: where the vehicles are.

pub mod traccar;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use crate::domain::place::Position;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[async_trait]
pub trait Telematics: Send + Sync {
    /// The last fix of each of these devices (of all, if none is named). Invalid and outdated fixes are left out.
    async fn latest_positions(&self, errand: &Errand, devices: &[String]) -> Result<Vec<Fix>, Trouble>;
    async fn push_position(&self, errand: &Errand, fix: &Fix) -> Result<(), Trouble>;
    fn state(&self) -> ConnectorState;
}

/// Where a device was, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fix {
    /// The device as master data names it.
    #[schema(min_length = 1, max_length = 100)]
    pub device: String,
    pub position: Position,
    pub at: Timestamp,
    #[schema(minimum = 0.0, maximum = 100.0)]
    pub metres_per_second: f64,
    #[schema(minimum = 0.0, maximum = 100000.0)]
    pub accuracy_metres: Option<f64>,
}
