//! The cast: everyone who calls the gateway on the demo's day, each with a token.

use super::{TOKEN_SECONDS, caller::Caller};
use crate::{docs::Persona, policy::Law, sandbox::issuer::Issuer};
use serde_json::{Value, json};

/// The systems and people of the day.
pub struct Cast<'d> {
    pub erp: Caller,
    pub planner: Caller,
    pub dispatch: Caller,
    pub control_room: Caller,
    pub acme: Caller,
    issuer: &'d Issuer,
    law: &'d Law,
    base: String,
    connections: reqwest::Client,
}

impl<'d> Cast<'d> {
    pub fn new(issuer: &'d Issuer, law: &'d Law, base: &str, now: jiff::Timestamp) -> Self {
        let connections = Caller::connections();
        let caller = |consumer: &str, subject: &str| {
            let token = token(issuer, law, consumer, subject, None, now);
            Caller::new(connections.clone(), base.to_owned(), token)
        };
        Self {
            erp: caller("erp", "system:erp"),
            planner: caller("planner", "system:planner"),
            dispatch: caller("dispatch", "dana"),
            control_room: caller("control-room", "carl"),
            acme: caller("partner-acme", "portal"),
            issuer,
            law,
            base: base.to_owned(),
            connections: connections.clone(),
        }
    }

    /// A driver with the app in hand.
    pub fn driver(&self, driver: &str, now: jiff::Timestamp) -> Caller {
        let token = token(self.issuer, self.law, "driver-app", driver, Some(driver), now);
        Caller::new(self.connections.clone(), self.base.clone(), token)
    }

    /// One of each, as the pages and the farewell show them.
    pub fn personas(&self, now: jiff::Timestamp, driver: &str) -> Vec<Persona> {
        let (called, driver) = (format!("driver {driver}"), self.driver(driver, now));
        let people = [
            ("erp", "erp", &self.erp),
            ("dispatch", "dispatch", &self.dispatch),
            (called.as_str(), "driver-app", &driver),
            ("partner acme", "partner-acme", &self.acme),
            ("control room", "control-room", &self.control_room),
            ("planner", "planner", &self.planner),
        ];
        let persona = |(name, consumer, caller): (&str, &'static str, &Caller)| Persona {
            name: name.to_owned(),
            consumer,
            token: caller.token().to_owned(),
        };
        people.map(persona).into()
    }
}

fn token(
    issuer: &Issuer,
    law: &Law,
    consumer: &str,
    subject: &str,
    driver: Option<&str>,
    now: jiff::Timestamp,
) -> String {
    issuer.token(&json!({
        "aud": "haulgate", "client_id": consumer, "sub": subject, "scope": law.scopes_of(consumer), "driver": driver,
        "exp": now.as_second() + TOKEN_SECONDS,
    }))
}

impl Caller {
    /// Every item of a collection, page by page.
    pub async fn all(&self, path: &str) -> Result<Vec<Value>, String> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let after = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
            let page = self.get(&format!("{path}{joint}limit=200{after}")).await?.good()?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(items),
            }
        }
    }
}
