//! A plan for one vehicle, what has to be true of it, and the route that it makes.

use super::{Leg, Route, RouteState};
use crate::domain::{
    id::{CarrierId, DriverId, RegionId, RouteId, ShipmentId, VehicleId},
    order::{self, OrderState},
    place::Position,
    refused::Refused,
    shipment::{self, Shipment, ShipmentCommand, ShipmentState},
    time::Window,
};
use jiff::civil::Date;

/// A plan for one vehicle, as a planner or dispatcher states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub id: RouteId,
    pub region: RegionId,
    pub day: Date,
    pub revision: u32,
    pub vehicle: VehicleId,
    pub driver: Option<DriverId>,
    pub carrier: Option<CarrierId>,
    pub depot: Position,
    pub shift: Window,
    /// In driving order.
    pub legs: Vec<PlannedLeg>,
    pub distance_metres: u64,
}

/// One place in the plan. Its stop follows from the shipment.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedLeg {
    pub shipment: ShipmentId,
    pub planned: Window,
    pub service_seconds: u32,
}

/// A proposal: a route that binds nobody yet. `shipments` are those of the plan.
pub fn propose(plan: Plan, shipments: &[Shipment]) -> Result<Route, Refused> {
    check(&plan, shipments)?;
    let legs = legs_of(&plan, shipments);
    Ok(route_of(plan, legs))
}

pub(super) fn route_of(plan: Plan, legs: Vec<Leg>) -> Route {
    Route {
        id: plan.id,
        region: plan.region,
        day: plan.day,
        revision: plan.revision,
        state: RouteState::Proposed,
        vehicle: plan.vehicle,
        driver: plan.driver,
        carrier: plan.carrier,
        depot: plan.depot,
        shift: plan.shift,
        legs,
        distance_metres: plan.distance_metres,
        overrides: Vec::new(),
        published_at: None,
        departed_at: None,
        ended_at: None,
    }
}

pub(super) fn legs_of(plan: &Plan, shipments: &[Shipment]) -> Vec<Leg> {
    let leg = |planned: &PlannedLeg| {
        let shipment = shipments.iter().find(|shipment| shipment.id == planned.shipment)?;
        Some(Leg {
            stop: shipment.next_stop(),
            shipment: shipment.id.clone(),
            position: shipment.address.position,
            planned: planned.planned,
            service_seconds: planned.service_seconds,
        })
    };
    plan.legs.iter().filter_map(leg).collect()
}

/// Across the plan's fields: known shipments of this region that can be planned, each once, in the order of time.
pub(super) fn check(plan: &Plan, shipments: &[Shipment]) -> Result<(), Refused> {
    if !plan.shift.is_forward() {
        return Err(Refused::new("route_invalid", "the shift has to begin before it ends").at("/shift"));
    }
    for (index, leg) in plan.legs.iter().enumerate() {
        let refuse =
            |code, detail: String, field: &str| Err(Refused::new(code, detail).at(format!("/legs/{index}{field}")));
        let Some(shipment) = shipments.iter().find(|shipment| shipment.id == leg.shipment) else {
            return refuse("unknown_shipment", format!("there is no shipment {}", leg.shipment), "/shipment");
        };
        if plan.legs[..index].iter().any(|other| other.shipment == leg.shipment) {
            return refuse("shipment_twice", format!("shipment {} is in the plan twice", leg.shipment), "/shipment");
        }
        if shipment.region != plan.region {
            return refuse("other_region", format!("shipment {} is another region's", leg.shipment), "/shipment");
        }
        if !is_plannable(shipment) {
            let detail = format!("shipment {} is {:?} and cannot be planned", leg.shipment, shipment.state);
            return refuse("shipment_not_plannable", detail, "/shipment");
        }
        if leg.planned.from > leg.planned.until || index > 0 && leg.planned.from < plan.legs[index - 1].planned.from {
            return refuse("legs_out_of_order", "the legs are not in the order of time".to_owned(), "/planned");
        }
    }
    Ok(())
}

/// Held and cancelled orders are not driven.
pub(super) fn check_orders(plan: &Plan, shipments: &[Shipment], orders: &[order::Order]) -> Result<(), Refused> {
    for (index, leg) in plan.legs.iter().enumerate() {
        let shipment = shipments.iter().find(|shipment| shipment.id == leg.shipment);
        let order = shipment.and_then(|shipment| orders.iter().find(|order| order.id == shipment.order));
        let Some(order) = order else { continue };
        if matches!(order.state, OrderState::Held | OrderState::Cancelled | OrderState::Received) {
            let detail = format!("order {} is {:?} and cannot be planned", order.content.number, order.state);
            return Err(Refused::new("order_not_released", detail).at(format!("/legs/{index}/shipment")));
        }
    }
    Ok(())
}

/// A shipment whose stop was served stays in the plan it was served by.
fn is_plannable(shipment: &Shipment) -> bool {
    use ShipmentState::{Attempted, Delivered, Loaded, OutForDelivery, PartiallyDelivered};
    let under_way = matches!(shipment.state, Loaded | OutForDelivery | Attempted | Delivered | PartiallyDelivered);
    shipment::next(shipment.state, ShipmentCommand::Plan).is_some() || under_way && shipment.stop.is_some()
}
