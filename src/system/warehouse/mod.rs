//! The warehouse: what was picked for an order.

pub mod stock;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[async_trait]
pub trait Warehouse: Send + Sync {
    async fn get_pick_status(&self, errand: &Errand, number: &str) -> Result<PickStatus, Trouble>;
    fn state(&self) -> ConnectorState;
}

/// How far picking has come for the order with this ERP number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickStatus {
    #[schema(max_length = 40)]
    pub number: String,
    pub state: PickState,
    #[schema(max_items = 1000)]
    pub lines: Vec<PickedLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PickState {
    /// The warehouse has not heard of the order.
    Unknown,
    Waiting,
    Picking,
    Picked,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PickedLine {
    pub line: u32,
    pub picked: u32,
}
