//! A release made ready: checked, looked into, and turned into a change as often as it takes. Whoever releases an order
//! may add to that change, so that what they note about it is committed with it.

use super::{
    findings::{Found, find},
    view::Standing,
};
use crate::{
    app::App,
    domain::{
        decision::{Outcome, Rules},
        id::OrderId,
        order::{self, Order, OrderContent},
        refused::Refused,
    },
    error::Error,
    ids,
    policy::{OnUnavailable, Viewer},
    process::Case,
    store::{Change, Loaded},
};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};

/// A release that only has to be written.
pub(super) struct Prepared {
    id: OrderId,
    content: OrderContent,
    existing: Option<Loaded<Order>>,
    found: Found,
    /// Nobody was faster so far, so `existing` still counts.
    first: AtomicBool,
}

/// Checks an order and asks the systems about it, unless it exists: then what was found before counts.
pub(super) async fn prepare(
    app: &App,
    case: &Case,
    content: OrderContent,
    away: OnUnavailable,
) -> Result<Prepared, Error> {
    order::check(&content)?;
    known_region(app, &content)?;
    let id = ids::order_id(&content.number);
    let existing = app.store.load::<Order>(id.as_str()).await?;
    let found = match existing {
        Some(_) => Found::default(),
        None => find(app, case, &content, away).await?,
    };
    Ok(Prepared { id, content, existing, found, first: AtomicBool::new(true) })
}

impl Prepared {
    /// The change that takes the order in; nothing where the same order stands already.
    pub async fn draft(&self, app: &App, case: &Case) -> Result<(Change, Standing), Error> {
        let mut change = case.change_in(&self.content.region);
        let standing = match self.existing(app).await? {
            Some(Loaded { version, state: order }) if order.content == self.content => {
                Standing { order, version, fresh: false }
            }
            Some(_) => return Err(self.taken().into()),
            None => self.take_in(app, case, &mut change).await?,
        };
        Ok((change, standing))
    }

    async fn existing(&self, app: &App) -> Result<Option<Loaded<Order>>, Error> {
        if self.first.swap(false, Ordering::Relaxed) {
            return Ok(self.existing.clone());
        }
        Ok(app.store.load_fresh::<Order>(self.id.as_str()).await?)
    }

    async fn take_in(&self, app: &App, case: &Case, change: &mut Change) -> Result<Standing, Error> {
        let law = app.law();
        let rules = Rules { taxonomy: &law.taxonomy, proof: &law.proof };
        let (content, findings) = (self.content.clone(), self.found.findings.clone());
        let Outcome { state, follows } = order::release(self.id.clone(), content, findings, rules, case.now())?;
        change.create(state.order.clone());
        for shipment in state.shipments {
            change.create(shipment);
        }
        app.store.follow(change, follows).await?;
        if !self.found.unheard.is_empty() {
            change.audit("accepted_unheard", self.id.as_str(), json!({ "systems": self.found.unheard }));
        }
        Ok(Standing { order: state.order, version: 1, fresh: true })
    }

    fn taken(&self) -> Refused {
        let number = &self.content.number;
        Refused::new(
            "order_exists",
            format!("Order {number} was released before with another content; amend it, or use a new number."),
        )
    }
}

/// Whether this caller may release orders of this party in this region.
pub(super) fn may_release(viewer: &Viewer, content: &OrderContent) -> Result<(), Error> {
    if viewer.sees(content) {
        return viewer.meets_here(content);
    }
    Err(Error::gate("access_denied", "This consumer may not release orders of this party in this region."))
}

fn known_region(app: &App, content: &OrderContent) -> Result<(), Refused> {
    if app.law().regions.get(&content.region).is_some() {
        return Ok(());
    }
    let detail = format!("There is no region {}; regions.toml names those there are.", content.region);
    Err(Refused::new("content_invalid", detail).at("/region"))
}
