//! The world of the demo: its parties, items, vehicles and drivers, and the orders of its day.

use super::instance::{Instance, Node};
use crate::domain::{
    customer::Preferences,
    id::{DriverId, ItemId, PartyId, RegionId, VehicleId},
    order::{Constraints, OrderContent, OrderKind, OrderLine},
    place::{Address, Position},
    proof::ProofClass,
    quantity::Money,
    region::Regions,
    time::Window,
};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// Everything the day needs.
pub struct World {
    pub parties: Vec<Party>,
    pub items: Vec<(ItemId, &'static str)>,
    pub fleets: Vec<Fleet>,
    pub orders: Vec<OrderContent>,
    /// The orders whose numbers stand here are short in the warehouse.
    pub short: Vec<String>,
}

/// A customer of the distributor, and what the ERP lets it owe.
pub struct Party {
    pub id: PartyId,
    pub name: &'static str,
    pub credit_limit: Option<i64>,
    pub owed: i64,
    pub preferences: Option<Preferences>,
}

/// A region's vehicles and drivers, one for one.
pub struct Fleet {
    pub region: RegionId,
    pub depot: Position,
    pub crew: Vec<(VehicleId, DriverId)>,
    pub capacity_grams: u64,
    pub skills: Vec<&'static str>,
    pub shift: Window,
}

const METRES_A_DEGREE: f64 = 111_194.9;
const STREETS: [&str; 6] =
    ["Mill Lane", "Harbour Road", "Station Street", "Market Square", "Church Hill", "Orchard Way"];
const CLASSES: [ProofClass; 4] =
    [ProofClass::Standard, ProofClass::Dock, ProofClass::ColdChain, ProofClass::Unattended];

impl World {
    /// The built-in day: a distributor in three countries, in miniature.
    pub fn built_in(regions: &Regions, day: Timestamp, orders: usize, seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let places: Vec<_> =
            regions.0.iter().map(|(id, region)| (RegionId::from(id.as_str()), region.clone())).collect();
        let shift = Window { from: after(day, 2 * 3600), until: after(day, 12 * 3600) };
        let fleets = places.iter().enumerate().map(|(number, (region, place))| {
            let crew = (1..=6).map(|one| crew(number * 6 + one)).collect();
            let (depot, region) = (place.base.position, region.clone());
            Fleet { region, depot, crew, capacity_grams: 900_000, skills: vec!["tail_lift"], shift }
        });
        let fleets: Vec<_> = fleets.collect();
        let orders: Vec<_> = (1..=orders)
            .map(|number| {
                let (region, place) = &places[number % places.len()];
                ordinary(&mut chance, number, region, &place.base, &place.currency, day)
            })
            .collect();
        let short = orders.iter().map(|order| order.number.clone()).filter(|_| chance.random_bool(0.02)).collect();
        Self { parties: parties(), items: items(), fleets, orders, short }
    }

    /// A VRPTW instance as one region's day: a unit of distance is 100 m, of time 10 s, of demand a kilogram, so that
    /// a vehicle at 10 m/s covers a unit in a unit, as the instance has it.
    pub fn of_instance(instance: &Instance, regions: &Regions, day: Timestamp) -> Result<Self, String> {
        let (region, place) = regions.0.iter().next().ok_or("there is no region")?;
        let (region, base) = (RegionId::from(region.as_str()), &place.base);
        let start = after(day, 3600);
        let at = |node: &Node| {
            offset(base.position, (node.x - instance.depot.x) * 100.0, (node.y - instance.depot.y) * 100.0)
        };
        let crew = (1..=instance.vehicles).map(crew).collect();
        let shift = Window { from: start, until: after(start, instance.depot.closes * 10) };
        let capacity_grams = instance.capacity * 1_000;
        let fleet =
            Fleet { region: region.clone(), depot: base.position, crew, capacity_grams, skills: Vec::new(), shift };
        let orders = instance.customers.iter().map(|node| {
            let window = Window { from: after(start, node.opens * 10), until: after(start, node.closes * 10) };
            let number = format!("{}-{:05}", instance.name, node.number);
            let address = Address { position: at(node), name: format!("Customer {}", node.number), ..base.clone() };
            let service = u32::try_from(instance.service_time * 10).ok();
            from_node(number, region.clone(), address, window, node.demand * 1_000, service)
        });
        Ok(Self {
            orders: orders.collect(),
            parties: parties(),
            items: items(),
            fleets: vec![fleet],
            short: Vec::new(),
        })
    }

