//! The log at every door: whatever is said there, no line tells a token, a key or what somebody wrote of a person, and
//! nobody but us begins a line.

use super::{Door, every_door, patient_gateway};
use crate::{databases::Database, gateway::Gateway, people::Said};
use serde_json::{Value, json};
use std::{
    io,
    sync::{Arc, Mutex},
};
use tracing::Level;

/// Stands for whatever is said of a person.
const PERSONAL: &str = "M. Krause\r\n{\"level\":\"ERROR\"}";
const KEY: &str = "key-of-the-phone-4711";

/// What no line may hold.
const UNSPOKEN: [&str; 6] = ["Krause", KEY, "eyJ", "Bearer ", "Basic ", "a2V5OndvcmQ"];

/// What the log has said so far.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics here").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// On one thread, whose log is listened to.
#[tokio::test]
async fn whatever_is_said_at_a_door_the_log_tells_nobodys_secrets() {
    let gateway = patient_gateway(Database::sqlite()).await;
    let heard = Heard::default();
    let into = heard.clone();
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(Level::TRACE);
    let listening = tracing::subscriber::set_default(log.with_writer(move || into.clone()).finish());
    let mut knocks = 0;
    for door in every_door(&gateway).iter().filter(|door| !door.operation.path.ends_with("/follow")) {
        for said in visits(&gateway, door) {
            assert!(said.await.status < 500, "{}", door.name());
            knocks += 1;
        }
    }
    drop(listening);
    let text = String::from_utf8(heard.0.lock().expect("nobody panics here").clone()).expect("a log is text");
    let mut requests = 0;
    for line in text.lines() {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        requests += usize::from(read["message"] == "request");
        let told: Vec<_> = UNSPOKEN.into_iter().filter(|word| line.contains(word)).collect();
        assert!(told.is_empty(), "the log tells {told:?}: {line}");
    }
    assert_eq!(requests, knocks, "each is logged");
}

/// Everything said at a door: honestly, with what is nobody's business where the contract does not want it, and by those
/// who are not let in.
fn visits<'g>(gateway: &'g Gateway, door: &Door) -> Vec<Said<'g>> {
    let told = || door.knock(gateway).key(KEY);
    let at = |query: &str| door.knock_at(&door.visitor(gateway, &json!({})), &format!("{}{query}", door.path()));
    let expired = door.knock_as(&door.visitor(gateway, &json!({"exp": 1, "sub": "M. Krause"})));
    let token = door.visitor(gateway, &json!({})).token;
    let mut visits = vec![
        told(),
        told().with("idempotency-key", "Krause"),
        told().with("x-correlation-id", "M. Krause").with("traceparent", "Krause").with("cookie", "id=Krause"),
        told().with("user-agent", "Krause").with("if-match", "Krause").with("accept", "text/krause"),
        told().with("authorization", "Basic a2V5OndvcmQ="),
        told().with("authorization", format!("Bearer {token}x")),
        at("?limit=Krause&cursor=Krause"),
        at(&format!("?access_token={token}")),
        at("%0d%0aKrause"),
        expired,
    ];
    if let Some((media, body)) = door.body() {
        let text = String::from_utf8_lossy(&body).into_owned();
        let otherwise: Value = serde_json::from_str(&text).unwrap_or_default();
        visits.extend([
            told().bytes(&media, personal(otherwise).to_string()),
            told().bytes(&media, format!("{{\"received_by\":\"{PERSONAL}")),
            told().bytes(&media, json!({"M. Krause": PERSONAL, "note": [PERSONAL]}).to_string()),
            told().bytes("text/krause", PERSONAL),
        ]);
    }
    visits
}

/// The same with every text in it about a person.
fn personal(value: Value) -> Value {
    match value {
        Value::String(_) => json!(PERSONAL),
        Value::Array(items) => items.into_iter().map(personal).collect(),
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, personal(value))).collect(),
        other => other,
    }
}
