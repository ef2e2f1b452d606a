//! The morning: master data, orders released one by one and by the file, some amended, some cancelled, some let go;
//! then the day is planned, published and changed by hand.

use super::{
    cast::Cast,
    progress::{Counts, Progress},
    world::{Fleet, World},
};
use crate::{cli::words::many, domain::order::OrderContent};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};

/// Orders released one by one; the others come as a file.
const SINGLY: usize = 60;
const AT_ONCE: usize = 16;

/// Writes the master data the day rests on.
pub async fn furnish(cast: &Cast<'_>, world: &World) -> Result<(), String> {
    let mut records = Vec::new();
    let region = |fleet: &Fleet| fleet.region.to_string();
    let home = world.fleets.first().map(region).unwrap_or_default();
    for party in &world.parties {
        let notify = format!("mailto:dock@{}.example", party.id.token());
        let record = json!({"id": party.id, "name": party.name, "region": home, "notify": notify, "segment": "retail"});
        records.push((format!("customers/{}", party.id), record));
    }
    for (item, name) in &world.items {
        records.push((format!("items/{item}"), json!({"id": item, "name": name, "unit": "C62", "weight_grams": 1500})));
    }
    for fleet in &world.fleets {
        for (vehicle, driver) in &fleet.crew {
            let van = json!({
                "id": vehicle, "name": format!("Van {}", vehicle.token()), "region": fleet.region, "carrier": "car_own",
                "capacity_grams": fleet.capacity_grams, "skills": fleet.skills, "device": vehicle,
            });
            let person = json!({"id": driver, "name": format!("Driver {}", driver.token()), "region": fleet.region, "carrier": "car_own"});
            records.push((format!("vehicles/{vehicle}"), van));
            records.push((format!("drivers/{driver}"), person));
        }
    }
    each(records, |(path, record): (String, Value)| async move {
        let owner = if path.starts_with("customers") || path.starts_with("items") { &cast.erp } else { &cast.planner };
        let body = json!({"revision": 1, "record": record});
        owner.put(&format!("/system/master-data/v1/{path}"), &body).await?.good().map(drop)
    })
    .await
}

/// Releases every order: some one by one, the rest as one file.
pub async fn release(cast: &Cast<'_>, world: &World, progress: &Progress) -> Result<(), String> {
    let (singly, file) = world.orders.split_at(SINGLY.min(world.orders.len()));
    each(singly.to_vec(), |order: OrderContent| async move {
        cast.erp.post("/process/orders/v1/orders", &wire(&order)).await?.good()?;
        progress.add(|counts: &Counts| &counts.released, 1);
        progress.draw();
        Ok(())
    })
    .await?;
    if file.is_empty() {
        return Ok(());
    }
    let lines: String = file.iter().map(|order| format!("{}\n", wire(order))).collect();
    let heard = cast.erp.post_file("/process/orders/v1/releases", "application/x-ndjson", lines.into_bytes()).await?;
    let batch = heard.good()?;
    let batch =
        batch["batch"].as_str().or(batch["progress"]["batch"].as_str()).ok_or("the batch has no id")?.to_owned();
    follow(cast, &batch, progress).await
}

