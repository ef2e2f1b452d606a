//! The fleet a plan may use: vehicles and drivers by their ids, completed from master data.

use crate::{
    domain::{
        id::{CarrierId, DriverId, RegionId, VehicleId},
        master::{Driver, Master, Record, Vehicle},
        refused::Refused,
        text::Skill,
        time::Window,
    },
    error::Error,
    store::{Loaded, Store},
    system::planner::PlanVehicle,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A vehicle to plan with. What is left out is taken from master data; what is given counts instead of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FleetVehicle {
    pub vehicle: VehicleId,
    /// Who drives it. Without a driver the route can be planned and published, but not dispatched.
    pub driver: Option<DriverId>,
    pub carrier: Option<CarrierId>,
    #[schema(minimum = 1, maximum = 50_000_000)]
    pub capacity_grams: Option<u64>,
    #[schema(value_type = Option<BTreeSet<Skill>>, max_items = 20)]
    pub skills: Option<BTreeSet<String>>,
    /// From leaving the depot to being back. Where neither this nor master data says: the whole day.
    pub shift: Option<Window>,
}

/// A vehicle with everything that is known about it and its driver.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Crew {
    pub vehicle: PlanVehicle,
    pub driver: Option<DriverId>,
    pub carrier: Option<CarrierId>,
}

/// The vehicle as master data has it.
pub(super) async fn vehicle(store: &Store, id: &VehicleId) -> Result<Option<Vehicle>, Error> {
    let found: Option<Loaded<Master>> = store.load(&format!("vehicle:{id}")).await?;
    Ok(found.and_then(|master| match master.state.record {
        Record::Vehicle(vehicle) => Some(vehicle),
        _ => None,
    }))
}

/// The driver as master data has them.
pub(super) async fn driver(store: &Store, id: &DriverId) -> Result<Option<Driver>, Error> {
    let found: Option<Loaded<Master>> = store.load(&format!("driver:{id}")).await?;
    Ok(found.and_then(|master| match master.state.record {
        Record::Driver(driver) => Some(driver),
        _ => None,
    }))
}

/// Completes each vehicle of the fleet for this day.
pub(super) async fn muster(
    store: &Store,
    fleet: &[FleetVehicle],
    region: &RegionId,
    day: Window,
) -> Result<Vec<Crew>, Error> {
    let mut crews: Vec<Crew> = Vec::with_capacity(fleet.len());
    for (index, asked) in fleet.iter().enumerate() {
        let crew = complete(store, asked, region, day).await.map_err(|error| below(error, index))?;
        let twice = crews.iter().any(|other| other.vehicle.id == crew.vehicle.id);
        let driven_twice = crew.driver.is_some() && crews.iter().any(|other| other.driver == crew.driver);
        if twice || driven_twice {
            let text = "a vehicle or driver is in the fleet twice";
            return Err(Refused::new("fleet_ambiguous", text).at(format!("/fleet/{index}")).into());
        }
        crews.push(crew);
    }
    Ok(crews)
}

async fn complete(store: &Store, asked: &FleetVehicle, region: &RegionId, day: Window) -> Result<Crew, Error> {
    let known = vehicle(store, &asked.vehicle).await?;
    let driver = match &asked.driver {
        Some(id) => driver(store, id).await?,
        None => None,
    };
    let elsewhere = known.as_ref().is_some_and(|vehicle| vehicle.region != *region)
        || driver.as_ref().is_some_and(|driver| driver.region != *region);
    if elsewhere {
        return Err(Refused::new("other_region", "the vehicle or its driver is another region's").at("").into());
    }
    let capacity = asked.capacity_grams.or(known.as_ref().map(|vehicle| vehicle.capacity_grams));
    let Some(capacity_grams) = capacity else {
        let detail = format!("master data has no vehicle {}; say what it can carry", asked.vehicle);
        return Err(Refused::new("unknown_vehicle", detail).at("/vehicle").into());
    };
    let shift = asked.shift.or(known.as_ref().and_then(|vehicle| vehicle.shift).filter(|shift| touches(shift, &day)));
    let shift = shift.unwrap_or(day);
    if !shift.is_forward() {
        return Err(Refused::new("content_invalid", "a shift has to begin before it ends").at("/shift").into());
    }
    let mut skills = asked.skills.clone().or(known.as_ref().map(|vehicle| vehicle.skills.clone())).unwrap_or_default();
    skills.extend(driver.iter().flat_map(|driver| driver.skills.iter().cloned()));
    let carrier = asked.carrier.clone().or(known.and_then(|vehicle| vehicle.carrier));
    let vehicle = PlanVehicle { id: asked.vehicle.clone(), capacity_grams, skills, shift };
    Ok(Crew { vehicle, driver: asked.driver.clone(), carrier })
}

/// Whether two spans have an instant in common.
pub(super) fn touches(one: &Window, other: &Window) -> bool {
    one.from < other.until && other.from < one.until
}

/// Points a refusal at its place in the fleet.
fn below(error: Error, index: usize) -> Error {
    match error {
        Error::Refused(mut refused) => {
            refused.pointers.iter_mut().for_each(|pointer| *pointer = format!("/fleet/{index}{pointer}"));
            Error::Refused(refused)
        }
        other => other,
    }
}
