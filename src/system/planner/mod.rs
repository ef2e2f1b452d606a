//! The route planner: which vehicle makes which stops in which order, and when it would be where.
//! Holds the question and the answer in our words: metres, seconds, grams. Never a solver's own format.

#[cfg(feature = "solver")]
pub mod embedded;
#[cfg(feature = "solver")]
mod pragmatic;
pub mod vroom;

pub mod insertion;
#[cfg(feature = "solver")]
mod projection;
pub mod schedule;
pub mod travel;

use super::{errand::Errand, figures::ConnectorState, trouble::Trouble};
use crate::domain::{id::VehicleId, place::Position, text::Skill, time::Window};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

#[async_trait]
pub trait Planner: Send + Sync {
    /// Routes for as many jobs as the fleet can serve, and why it cannot serve the others.
    async fn solve(&self, errand: &Errand, problem: &PlanProblem) -> Result<Plan, Trouble>;
    /// When a fixed sequence of stops would be served, and what would be violated by it.
    async fn evaluate(&self, errand: &Errand, sequence: &Sequence) -> Result<Vec<Projected>, Trouble>;
    fn state(&self) -> ConnectorState;
}

/// A region's day: where the vehicles stand, which there are, and what is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanProblem {
    pub depot: Position,
    #[schema(min_items = 1, max_items = 1000)]
    pub vehicles: Vec<PlanVehicle>,
    #[schema(min_items = 1, max_items = 5000)]
    pub jobs: Vec<PlanJob>,
    /// Travel between the depot (place 0) and the jobs (places 1…, in their order). Without it: as the crow flies.
    pub matrix: Option<TravelMatrix>,
    /// How long the planner may think.
    #[schema(minimum = 1, maximum = 120)]
    pub thinking_seconds: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanVehicle {
    pub id: VehicleId,
    #[schema(minimum = 1, maximum = 50_000_000)]
    pub capacity_grams: u64,
    #[serde(default)]
    #[schema(value_type = BTreeSet<Skill>, max_items = 20)]
    pub skills: BTreeSet<String>,
    /// From leaving the depot to being back.
    pub shift: Window,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanJob {
    /// The shipment's id.
    #[schema(min_length = 1, max_length = 96)]
    pub id: String,
    pub position: Position,
    /// When service may begin.
    pub window: Window,
    #[schema(minimum = 0, maximum = 28_800)]
    pub service_seconds: u32,
    #[schema(minimum = 0, maximum = 50_000_000)]
    pub weight_grams: u64,
    #[serde(default)]
    #[schema(value_type = BTreeSet<Skill>, max_items = 20)]
    pub skills: BTreeSet<String>,
    /// Collected at the stop instead of delivered.
    #[serde(default)]
    pub pickup: bool,
}

/// Row by row, from each place to each place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TravelMatrix {
    #[schema(max_items = 25_010_001)]
    pub seconds: Vec<u32>,
    #[schema(max_items = 25_010_001)]
    pub metres: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    #[schema(max_items = 1000)]
    pub routes: Vec<PlannedRoute>,
    #[schema(max_items = 5000)]
    pub unassigned: Vec<Unassigned>,
    pub distance_metres: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlannedRoute {
    pub vehicle: VehicleId,
    pub leaves_at: Timestamp,
    pub back_at: Timestamp,
    pub distance_metres: u64,
    /// In driving order.
    #[schema(max_items = 5000)]
    pub stops: Vec<PlannedStop>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlannedStop {
    /// The job's id.
    #[schema(max_length = 96)]
    pub job: String,
    /// When the vehicle gets there; service may begin later, when the window opens.
    pub arrival: Timestamp,
    pub departure: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Unassigned {
    #[schema(max_length = 96)]
    pub job: String,
    pub reason: UnassignedReason,
    /// For a person.
    #[schema(max_length = 2000)]
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnassignedReason {
    /// No vehicle has room for it.
    Capacity,
    /// No vehicle has the skills it asks for.
    Skills,
    /// No vehicle gets there in its window and back in its shift.
    Time,
    /// The fleet is used up.
    NoVehicleLeft,
}

/// A vehicle's stops in a given order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// Where the vehicle is now: the depot, or its last known position.
    pub start: Position,
    pub leaves_at: Timestamp,
    pub vehicle: PlanVehicle,
    /// Where it ends; without it, at the last stop.
    pub end: Option<Position>,
    #[schema(min_items = 1, max_items = 500)]
    pub stops: Vec<PlanJob>,
}

/// When a stop of a sequence would be served.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Projected {
    #[schema(max_length = 96)]
    pub job: String,
    pub arrival: Timestamp,
    pub departure: Timestamp,
    #[schema(max_items = 20)]
    pub violations: Vec<Violation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Violation {
    /// Service would begin this long after the window closed.
    Late {
        seconds: u64,
    },
    /// Service would begin this long before the window opens.
    Early {
        seconds: u64,
    },
    Load,
    Skills,
    /// The vehicle would be out this long after its shift.
    Shift {
        seconds: u64,
    },
}
