//! Resources to decide on, laid into the ledger bound as a story wants them.

use crate::day::{content, plan};
use haulgate::{
    domain::{
        decision::Rules,
        exception::Exception,
        master::{Customer, Driver, Item, Master, Record, Vehicle, Zone},
        order::{Findings, Order, release},
        route::{Plan, Route, publish},
        shipment::Shipment,
        stop::Stop,
    },
    ids::order_id,
    policy::Law,
};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What binds a resource.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    pub party: Option<String>,
    pub region: String,
    pub driver: Option<String>,
    pub carrier: Option<String>,
}

/// One order, its shipment, its stop and its route, all bound so.
pub fn run(law: &Law, number: usize, bound: &Bound, now: Timestamp) -> (Order, Shipment, Stop, Route) {
    let mut content = content(&format!("SO-{number:04}"));
    content.region = bound.region.as_str().into();
    content.party = bound.party.as_deref().unwrap_or("pty_nobody").into();
    let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
    let released =
        release(order_id(&content.number), content, Findings::default(), rules, now).expect("released").state;
    let plan = planned(number, bound, &released.shipments);
    let run = publish(None, Vec::new(), released.shipments, vec![released.order], plan, now).expect("published").state;
    let one = "one of each";
    (
        run.orders.into_iter().next().expect(one),
        run.shipments.into_iter().next().expect(one),
        run.stops.into_iter().next().expect(one),
        run.route,
    )
}

fn planned(number: usize, bound: &Bound, shipments: &[Shipment]) -> Plan {
    Plan {
        id: format!("rte_{number}").as_str().into(),
        region: bound.region.as_str().into(),
        driver: bound.driver.as_deref().map(Into::into),
        carrier: bound.carrier.as_deref().map(Into::into),
        ..plan(shipments)
    }
}

/// An open exception, bound so.
pub fn exception(number: usize, bound: &Bound, now: Timestamp) -> Exception {
    read(json!({
        "id": format!("exc_{number}"), "code": "receiver_absent", "severity": "minor", "state": "open",
        "region": bound.region, "party": bound.party, "order": null, "shipment": null, "stop": null, "route": null,
        "blocks_invoice": false, "disposition": "none", "note": null, "proofs": [], "quarantined": null,
        "raised_by": "story", "raised": {"occurred_at": now, "recorded_at": now},
        "acknowledged_by": null, "acknowledged": null, "resolution": null,
    }))
}

/// A customer, a vehicle, a driver, a zone and an item, bound so as far as each can be.
pub fn masters(number: usize, bound: &Bound) -> [Master; 5] {
    let customer: Customer = read(json!({
        "id": format!("pty_{number}"), "name": "Acme", "region": bound.region, "address": null, "notify": null,
        "segment": null,
    }));
    let vehicle: Vehicle = read(json!({
        "id": format!("veh_{number}"), "name": "Van", "region": bound.region, "carrier": bound.carrier,
        "capacity_grams": 1_000_000, "skills": [], "device": null, "shift": null,
    }));
    let driver: Driver = read(json!({
        "id": format!("drv_{number}"), "name": "Ana", "region": bound.region, "carrier": bound.carrier,
    }));
    let corner = |latitude: f64, longitude: f64| json!({"latitude": latitude, "longitude": longitude});
    let zone: Zone = read(json!({
        "id": format!("zon_{number}"), "name": "Docks", "region": bound.region,
        "outline": [corner(53.5, 9.9), corner(53.6, 9.9), corner(53.5, 10.0)],
    }));
    let item: Item = read(json!({
        "id": format!("itm_{number}"), "name": "Flour", "unit": "C62", "weight_grams": 1_000,
    }));
    let kept = |kind: &str, id: String, record| Master { id: format!("{kind}:{id}"), revision: 1, record };
    [
        kept("customer", customer.id.to_string(), Record::Customer(customer)),
        kept("vehicle", vehicle.id.to_string(), Record::Vehicle(vehicle)),
        kept("driver", driver.id.to_string(), Record::Driver(driver)),
        kept("zone", zone.id.to_string(), Record::Zone(zone)),
        kept("item", item.id.to_string(), Record::Item(item)),
    ]
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"))
}
