//! Routes as callers read them. Never the domain's own entity, so that the books can change without the contract.

use crate::domain::{
    decision::Run,
    eta::Eta,
    id::{CarrierId, DriverId, RegionId, RouteId, ShipmentId, StopId, VehicleId},
    place::Position,
    route::{Leg, Override, Route, RouteState},
    stop::StopState,
    time::{Moment, Window},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use utoipa::ToSchema;

/// A route with its stops in driving order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RouteView {
    pub id: RouteId,
    pub region: RegionId,
    #[schema(examples("2026-11-23"))]
    pub day: Date,
    /// Which plan this is. Every revision counts up; an older one is refused.
    pub revision: u32,
    pub state: RouteState,
    pub vehicle: VehicleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier: Option<CarrierId>,
    pub depot: Position,
    pub shift: Window,
    pub distance_metres: u64,
    #[schema(max_items = 1000)]
    pub stops: Vec<RouteStopView>,
    /// What was changed by hand, oldest first.
    #[schema(max_items = 10_000)]
    pub overrides: Vec<Override>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// One stop of a route, as planned, as expected and as it came.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RouteStopView {
    pub stop: StopId,
    pub shipment: ShipmentId,
    pub state: StopState,
    pub position: Position,
    /// The planned arrival and departure.
    pub planned: Window,
    pub service_seconds: u32,
    /// When the customer can be served; a proposal does not show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eta: Option<Eta>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Moment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departed: Option<Moment>,
}

/// A route as it stands in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RouteSummary {
    pub id: RouteId,
    pub region: RegionId,
    #[schema(examples("2026-11-23"))]
    pub day: Date,
    pub revision: u32,
    pub state: RouteState,
    pub vehicle: VehicleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub driver: Option<DriverId>,
    pub shift: Window,
    /// How many stops its present revision has.
    pub stops: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub departed_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// A page of routes, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RoutePage {
    #[schema(max_items = 200)]
    pub items: Vec<RouteSummary>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 400)]
    pub next: Option<String>,
}

impl RouteView {
    pub fn of(run: &Run) -> Self {
        let route = run.route.clone();
        let stops = route.legs.iter().filter_map(|leg| stop_of(run, leg)).collect();
        Self {
            id: route.id,
            region: route.region,
            day: route.day,
            revision: route.revision,
            state: route.state,
            vehicle: route.vehicle,
            driver: route.driver,
            carrier: route.carrier,
            depot: route.depot,
            shift: route.shift,
            distance_metres: route.distance_metres,
            stops,
            overrides: route.overrides,
            published_at: route.published_at,
            departed_at: route.departed_at,
            ended_at: route.ended_at,
        }
    }
}

impl RouteSummary {
    pub fn of(route: &Route) -> Self {
        Self {
            id: route.id.clone(),
            region: route.region.clone(),
            day: route.day,
            revision: route.revision,
            state: route.state,
            vehicle: route.vehicle.clone(),
            driver: route.driver.clone(),
            shift: route.shift,
            stops: u32::try_from(route.legs.len()).unwrap_or(u32::MAX),
            departed_at: route.departed_at,
            ended_at: route.ended_at,
        }
    }
}

/// A leg's stop, if it is still this route's. A proposal has no stops yet: its legs say what they would be.
fn stop_of(run: &Run, leg: &Leg) -> Option<RouteStopView> {
    let proposed = run.route.published_at.is_none();
    let stop = run.stops.iter().find(|stop| stop.id == leg.stop && stop.route == run.route.id);
    (proposed || stop.is_some()).then(|| RouteStopView {
        stop: leg.stop.clone(),
        shipment: leg.shipment.clone(),
        state: stop.map_or(StopState::Planned, |stop| stop.state),
        position: leg.position,
        planned: leg.planned,
        service_seconds: leg.service_seconds,
        window: stop.map(|stop| stop.window),
        eta: stop.and_then(|stop| stop.eta),
        arrived: stop.and_then(|stop| stop.arrived),
        departed: stop.and_then(|stop| stop.departed),
    })
}
