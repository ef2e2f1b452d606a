//! Posting a delivery: what was handed over goes to the ERP with its proof, and then it is on record that it did.

use crate::{
    domain::{
        decision::Follows,
        delivery::{handed_over, may_be_posted_twice},
        exception::{Exception, ExceptionState, supersede},
        id::{ExceptionId, ItemId, OrderId, ShipmentId, StopId},
        invoice,
        order::Order,
        shipment::Shipment,
        stop::Stop,
    },
    relay::{Delivered, Desk, Failed},
    store::{Change, Loaded, Task},
    system::erp::{DeliveredLine, DeliveryPosting, Posted, ProofLink},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The audit's word for a posting, by which later ones know what the ERP has.
const POSTED: &str = "delivery_posted";
const POSTING_FAILED: &str = "posting_failed";
const MOST_EVENTS: u32 = 1000;

type Items = BTreeMap<ItemId, u32>;

/// What one visit came to, and what the ERP has been told of it.
struct Account {
    shipment: Loaded<Shipment>,
    handed_over: Items,
    /// None until something was posted.
    posted: Option<Items>,
    postings: usize,
}

pub async fn post(
    desk: &Desk,
    task: &Task,
    order: &OrderId,
    shipment: &ShipmentId,
    stop: &StopId,
) -> Result<Delivered, Failed> {
    let account = account(desk, shipment, stop).await?;
    let left = account.left_to_post()?;
    let told = match left {
        Some(items) => Some((tell(desk, task, order, stop, &account, &items).await?, items)),
        None => None,
    };
    record(desk, task, order, shipment, stop, told).await?;
    Ok(Delivered::Finished)
}

/// The ERP will not take it: a dead letter, and an exception that keeps the invoice until a person has seen to it.
pub async fn failed(desk: &Desk, task: &Task, shipment: &ShipmentId, why: &str) -> Result<(), Failed> {
    let rules = desk.above.rules();
    desk.decide(|| async {
        let shipment = desk.load::<Shipment>(shipment.as_str()).await?;
        let mut change = desk.change(task);
        let outcome = invoice::unposted(shipment.state.clone(), why, &rules.taxonomy, change.origin().now)?;
        change.replace(&shipment, outcome.state);
        desk.store.follow(&mut change, outcome.follows).await?;
        change.bury(task, why);
        Ok(change)
    })
    .await
    .map(drop)
}

async fn account(desk: &Desk, shipment: &ShipmentId, stop: &StopId) -> Result<Account, Failed> {
    let shipment = desk.load::<Shipment>(shipment.as_str()).await?;
    let visited = desk.load::<Stop>(stop.as_str()).await?;
    let earlier =
        if shipment.state.stop.as_ref() == Some(stop) { Vec::new() } else { attempts(desk, &shipment).await? };
    let handed_over = handed_over(&shipment.state, stop, &earlier);
    let (posted, postings) = match may_be_posted_twice(&shipment.state, &visited.state) {
        true => postings(desk, &shipment.state, stop).await?,
        false => (None, 0),
    };
    Ok(Account { shipment, handed_over, posted, postings })
}

async fn attempts(desk: &Desk, shipment: &Shipment) -> Result<Vec<Stop>, Failed> {
    let ids: Vec<String> = (1..=shipment.attempts).map(|attempt| shipment.id.stop(attempt).to_string()).collect();
    Ok(desk.store.load_all::<Stop>(&ids).await?.into_iter().map(|stop| stop.state).collect())
}

/// What the ERP has of this stop, and in how many postings.
async fn postings(desk: &Desk, shipment: &Shipment, stop: &StopId) -> Result<(Option<Items>, usize), Failed> {
    let events = desk.store.events_of(shipment.id.as_str(), None, MOST_EVENTS).await?;
    let of_stop = events.iter().filter(|event| event.name == POSTED && event.data["stop"] == json!(stop));
    let mut all: Option<Items> = None;
    let mut count = 0;
    for event in of_stop {
        count += 1;
        let items: Items = serde_json::from_value(event.data["items"].clone()).unwrap_or_default();
        let sum = all.get_or_insert_default();
        items.into_iter().for_each(|(item, quantity)| *sum.entry(item).or_default() += quantity);
    }
    Ok((all, count))
}

impl Account {
    /// What the ERP still has to be told: everything at first, later only what was added. What it has too much of, a
    /// person has to take back there: the ERP cannot un-deliver.
    fn left_to_post(&self) -> Result<Option<Items>, Failed> {
        let Some(posted) = &self.posted else { return Ok(Some(self.handed_over.clone())) };
        let of = |items: &Items, item: &ItemId| items.get(item).copied().unwrap_or(0);
        if let Some((item, quantity)) = posted.iter().find(|(item, quantity)| of(&self.handed_over, item) < **quantity)
        {
            let now = of(&self.handed_over, item);
            let why = format!("the ERP has posted {quantity} of {item}, but only {now} were delivered after all");
            return Err(Failed::refused("posted_too_much", why));
        }
        let added = self.handed_over.iter().map(|(item, quantity)| (item.clone(), quantity - of(posted, item)));
        let added: Items = added.filter(|(_, quantity)| *quantity > 0).collect();
        Ok((!added.is_empty()).then_some(added))
    }
}

/// Posts to the ERP and links the proof there.
async fn tell(
    desk: &Desk,
    task: &Task,
    order: &OrderId,
    stop: &StopId,
    account: &Account,
    items: &Items,
) -> Result<(String, Posted), Failed> {
    let order = desk.load::<Order>(order.as_str()).await?;
    let shipment = &account.shipment.state;
    // The stop names its first posting; one that adds to it is another delivery to the ERP.
    let reference = match account.postings {
        0 => stop.to_string(),
        earlier => format!("{stop}.{earlier}"),
    };
    let posting = DeliveryPosting {
        number: order.state.content.number.clone(),
        shipment: shipment.id.clone(),
        reference: reference.clone(),
        lines: items
            .iter()
            .map(|(item, quantity)| DeliveredLine { item: item.clone(), delivered: *quantity })
            .collect(),
        delivered_at: shipment.delivered.map_or_else(|| desk.clock.now(), |moment| moment.occurred_at),
    };
    let errand = desk.errand(task);
    let posted = desk.connectors.erp.post_delivery(&errand, &posting).await?;
    if posted.document.is_some() && shipment.stop.as_ref() == Some(stop) {
        for link in links(desk, &posting, shipment) {
            desk.connectors.erp.attach_proof(&errand, &link).await?;
        }
    }
    Ok((reference, posted))
}

/// Lasting addresses of the artifacts, arrived or not; who opens them shows who they are.
fn links(desk: &Desk, posting: &DeliveryPosting, shipment: &Shipment) -> Vec<ProofLink> {
    let link = |proof: &crate::domain::proof::ProofRef| ProofLink {
        number: posting.number.clone(),
        reference: posting.reference.clone(),
        name: format!("Proof {}", &proof.sha256.get(..12).unwrap_or(&proof.sha256)),
        url: format!("{}/system/proofs/v1/artifacts/{}", desk.public_url.trim_end_matches('/'), proof.sha256),
    };
    shipment.proof.named.iter().map(link).collect()
}

type Told = Option<((String, Posted), Items)>;

/// One change: what was posted, that it was, whether the invoice may go now, and that this task is done.
async fn record(
    desk: &Desk,
    task: &Task,
    order: &OrderId,
    shipment: &ShipmentId,
    stop: &StopId,
    told: Told,
) -> Result<(), Failed> {
    let told = &told;
    desk.decide(|| async {
        let order = desk.load::<Order>(order.as_str()).await?;
        let account = account(desk, shipment, stop).await?;
        let mut change = desk.change(task);
        if let Some(((reference, posted), items)) = told {
            change.audit(POSTED, shipment.as_str(), posting(stop, reference, posted, items));
        }
        let mut shipments = others(desk, &mut change, &order, shipment).await?;
        shipments.push(settle(desk, &mut change, &account, told).await?);
        let outcome = invoice::try_release(order.state.clone(), &shipments);
        if outcome.state == order.state {
            change.keep(&order);
        } else {
            change.replace(&order, outcome.state);
        }
        desk.store.follow(&mut change, outcome.follows).await?;
        change.finish(&task.id);
        Ok(change)
    })
    .await
    .map(drop)
}

fn posting(stop: &StopId, reference: &str, posted: &Posted, items: &Items) -> Value {
    json!({
        "stop": stop,
        "reference": reference,
        "document": posted.document,
        "already": posted.already,
        "items": items,
    })
}

/// The order's other shipments, on which the invoice's release rests as well.
async fn others(
    desk: &Desk,
    change: &mut Change,
    order: &Loaded<Order>,
    but: &ShipmentId,
) -> Result<Vec<Shipment>, Failed> {
    let mut shipments = Vec::new();
    for id in order.state.outcomes.keys().filter(|id| *id != but) {
        let other = desk.load::<Shipment>(id.as_str()).await?;
        change.keep(&other);
        shipments.push(other.state);
    }
    Ok(shipments)
}

/// Marks the shipment posted, if the ERP has what is true by now: if the driver has said otherwise while we were
/// talking to the ERP, the next posting is on its way already. A posting that had failed before no longer blocks.
async fn settle(desk: &Desk, change: &mut Change, account: &Account, told: &Told) -> Result<Shipment, Failed> {
    let now = change.origin().now;
    let mut shipment = account.shipment.state.clone();
    let mut follows = Follows::default();
    let mut posted = account.posted.clone().unwrap_or_default();
    let added = told.iter().flat_map(|(_, items)| items);
    added.for_each(|(item, quantity)| *posted.entry(item.clone()).or_default() += quantity);
    let same = account.handed_over.iter().all(|(item, quantity)| posted.get(item).copied().unwrap_or(0) == *quantity);
    if same && account.handed_over.values().any(|quantity| *quantity > 0) {
        let outcome = invoice::posted(shipment, now);
        (shipment, follows) = (outcome.state, outcome.follows);
        follows.join(unblock(desk, change, &mut shipment).await?);
    }
    change.replace(&account.shipment, shipment.clone());
    desk.store.follow(change, follows).await?;
    Ok(shipment)
}

/// What had failed is posted after all.
async fn unblock(desk: &Desk, change: &mut Change, shipment: &mut Shipment) -> Result<Follows, Failed> {
    let (mut follows, now) = (Follows::default(), change.origin().now);
    let failures = shipment.blocked_by.iter().filter(|(_, code)| *code == POSTING_FAILED);
    let failures: Vec<ExceptionId> = failures.map(|(id, _)| id.clone()).collect();
    for failure in failures {
        shipment.blocked_by.remove(&failure);
        if let Some(open) = desk.store.load_fresh::<Exception>(failure.as_str()).await?
            && open.state.state != ExceptionState::Resolved
        {
            let overtaken = supersede(open.state.clone(), Some(shipment), now);
            change.replace(&open, overtaken.state);
            follows.join(overtaken.follows);
        }
    }
    Ok(follows)
}
