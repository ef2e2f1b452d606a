//! A door: one operation, and everything a stranger needs to knock at it. Made from the documents and policies alone.

use super::sample::sample;
use crate::{
    databases::Database,
    gateway::Gateway,
    people::{Person, Said},
};
use axum::http::Method;
use haulgate::policy::{Access, Audience, Consumer, Governed, PolicyFiles};
use serde_json::{Value, json};
use std::{ops::Deref, sync::Arc};

pub struct Door(Arc<Governed>);

impl Deref for Door {
    type Target = Governed;

    fn deref(&self) -> &Governed {
        &self.0
    }
}

/// A gateway whose quotas nobody uses up, however often they knock.
pub async fn patient_gateway(database: Database) -> Gateway {
    let embedded = PolicyFiles::embedded();
    let policies = ["quotas.toml", "consumers.toml"].into_iter().fold(embedded.clone(), |policies, file| {
        let text = embedded.get(file).expect("a policy file");
        policies.with(file, &text.replace("requests = ", "requests = 90"))
    });
    Gateway::start_with(database, policies, |_| {}).await
}

/// Every operation there is, in reading order.
pub fn every_door(gateway: &Gateway) -> Vec<Door> {
    let mut doors: Vec<_> = gateway.app.law().governed().cloned().map(Door).collect();
    doors.sort_by(|one, other| one.operation.key.cmp(&other.operation.key));
    doors
}

impl Door {
    pub fn name(&self) -> String {
        self.operation.key.to_string()
    }

    pub fn method(&self) -> Method {
        self.operation.method.parse().expect("a method")
    }

    fn declared(&self) -> &Value {
        self.contract.operation(&self.operation)
    }

    pub fn parameters(&self, place: &str) -> impl Iterator<Item = &Value> {
        self.declared()["parameters"].as_array().into_iter().flatten().filter(move |one| one["in"] == place)
    }

    /// The schema of the body it takes.
    pub fn schema(&self) -> &Value {
        let content = self.declared()["requestBody"]["content"].as_object();
        &content.and_then(|content| content.values().next()).expect("a body")["schema"]
    }

    /// The schema itself, where this one refers to it.
    pub fn followed<'d>(&'d self, schema: &'d Value) -> &'d Value {
        let pointer = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
        pointer.map_or(schema, |pointer| {
            self.followed(self.contract.document.pointer(pointer).expect("it leads somewhere"))
        })
    }

    /// Whether the operation declares this header field.
    pub fn takes_field(&self, name: &str) -> bool {
        self.parameters("header").any(|one| one["name"] == name)
    }

    /// A path of its kind, with ids that nobody has.
    pub fn path(&self) -> String {
        self.parameters("path").fold(self.operation.path.clone(), |path, parameter| {
            let schema = bare(&self.contract.document, &parameter["schema"]);
            let value = sample(&self.contract.document, &schema);
            path.replace(
                &format!("{{{}}}", parameter["name"].as_str().expect("a name")),
                value.as_str().expect("a text"),
            )
        })
    }

    /// A body of its kind, with its media type, where it takes one.
    pub fn body(&self) -> Option<(String, Vec<u8>)> {
        let (media, content) = self.declared()["requestBody"]["content"].as_object()?.iter().next()?;
        let shown = content.get("example").cloned();
        let value = shown.unwrap_or_else(|| sample(&self.contract.document, &content["schema"]));
        let bytes = value.as_str().map_or_else(|| value.to_string(), str::to_owned).into_bytes();
        Some((media.clone(), bytes))
    }

    /// The first of the consumers that are let in.
    pub fn consumer(&self, gateway: &Gateway) -> Arc<Consumer> {
        self.consumers(gateway).into_iter().next().unwrap_or_else(|| panic!("nobody is let in to {}", self.name()))
    }

    /// The consumers that are let in, by name.
    pub fn consumers(&self, gateway: &Gateway) -> Vec<Arc<Consumer>> {
        let law = gateway.app.law();
        let let_in = |one: &&Arc<Consumer>| {
            Access::explain(&law, one, self, None).is_ok_and(|rulings| rulings.iter().all(|ruling| ruling.allowed))
        };
        let mut consumers: Vec<_> = law.consumers().filter(let_in).cloned().collect();
        consumers.sort_by(|one, other| one.id.cmp(&other.id));
        consumers
    }

    /// Somebody who may come in; these claims go into the token.
    pub fn visitor<'g>(&self, gateway: &'g Gateway, claims: &Value) -> Person<'g> {
        let consumer = self.consumer(gateway);
        let mut all = match consumer.entry.audience {
            Audience::Driver => json!({"driver": "drv_ana"}),
            _ => json!({}),
        };
        for (name, value) in claims.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        gateway.person(&consumer.id, "drv_ana", &all)
    }

    /// Knocks as somebody who may come in, with everything the operation asks for.
    pub fn knock<'g>(&self, gateway: &'g Gateway) -> Said<'g> {
        self.knock_as(&self.visitor(gateway, &json!({})))
    }

    pub fn knock_as<'g>(&self, person: &Person<'g>) -> Said<'g> {
        self.knock_at(person, &self.path())
    }

    /// Knocks at this path of its kind.
    pub fn knock_at<'g>(&self, person: &Person<'g>, path: &str) -> Said<'g> {
        self.knock_with(person, path, self.body())
    }

    /// Knocks at this path of its kind, with this body of this media type.
    pub fn knock_with<'g>(&self, person: &Person<'g>, path: &str, body: Option<(String, Vec<u8>)>) -> Said<'g> {
        let said = person.say(self.method(), path);
        let said = if self.takes_field("If-Match") { said.if_match("\"1\"") } else { said };
        match body {
            Some((media, body)) => said.bytes(media, body),
            None => said,
        }
    }
}

/// The schema without what it shows: an id that is shown in a document is somebody's.
fn bare(document: &Value, schema: &Value) -> Value {
    let pointer = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    let mut schema = pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema).clone();
    for shown in ["example", "examples"] {
        schema.as_object_mut().expect("a schema").remove(shown);
    }
    schema
}