    /// What stock the warehouse needs to have of an item, so that only the orders meant to be short are.
    pub fn wanted(&self, item: &ItemId) -> u32 {
        self.orders
            .iter()
            .flat_map(|order| &order.lines)
            .filter(|line| &line.item == item)
            .map(|line| line.quantity)
            .sum()
    }
}

fn ordinary(
    chance: &mut StdRng,
    number: usize,
    region: &RegionId,
    base: &Address,
    currency: &str,
    day: Timestamp,
) -> OrderContent {
    let items = items();
    let parties = parties();
    let lines = (1..=chance.random_range(1..=3)).map(|line| {
        let (item, name) = items.choose(chance).expect("there are items").clone();
        let quantity = chance.random_range(1..=12);
        let weight_grams = u64::from(quantity) * 1_500;
        OrderLine { line, item, description: name.to_owned(), quantity, weight_grams, drop: 1 }
    });
    let lines: Vec<_> = lines.collect();
    let opens = after(day, 2 * 3600 + 1800 * chance.random_range(0..10));
    let window = Window { from: opens, until: after(opens, 3600 * chance.random_range(3..=5)) };
    let (east, north) = (chance.random_range(-18_000.0..18_000.0), chance.random_range(-18_000.0..18_000.0));
    let street = format!("{} {}", STREETS.choose(chance).expect("there are streets"), chance.random_range(1..=90));
    let address = Address {
        name: format!("Branch {number}"),
        street,
        position: offset(base.position, east, north),
        ..base.clone()
    };
    let mut constraints = Constraints { service_seconds: Some(300), ..Constraints::default() };
    constraints.proof.insert(*CLASSES.choose(chance).expect("there are classes"));
    // One party in twenty owes more than its credit allows.
    let party = if number.is_multiple_of(20) { &parties[4] } else { &parties[number % 4] }.id.clone();
    let value = Money { minor: chance.random_range(5_000..180_000), currency: currency.to_owned() };
    let (number, region, kind) = (format!("SO-{number:05}"), region.clone(), OrderKind::Delivery);
    OrderContent { number, party, region, kind, lines, address, window, constraints, value }
}

fn from_node(
    number: String,
    region: RegionId,
    address: Address,
    window: Window,
    weight_grams: u64,
    service_seconds: Option<u32>,
) -> OrderContent {
    let (item, name) = items().swap_remove(0);
    let line = OrderLine { line: 1, item, description: name.to_owned(), quantity: 1, weight_grams, drop: 1 };
    OrderContent {
        number,
        party: PartyId::from("pty_acme"),
        region,
        kind: OrderKind::Delivery,
        lines: vec![line],
        address,
        window,
        constraints: Constraints { service_seconds, ..Constraints::default() },
        value: Money { minor: 10_000, currency: "EUR".into() },
    }
}

fn parties() -> Vec<Party> {
    let party =
        |id, name, credit_limit, owed| Party { id: PartyId::from(id), name, credit_limit, owed, preferences: None };
    let wishes = Preferences { instructions: Some("Ring twice.".into()), ..Preferences::default() };
    vec![
        Party { preferences: Some(wishes), ..party("pty_acme", "Acme Retail", None, 0) },
        party("pty_globex", "Globex Foods", None, 0),
        party("pty_initech", "Initech Offices", Some(6_000_000), 0),
        party("pty_umbra", "Umbra Clinics", None, 0),
        party("pty_shaky", "Shaky Traders", Some(10), 9),
    ]
}

fn items() -> Vec<(ItemId, &'static str)> {
    let names = ["Flour 10 kg", "Coffee 1 kg", "Paper A4", "Printer", "Cheese wheel", "Gloves"];
    names
        .into_iter()
        .enumerate()
        .map(|(number, name)| (ItemId::from_token(&format!("{:03}", number + 1)), name))
        .collect()
}

fn crew(number: usize) -> (VehicleId, DriverId) {
    (VehicleId::from_token(&format!("{number:03}")), DriverId::from_token(&format!("{number:03}")))
}

fn after(instant: Timestamp, seconds: u64) -> Timestamp {
    instant + SignedDuration::from_secs(i64::try_from(seconds).expect("a span within a day"))
}

/// A position so many metres east and north of another.
fn offset(from: Position, east: f64, north: f64) -> Position {
    let latitude = from.latitude + north / METRES_A_DEGREE;
    let longitude = from.longitude + east / (METRES_A_DEGREE * from.latitude.to_radians().cos());
    Position { latitude, longitude }
}
