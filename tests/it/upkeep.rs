//! Upkeep: what Haulgate looks after although nobody asks for it. Vehicles that are only asked where they are, targets
//! that are missed, clocks that are off, and what is told to whom how fast.

mod figures;
mod positions;
mod postings;
mod targets;
mod webhooks;

use crate::gateway::Gateway;
use haulgate::relay::Chore;
use jiff::SignedDuration;
use serde_json::Value;

/// A round of the targets' check, by a relay that has just started.
async fn check_targets(gateway: &Gateway) {
    let since = gateway.clock.now() - SignedDuration::from_hours(24);
    gateway.app.relay().look_after(Chore::CheckTargets { since }).await.expect("the targets are checked");
}

/// A round of asking telematics.
async fn fetch_positions(gateway: &Gateway) {
    gateway.app.relay().look_after(Chore::FetchPositions).await.expect("telematics answers");
}

/// The exceptions of a code, oldest first.
async fn exceptions(gateway: &Gateway, code: &str) -> Vec<Value> {
    let path = format!("{}?code={code}", crate::road::EXCEPTIONS);
    let found = gateway.control_room().get(&path).await.ok();
    found["items"].as_array().expect("a list").clone()
}

/// What these say in this field.
fn texts<'a>(values: &'a [Value], field: &str) -> Vec<&'a str> {
    values.iter().map(|value| value[field].as_str().unwrap_or_default()).collect()
}
