//! Those who look on: a partner's portal that wants to be told, and the control room that settles what went wrong.

use super::{cast::Cast, progress::Progress};
use crate::sandbox::Sandbox;
use serde_json::{Value, json};

/// Acme's portal asks to be told of its deliveries instead of polling.
pub async fn subscribe(cast: &Cast<'_>, sandbox: &Sandbox) -> Result<(), String> {
    let body = json!({"url": sandbox.receiver.url("acme")});
    let created = cast.acme.post("/experience/partner/v2/webhooks", &body).await?.good()?;
    sandbox.receiver.trust(created["secret"].as_str().ok_or("the webhook has no secret")?);
    Ok(())
}

/// What the control room does with each kind of exception; what is not named here stays open for tomorrow.
fn decision(code: &str) -> Option<(&'static str, &'static str)> {
    match code {
        "refused_by_receiver" => Some(("return", "Goes back with the next run.")),
        "damaged" => Some(("accept", "The receiver keeps it for half the price.")),
        "receiver_absent" | "premises_closed" => Some(("reattempt", "Tomorrow morning, by appointment.")),
        _ => None,
    }
}

/// The control room works the exceptions of the day.
pub async fn settle_exceptions(cast: &Cast<'_>, progress: &Progress) -> Result<(), String> {
    let open = cast.control_room.all("/process/exceptions/v1/exceptions?state=open").await?;
    let mut resolved = 0;
    for exception in &open {
        let code = exception["code"].as_str().unwrap_or_default();
        let (Some((action, note)), Some(id)) = (decision(code), exception["id"].as_str()) else { continue };
        let path = format!("/process/exceptions/v1/exceptions/{id}");
        cast.control_room.post(&format!("{path}/acknowledgement"), &json!({})).await?.good()?;
        let body = json!({"action": action, "note": note});
        cast.control_room.post(&format!("{path}/resolution"), &body).await?.good()?;
        resolved += 1;
    }
    progress.say(&format!("the control room resolves {resolved} of {} exceptions", open.len()));
    Ok(())
}

/// How many messages the partner was told, and how many of them twice.
pub fn told(sandbox: &Sandbox) -> (usize, usize) {
    let received = sandbox.receiver.received();
    let ids: std::collections::BTreeSet<_> = received.iter().map(|message| &message.id).collect();
    (ids.len(), received.len() - ids.len())
}

/// The first of the partner's shipments, for whoever wants to try.
pub async fn shipment(cast: &Cast<'_>) -> Result<Option<String>, String> {
    let page = cast.acme.get("/experience/partner/v2/shipments?limit=1").await?.good()?;
    let first: Option<&Value> = page["items"].as_array().and_then(|items| items.first());
    Ok(first.and_then(|shipment| shipment["shipment"].as_str()).map(str::to_owned))
}

/// A driver who has a route, and its day.
pub async fn run(cast: &Cast<'_>) -> Result<Option<(String, String)>, String> {
    let routes = cast.dispatch.all("/process/routes/v1/routes").await?;
    let named = |route: &Value, member: &str| route[member].as_str().map(str::to_owned);
    let driven = routes.iter().filter(|route| route["state"] != "proposed");
    Ok(driven.filter_map(|route| Some((named(route, "driver")?, named(route, "day")?))).next())
}
