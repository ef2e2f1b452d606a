//! Acme's day in the north, with Ana at the wheel: everything that can be named by a path, a query or a body.

use super::yard::{Bound, exception, masters};
use crate::{
    control_tower::dead_letter,
    day::{ANA, confirmation, content, hash, origin, under_way},
    doors::Door,
    gateway::Gateway,
};
use axum::http::Method;
use haulgate::{domain::customer::Preferences, store::Change};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What Acme's photo shows.
pub const PHOTO: &[u8] = b"what was left at Acme's door";
/// What a query may say that names nobody's.
const NAMELESS: [&str; 12] = [
    "cursor",
    "limit",
    "day",
    "state",
    "hours",
    "kind",
    "code",
    "severity",
    "outcome",
    "due_from",
    "due_until",
    "devices",
];

/// By what it is called in paths, queries and bodies.
pub struct Acmes(BTreeMap<&'static str, String>);

impl Acmes {
    pub async fn day(gateway: &Gateway) -> Self {
        let day = under_way(gateway, 3).await;
        let path = format!("/experience/driver/v1/stops/{}/confirmation", day.stops[0]);
        let (ana, acme) = (gateway.driver(ANA), gateway.partner("acme"));
        ana.post(&path, &confirmation("event-0001", 40, PHOTO)).await.created();
        let photo = format!("/experience/driver/v1/proofs/{}", hash(PHOTO));
        ana.say(Method::PUT, &photo).bytes("image/jpeg", PHOTO).await.created();
        let wish = format!("/experience/partner/v1/shipments/{}/preferences", day.shipments[1]);
        acme.put(&wish, &json!({"safe_place": "behind the gate"})).await.created();
        gateway.sandbox.customers.prefer(&"pty_acme".into(), Preferences::default());
        for _ in 0..2 {
            dead_letter(gateway).await;
        }
        let words = [
            ("task", dead_letter(gateway).await),
            ("order", day.orders[1].to_string()),
            ("shipment", day.shipments[1].to_string()),
            ("stop", day.stops[1].to_string()),
            ("route", "rte_1".to_owned()),
            ("exception", kept(gateway).await),
            ("webhook", hook(gateway).await),
            ("batch", batch(gateway).await),
            ("sha256", hash(PHOTO)),
            ("party", "pty_acme".to_owned()),
            ("region", "reg_north".to_owned()),
            ("number", "SO-0002".to_owned()),
            ("order_number", "SO-0002".to_owned()),
            ("driver", ANA.to_owned()),
            ("vehicle", "veh_7".to_owned()),
            ("customer", "pty_7".to_owned()),
            ("zone", "zon_7".to_owned()),
        ];
        Self(BTreeMap::from(words))
    }

    /// What is Acme's by this name.
    pub fn named(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Ids that nobody learns of who has nothing to do with Acme.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let known_to_all = ["party", "region", "number", "order_number", "driver"];
        self.0.iter().filter(move |(name, _)| !known_to_all.contains(name)).map(|(_, id)| id.as_str())
    }

    /// The door's path, with what is Acme's.
    pub fn path(&self, door: &Door) -> String {
        let of_masters = || match door.operation.path.split('/').nth(4).unwrap_or_default() {
            "drivers" => Some("drv_7"),
            kind => self.named(kind.trim_end_matches('s')),
        };
        let named = |name: &str| if name == "id" { of_masters() } else { self.named(name) };
        let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some("id") if door.operation.path.contains("/items/") => "itm_7".to_owned(),
            Some(name) => {
                named(name).unwrap_or_else(|| panic!("{}: nothing is laid out for {name}", door.name())).to_owned()
            }
            None => segment.to_owned(),
        };
        door.operation.path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }

    /// Every question about something of Acme's that a query can ask here.
    pub fn queries(&self, door: &Door) -> Vec<String> {
        let names = door.parameters("query").map(|one| one["name"].as_str().expect("a name"));
        let asked = names.filter(|name| !NAMELESS.contains(name)).map(|name| {
            let id = self.named(name).unwrap_or_else(|| panic!("{}: nothing is laid out for {name}", door.name()));
            format!("{name}={id}")
        });
        asked.collect()
    }

    /// The body with Acme's ids, or with such as nobody has, wherever it names something; none where it names nothing.
    pub fn put_into(&self, body: &Value, instead: Option<&str>) -> Option<Value> {
        let mut put = body.clone();
        let mut names = false;
        self.put(&mut put, None, instead, &mut names);
        names.then_some(put)
    }

    fn put(&self, value: &mut Value, name: Option<&str>, instead: Option<&str>, names: &mut bool) {
        // A number, a region or a hash of nobody's has another form, and is no id.
        let named = name.filter(|name| !["number", "region", "sha256", "party"].contains(name));
        match value {
            Value::Object(members) => {
                members.iter_mut().for_each(|(name, value)| self.put(value, Some(name), instead, names));
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put(item, name, instead, names)),
            Value::String(text) => {
                let id = named.and_then(|name| self.named(name.trim_end_matches('s')));
                if let Some(id) = id {
                    *names = true;
                    *text = instead.unwrap_or(id).to_owned();
                }
            }
            _ => {}
        }
    }
}

/// Exceptions and master data of the north; answers one exception's id.
async fn kept(gateway: &Gateway) -> String {
    let north = Bound { party: Some("pty_acme".into()), region: "reg_north".into(), ..Bound::default() };
    let mut change = Change::new(origin(gateway));
    for number in [7, 8] {
        change.create(exception(number, &north, gateway.clock.now()));
        for master in masters(number, &north) {
            change.create(master);
        }
    }
    gateway.app.store.commit(change).await.expect("it is written");
    "exc_7".to_owned()
}

async fn hook(gateway: &Gateway) -> String {
    let hook = json!({"url": gateway.sandbox.receiver.url("acme"), "milestones": ["delivery.completed"]});
    let made = gateway.partner("acme").post("/experience/partner/v1/webhooks", &hook).await.created();
    made["webhook"]["webhook"].as_str().expect("its id").to_owned()
}

async fn batch(gateway: &Gateway) -> String {
    let line = |number: &str| serde_json::to_string(&content(number)).expect("an order");
    let lines = format!("{}\n{}\n", line("SO-0008"), line("SO-0009"));
    let sent = gateway.erp().tell("/process/orders/v1/releases").bytes("application/x-ndjson", lines).await;
    sent.accepted();
    sent.header("location").rsplit('/').next().expect("its id comes last").to_owned()
}
