//! Deliveries in Tryton: `stock.shipment.out`, one step after the other, each only if it is still to be done.
//!
//! A posting claims one open shipment of the sale by writing its reference into it; that is how a repeated posting
//! finds what it had begun. Tryton itself writes a new shipment for what was left undelivered.

use super::{
    NAME, Tryton,
    records::{Found, Move, Sale, Shipment, ShipmentMoves},
};
use crate::system::{
    erp::{DeliveryPosting, Posted, ProofLink},
    errand::Errand,
    trouble::{Trouble, TroubleKind},
};
use serde_json::json;
use std::collections::HashMap;

const MODEL: &str = "stock.shipment.out";
/// wait, assign, pick, pack, ship, do, and two for an ERP that is changing by itself.
const MOST_STEPS: usize = 8;

impl Tryton {
    pub(super) async fn post(&self, errand: &Errand, posting: &DeliveryPosting) -> Result<Posted, Trouble> {
        if posting.lines.iter().all(|line| line.delivered == 0) {
            return Ok(Posted { document: None, already: false });
        }
        let mut sale = self.known_sale(errand, &posting.number).await?;
        if !sale.is_firm() {
            self.make_firm(errand, &posting.number).await?;
            sale = self.known_sale(errand, &posting.number).await?;
        }
        if let Some(done) = claimed(&sale, &posting.reference).filter(|shipment| shipment.state == "done") {
            return Ok(Posted { document: Some(document(done)), already: true });
        }
        let (shipment, begun) = self.claim(errand, &sale, posting).await?;
        self.adjust(errand, &shipment, posting, begun).await?;
        let done = self.walk_to_done(errand, shipment.id).await?;
        Ok(Posted { document: Some(document(&done)), already: false })
    }

    pub(super) async fn attach(&self, errand: &Errand, link: &ProofLink) -> Result<(), Trouble> {
        let sale = self.known_sale(errand, &link.number).await?;
        let posted = claimed(&sale, &link.reference).ok_or_else(|| {
            Trouble::refused(NAME, "delivery_not_posted", "The delivery is not posted in the ERP.", &link.reference)
        })?;
        let resource = format!("{MODEL},{}", posted.id);
        let same = json!([["resource", "=", resource], ["name", "=", link.name]]);
        let found: Vec<Found> = self.search(errand, "ir.attachment", same, &["name"]).await?;
        if !found.is_empty() {
            return Ok(());
        }
        let attachment = json!({"name": link.name, "type": "link", "resource": resource, "link": link.url});
        self.create(errand, "ir.attachment", attachment).await
    }

    /// The shipment this posting claimed before (then it was begun), or the first open one that nobody has.
    async fn claim(
        &self,
        errand: &Errand,
        sale: &Sale,
        posting: &DeliveryPosting,
    ) -> Result<(Shipment, bool), Trouble> {
        if let Some(mine) = claimed(sale, &posting.reference) {
            return Ok((mine.clone(), true));
        }
        let is_free =
            |shipment: &&Shipment| !shipment.is_over() && shipment.reference.as_deref().unwrap_or_default().is_empty();
        let free = sale.shipments.iter().filter(is_free).min_by_key(|shipment| shipment.id).ok_or_else(|| {
            Trouble::refused(NAME, "nothing_left_to_deliver", "The ERP expects no more deliveries.", &posting.number)
        })?;
        self.write(errand, MODEL, free.id, json!({"reference": posting.reference})).await?;
        Ok((free.clone(), false))
    }

    /// Brings the shipment's quantities down to what was handed over, while that is still possible.
    async fn adjust(
        &self,
        errand: &Errand,
        shipment: &Shipment,
        posting: &DeliveryPosting,
        begun: bool,
    ) -> Result<(), Trouble> {
        if !matches!(shipment.state.as_str(), "draft" | "waiting" | "assigned") {
            return Ok(());
        }
        let moves: ShipmentMoves = self.read(errand, MODEL, shipment.id, ShipmentMoves::FIELDS).await?;
        let changes = changes(&moves.outgoing_moves, posting)?;
        if changes.is_empty() && !begun {
            return Ok(());
        }
        for (id, quantity) in changes {
            self.write(errand, "stock.move", id, json!({"quantity": quantity})).await?;
        }
        // Waiting again has the ERP draw up its picking list anew; a posting begun earlier may have died before that.
        self.act(errand, MODEL, shipment.id, "wait").await
    }

    async fn walk_to_done(&self, errand: &Errand, id: i64) -> Result<Shipment, Trouble> {
        let mut shipment: Shipment = self.read(errand, MODEL, id, Shipment::FIELDS).await?;
        for _ in 0..MOST_STEPS {
            let action = match shipment.state.as_str() {
                "done" => return Ok(shipment),
                "draft" => "wait",
                "waiting" => "assign_try",
                "assigned" => "pick",
                "picked" => "pack",
                "packed" => "ship",
                "shipped" => "do",
                state => return Err(stuck("The ERP's shipment is cancelled.", state)),
            };
            let acted = self.act(errand, MODEL, id, action).await;
            let after: Shipment = self.read(errand, MODEL, id, Shipment::FIELDS).await?;
            if after.state == shipment.state {
                return Err(not_moved(acted, action));
            }
            shipment = after;
        }
        Err(stuck("The ERP does not finish the shipment.", &shipment.state))
    }
}

fn claimed<'a>(sale: &'a Sale, reference: &str) -> Option<&'a Shipment> {
    sale.shipments
        .iter()
        .find(|shipment| shipment.reference.as_deref() == Some(reference) && shipment.state != "cancelled")
}

fn document(shipment: &Shipment) -> String {
    shipment.number.clone().unwrap_or_else(|| format!("{MODEL},{}", shipment.id))
}

/// What each move has to be set to; an item handed over in more than the ERP expects cannot be posted.
fn changes(moves: &[Move], posting: &DeliveryPosting) -> Result<Vec<(i64, f64)>, Trouble> {
    let mut left: HashMap<&str, f64> = HashMap::new();
    for line in &posting.lines {
        *left.entry(line.item.as_str()).or_default() += f64::from(line.delivered);
    }
    let mut changes = Vec::new();
    for step in moves.iter().filter(|step| !matches!(step.state.as_str(), "done" | "cancelled")) {
        let left = left.entry(step.product.code.as_deref().unwrap_or_default()).or_default();
        let quantity = step.quantity.min(*left);
        *left -= quantity;
        if quantity < step.quantity {
            changes.push((step.id, quantity));
        }
    }
    match left.into_iter().find(|(_, left)| *left > 0.0) {
        Some((item, _)) => {
            let detail = format!("More of {item} was handed over than the ERP expects.");
            Err(Trouble::refused(NAME, "more_than_expected", detail, &posting.number))
        }
        None => Ok(changes),
    }
}

/// The step was refused, lost, or answered with 200 and not taken: short stock is told that way.
fn not_moved(acted: Result<(), Trouble>, action: &str) -> Trouble {
    match acted {
        Err(trouble) => trouble,
        Ok(()) if action == "assign_try" => {
            Trouble::refused(NAME, "short_stock_in_erp", "The ERP has not enough stock to post the delivery.", action)
        }
        Ok(()) => stuck("The ERP did not take the step.", action),
    }
}

fn stuck(detail: &str, note: &str) -> Trouble {
    Trouble::new(NAME, TroubleKind::Refused { code: "erp_state_forbids", detail: detail.to_owned() }, note)
}
