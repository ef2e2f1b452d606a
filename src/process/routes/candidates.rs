//! What a day's plan is about: the shipments that can be planned, and those that are left out, with why.

use super::{fleet::touches, request_plan::PlanRequest};
use crate::{
    domain::{
        id::{RegionId, ShipmentId},
        order::{Order, OrderKind, OrderState},
        shipment::{Shipment, ShipmentState},
        time::Window,
    },
    error::Error,
    store::{Loaded, Query, Store},
    system::planner::PlanJob,
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A plan takes as many; what is due first goes first.
const MOST: usize = 5000;

/// A shipment that was not put before the planner, or taken out of its answer again.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LeftOut {
    pub shipment: ShipmentId,
    pub reason: LeftOutReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// No shipment of this region has this id.
    Unknown,
    /// It is on a route, delivered, or otherwise not to be planned.
    NotPlannable,
    /// Its order is held or cancelled.
    OrderNotReleased,
    /// It cannot be served on this day.
    OtherDay,
    /// It changed while the planner was thinking; ask again.
    ChangedMeanwhile,
    /// A plan takes no more at once.
    TooMany,
}

/// A shipment that can be planned, as it was seen.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub shipment: Loaded<Shipment>,
    pub pickup: bool,
}

impl Candidate {
    pub fn job(&self) -> PlanJob {
        let shipment = &self.shipment.state;
        PlanJob {
            id: shipment.id.to_string(),
            position: shipment.address.position,
            window: shipment.window,
            service_seconds: shipment.service_seconds,
            weight_grams: shipment.weight_grams(),
            skills: shipment.skills.clone(),
            pickup: self.pickup,
        }
    }
}

/// Those asked for by name, or all that wait in the region and can be served on the day.
pub(super) async fn choose(
    store: &Store,
    request: &PlanRequest,
    day: Window,
) -> Result<(Vec<Candidate>, Vec<LeftOut>), Error> {
    let mut left_out = Vec::new();
    let mut shipments = match &request.shipments {
        Some(asked) => named(store, asked, &request.region, day, &mut left_out).await?,
        None => waiting(store, &request.region, day).await?,
    };
    shipments.sort_by(|one, other| (one.window.until, &one.id).cmp(&(other.window.until, &other.id)));
    let over = shipments.split_off(shipments.len().min(MOST));
    left_out.extend(over.iter().map(|shipment| leave(&shipment.id, LeftOutReason::TooMany)));
    let orders = orders_of(store, &shipments).await?;
    let mut candidates = Vec::with_capacity(shipments.len());
    for shipment in shipments {
        match orders.get(shipment.order.as_str()).filter(|order| is_released(order)) {
            Some(order) => {
                let pickup = order.content.kind == OrderKind::ReturnPickup;
                candidates.push(Candidate { shipment, pickup });
            }
            None => left_out.push(leave(&shipment.id, LeftOutReason::OrderNotReleased)),
        }
    }
    Ok((candidates, left_out))
}

pub(super) fn leave(shipment: &ShipmentId, reason: LeftOutReason) -> LeftOut {
    LeftOut { shipment: shipment.clone(), reason }
}

async fn waiting(store: &Store, region: &RegionId, day: Window) -> Result<Vec<Loaded<Shipment>>, Error> {
    let mut query = Query {
        regions: vec![region.to_string()],
        statuses: vec!["created".to_owned()],
        due: Some((day.from, Timestamp::MAX)),
        ..Query::default()
    };
    let mut found = Vec::new();
    loop {
        let slice = store.list::<Shipment>(&query).await?;
        found.extend(slice.rows.into_iter().filter(|shipment| touches(&shipment.window, &day)));
        match slice.next {
            Some(next) if found.len() <= MOST => query.after = Some(next),
            _ => return Ok(found),
        }
    }
}

async fn named(
    store: &Store,
    asked: &BTreeSet<ShipmentId>,
    region: &RegionId,
    day: Window,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Loaded<Shipment>>, Error> {
    let ids: Vec<String> = asked.iter().map(ToString::to_string).collect();
    let loaded = store.load_all::<Shipment>(&ids).await?;
    let mut found: BTreeMap<ShipmentId, Loaded<Shipment>> =
        loaded.into_iter().filter(|one| one.region == *region).map(|one| (one.id.clone(), one)).collect();
    let mut taken = Vec::new();
    for id in asked {
        let why = match found.get(id) {
            None => LeftOutReason::Unknown,
            Some(shipment) if !is_plannable(shipment) => LeftOutReason::NotPlannable,
            Some(shipment) if !touches(&shipment.window, &day) => LeftOutReason::OtherDay,
            Some(_) => {
                taken.extend(found.remove(id));
                continue;
            }
        };
        left_out.push(leave(id, why));
    }
    Ok(taken)
}

/// Nobody carries it yet. What is held at the depot waits for a person, whose decision makes it plannable.
fn is_plannable(shipment: &Shipment) -> bool {
    shipment.state == ShipmentState::Created
}

fn is_released(order: &Order) -> bool {
    matches!(order.state, OrderState::Released | OrderState::Planned | OrderState::InExecution)
}

async fn orders_of(store: &Store, shipments: &[Loaded<Shipment>]) -> Result<BTreeMap<String, Order>, Error> {
    let ids: BTreeSet<String> = shipments.iter().map(|shipment| shipment.order.to_string()).collect();
    let orders = store.load_all::<Order>(&Vec::from_iter(ids)).await?;
    Ok(orders.into_iter().map(|order| (order.id.to_string(), order.state)).collect())
}
