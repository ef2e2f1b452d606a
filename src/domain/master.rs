//! Master data: customers, items, zones, vehicles and drivers, as the owning system wrote them.

use super::{
    id::{CarrierId, DriverId, ItemId, PartyId, RegionId, VehicleId},
    place::{Address, Position},
    proof::ProofClass,
    text::Skill,
    time::Window,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// One record in our books: what the owning system wrote, with its own version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Master {
    /// `kind:id`.
    pub id: String,
    /// The owning system's version; a stale one is refused.
    pub revision: u64,
    pub record: Record,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    Customer(Customer),
    Item(Item),
    Zone(Zone),
    Vehicle(Vehicle),
    Driver(Driver),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Customer {
    pub id: PartyId,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub region: RegionId,
    pub address: Option<Address>,
    /// Where to tell them, such as `mailto:dock@example.org`.
    #[schema(max_length = 500)]
    pub notify: Option<String>,
    #[serde(default)]
    #[schema(max_items = 6)]
    pub proof: BTreeSet<ProofClass>,
    /// The customer's segment, for figures.
    #[schema(max_length = 40)]
    pub segment: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub id: ItemId,
    #[schema(min_length = 1, max_length = 200, examples("Circulation pump"))]
    pub name: String,
    /// UN/ECE recommendation 20, such as `C62` (piece) or `KGM`.
    #[schema(pattern = "^[A-Z0-9]{2,3}$", max_length = 3)]
    pub unit: String,
    #[schema(minimum = 0, maximum = 50_000_000)]
    pub weight_grams: u64,
    #[serde(default)]
    #[schema(max_items = 6)]
    pub proof: BTreeSet<ProofClass>,
}

/// A part of a region, as a polygon of positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "id": "zone_harbour", "name": "Harbour", "region": "reg_north", "outline": [
        {"latitude": 53.541, "longitude": 9.984}, {"latitude": 53.545, "longitude": 9.997},
        {"latitude": 53.539, "longitude": 10.002},
    ],
})))]
pub struct Zone {
    #[schema(pattern = "^[A-Za-z0-9._:-]{1,96}$", max_length = 96)]
    pub id: String,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub region: RegionId,
    #[schema(min_items = 3, max_items = 500)]
    pub outline: Vec<Position>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Vehicle {
    pub id: VehicleId,
    #[schema(min_length = 1, max_length = 200, examples("Van 7"))]
    pub name: String,
    pub region: RegionId,
    pub carrier: Option<CarrierId>,
    #[schema(minimum = 1, maximum = 50_000_000)]
    pub capacity_grams: u64,
    #[serde(default)]
    #[schema(value_type = BTreeSet<Skill>, max_items = 20)]
    pub skills: BTreeSet<String>,
    /// Its tracker, as telematics knows it.
    #[schema(max_length = 100)]
    pub device: Option<String>,
    /// When it may be driven on the day it is planned for.
    pub shift: Option<Window>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Driver {
    pub id: DriverId,
    #[schema(min_length = 1, max_length = 200, examples("Ana Costa"))]
    pub name: String,
    pub region: RegionId,
    pub carrier: Option<CarrierId>,
    #[serde(default)]
    #[schema(value_type = BTreeSet<Skill>, max_items = 20)]
    pub skills: BTreeSet<String>,
}
