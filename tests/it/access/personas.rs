//! Those who knock at a door: whose things are behind it, and somebody of the same kind who has nothing to do with them.

use crate::{day::ANA, doors::Door, gateway::Gateway, people::Person};
use haulgate::policy::{Audience, Consumer};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

/// One consumer of each audience that is let in.
pub fn faces(gateway: &Gateway, door: &Door) -> Vec<Arc<Consumer>> {
    // A bulk release is its sender's alone, who is one of our own systems.
    let sends = |one: &Arc<Consumer>| door.operation.path.contains("{batch}") && one.id == "erp";
    let let_in = door.consumers(gateway).into_iter().filter(|one| !sends(one));
    let mut faces = BTreeMap::new();
    for one in let_in {
        faces.entry(one.entry.audience.name()).or_insert(one);
    }
    faces.into_values().collect()
}

/// Those who are let in as far as they can be, and have nothing to do with Acme, the north or Ana.
pub fn strangers<'g>(gateway: &'g Gateway, door: &Door) -> Vec<Person<'g>> {
    let stranger = |one: Arc<Consumer>| match one.entry.audience {
        Audience::Driver => gateway.driver("drv_bob"),
        Audience::Partner => gateway.partner("globex"),
        _ => gateway.person(&one.id, "stranger", &json!({"region": ["reg_south"]})),
    };
    faces(gateway, door).into_iter().map(stranger).collect()
}

/// Whose it is.
pub fn owner<'g>(gateway: &'g Gateway, door: &Door) -> Person<'g> {
    match keeper(gateway, door).as_str() {
        "driver-app" => gateway.driver(ANA),
        "partner-acme" => gateway.partner("acme"),
        "erp" => gateway.erp(),
        ours => gateway.person(ours, "owner", &json!({})),
    }
}

/// The consumer whose it is: one that sees everything, or else the one whose own it is.
pub fn keeper(gateway: &Gateway, door: &Door) -> String {
    if door.operation.path.contains("{batch}") {
        return "erp".to_owned();
    }
    let ours = |one: &&Arc<Consumer>| matches!(one.entry.audience, Audience::Internal | Audience::Operator);
    let consumers = door.consumers(gateway);
    consumers.iter().find(ours).map_or_else(|| door.consumer(gateway).id.clone(), |one| one.id.clone())
}