/// Polls a batch until it is worked off.
async fn follow(cast: &Cast<'_>, batch: &str, progress: &Progress) -> Result<(), String> {
    let mut counted = 0;
    loop {
        let seen = cast.erp.get(&format!("/process/orders/v1/releases/{batch}?limit=1")).await?.good()?;
        let number = |name: &str| seen["progress"][name].as_u64().unwrap_or_default();
        let done = usize::try_from(number("released") + number("held") + number("refused")).unwrap_or(usize::MAX);
        progress.add(|counts: &Counts| &counts.released, done.saturating_sub(counted));
        counted = counted.max(done);
        progress.draw();
        if seen["progress"]["state"] == "finished" {
            return if number("refused") == 0 { Ok(()) } else { Err(format!("{} lines refused", number("refused"))) };
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// A few orders are amended, a few cancelled, and half of those held for credit are let go by the control room.
pub async fn second_thoughts(cast: &Cast<'_>, world: &World) -> Result<Amended, String> {
    let mut amended = Amended::default();
    for (index, order) in world.orders.iter().enumerate() {
        let path = format!("/process/orders/v1/orders/{}", crate::ids::order_id(&order.number));
        let heard = match index % 40 {
            11 => {
                amended.amended += 1;
                let seen = cast.erp.get(&path).await?;
                let etag = seen.etag.clone().unwrap_or_default();
                cast.erp.patch(&path, &etag, &json!({"constraints": {"service_seconds": 420}})).await?
            }
            27 => {
                amended.cancelled += 1;
                cast.erp.post(&format!("{path}/cancel"), &json!({"reason": "The customer changed its mind."})).await?
            }
            _ => continue,
        };
        heard.good()?;
    }
    let held = cast.control_room.all("/process/orders/v1/orders?state=held").await?;
    for order in held.iter().step_by(2) {
        let credit = order["holds"].as_array().is_some_and(|holds| holds.iter().any(|hold| hold == "credit"));
        let Some(id) = order["order"].as_str().filter(|_| credit) else { continue };
        let body = json!({"reason": "credit", "note": "Paid by phone this morning."});
        cast.control_room.post(&format!("/process/orders/v1/orders/{id}/lift-hold"), &body).await?.good()?;
        amended.let_go += 1;
    }
    Ok(amended)
}

/// What second thoughts came to.
#[derive(Default)]
pub struct Amended {
    pub amended: usize,
    pub cancelled: usize,
    pub let_go: usize,
}

/// Plans every region, publishes each route, and changes one by hand. Answers the routes with their drivers.
pub async fn plan(
    cast: &Cast<'_>,
    world: &World,
    day: &str,
    thinking: u32,
    progress: &Progress,
) -> Result<Vec<Value>, String> {
    let mut published = Vec::new();
    for fleet in &world.fleets {
        let vehicles = fleet.crew.iter().map(|(vehicle, driver)| {
            json!({"vehicle": vehicle, "driver": driver, "carrier": "car_own", "shift": fleet.shift})
        });
        let request = json!({
            "region": fleet.region, "day": day, "depot": fleet.depot, "thinking_seconds": thinking,
            "fleet": vehicles.collect::<Vec<_>>(),
        });
        let plan = cast.planner.post("/process/routes/v1/plans", &request).await?.good()?;
        let routes = plan["routes"].as_array().cloned().unwrap_or_default();
        let left = plan["unassigned"].as_array().map_or(0, Vec::len);
        progress.say(&format!("{}: {}, {left} unassigned", fleet.region, many(routes.len(), "route")));
        let publish = |route: Value| async move {
            let path = format!("/process/routes/v1/routes/{}", route["id"].as_str().unwrap_or_default());
            let seen = cast.planner.put(&path, &json!({"revision": route["revision"]})).await?.good()?;
            progress.add(|counts: &Counts| &counts.planned, seen["stops"].as_array().map_or(0, Vec::len));
            progress.draw();
            look(cast, progress, &route, day).await
        };
        each(routes.clone(), publish).await?;
        published.extend(routes);
    }
    override_one(cast, progress, &published, day).await?;
    Ok(published)
}

/// The dispatcher knows better: one route is driven the other way round.
async fn override_one(cast: &Cast<'_>, progress: &Progress, routes: &[Value], day: &str) -> Result<(), String> {
    let stops = |route: &Value| route["stops"].as_array().cloned().unwrap_or_default();
    let Some(route) = routes.iter().find(|route| stops(route).len() > 2) else { return Ok(()) };
    let mut order: Vec<_> = stops(route).iter().map(|stop| stop["stop"].clone()).collect();
    let last = order.len() - 1;
    order.swap(last - 1, last);
    let body = json!({"change": {"action": "resequence", "stops": order}, "reason": "The market square is closed until noon."});
    let path = format!("/process/routes/v1/routes/{}/overrides", route["id"].as_str().unwrap_or_default());
    cast.dispatch.post(&path, &body).await?.good()?;
    look(cast, progress, route, day).await
}

/// The driver's app is told of the run and reads it.
async fn look(cast: &Cast<'_>, progress: &Progress, route: &Value, day: &str) -> Result<(), String> {
    let driver = cast.driver(route["driver"].as_str().unwrap_or_default(), progress.now());
    driver.get(&format!("/experience/driver/v1/run?day={day}")).await?.good().map(drop)
}

/// Does the same for each, a few at once; stops at the first that fails.
pub async fn each<T, F>(all: Vec<T>, work: impl Fn(T) -> F) -> Result<(), String>
where
    F: Future<Output = Result<(), String>>,
{
    let mut outcomes = stream::iter(all.into_iter().map(work)).buffer_unordered(AT_ONCE);
    while let Some(outcome) = outcomes.next().await {
        outcome?;
    }
    Ok(())
}

fn wire(order: &OrderContent) -> Value {
    serde_json::to_value(order).expect("an order is plain data")
}
