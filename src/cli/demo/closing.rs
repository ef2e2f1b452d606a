//! The closing of the day: what became of every order, counted by what the ERP itself has in its books.

use super::{cast::Cast, world::World};
use crate::sandbox::Sandbox;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Where every order ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub released: usize,
    pub posted: usize,
    pub held: usize,
    pub excepted: usize,
    pub cancelled: usize,
    pub unaccounted: Vec<String>,
    /// Posted more than once, or invoiced more than once: there must be none.
    pub doubled: Vec<String>,
}

impl Account {
    pub fn balances(&self) -> bool {
        self.unaccounted.is_empty()
            && self.doubled.is_empty()
            && self.released == self.posted + self.held + self.excepted + self.cancelled
    }
}

/// Waits until the relay has delivered everything, or until patience ends.
pub async fn settle(cast: &Cast<'_>, patience: Duration) -> Result<(), String> {
    let since = Instant::now();
    loop {
        let overview = cast.control_room.get("/experience/control-tower/v1/overview").await?.good()?;
        let open = |kind: &Value| {
            kind["waiting"].as_u64().unwrap_or_default() + kind["under_way"].as_u64().unwrap_or_default()
        };
        let backlog: u64 = overview["backlog"].as_array().into_iter().flatten().map(open).sum();
        if backlog == 0 || since.elapsed() > patience {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Takes the books of both sides and counts.
pub async fn account(cast: &Cast<'_>, world: &World, sandbox: &Sandbox) -> Result<Account, String> {
    let orders = cast.control_room.all("/process/orders/v1/orders").await?;
    let exceptions = cast.control_room.all("/process/exceptions/v1/exceptions").await?;
    // That something takes long accounts for nothing.
    let excepted = exceptions.iter().filter(|one| one["code"] != "sla_breached");
    let excepted: BTreeSet<_> = excepted.filter_map(|one| one["order"].as_str()).collect();
    let posted: Vec<_> = sandbox.erp.deliveries().into_iter().map(|one| one.number).collect();
    let invoiced: Vec<_> = sandbox.erp.invoices().into_iter().map(|one| one.order).collect();
    let mut account = Account { released: world.orders.len(), ..Account::default() };
    account.doubled = twice(&posted).into_iter().chain(twice(&invoiced)).collect();
    let posted: BTreeSet<_> = posted.into_iter().collect();
    let mut seen = BTreeSet::new();
    for order in &orders {
        let number = order["number"].as_str().unwrap_or_default();
        seen.insert(number);
        match order["state"].as_str().unwrap_or_default() {
            "cancelled" => account.cancelled += 1,
            "held" => account.held += 1,
            _ if posted.contains(number) => account.posted += 1,
            _ if order["order"].as_str().is_some_and(|id| excepted.contains(id)) => account.excepted += 1,
            state => account.unaccounted.push(format!("{number} ({state})")),
        }
    }
    let missing = world.orders.iter().filter(|order| !seen.contains(order.number.as_str()));
    account.unaccounted.extend(missing.map(|order| format!("{} (unknown)", order.number)));
    Ok(account)
}

fn twice(all: &[String]) -> Vec<String> {
    let mut counts = BTreeMap::new();
    all.iter().for_each(|one| *counts.entry(one).or_insert(0) += 1);
    counts.into_iter().filter(|(_, count)| *count > 1).map(|(one, count)| format!("{one} ×{count}")).collect()
}
