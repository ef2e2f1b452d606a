//! Tryton, over its own REST API. Not idempotent by itself: every effect reads the state first, does one step, and
//! reads again, so that repeating an errand finishes it instead of doing it twice.

mod deliveries;
mod invoices;
mod orders;
mod records;
mod rest;
mod values;

use super::{DeliveryPosting, Erp, ErpOrder, Finding, InvoiceNumber, Posted, ProofLink};
use crate::{
    domain::order::OrderContent,
    system::caller::Caller,
    system::{errand::Errand, figures::ConnectorState, http::Outbound, settings::ErpSettings, trouble::Trouble},
};
use async_trait::async_trait;

const NAME: &str = "erp";

pub struct Tryton {
    outbound: Outbound,
    database: String,
    company: i64,
    warehouse: i64,
}

impl Tryton {
    pub fn open(settings: &ErpSettings, caller: Caller) -> Result<Self, String> {
        let outbound = Outbound::open(NAME, &settings.url, &settings.limits, caller)?.with_bearer(&settings.key)?;
        let (company, warehouse) = (settings.company, settings.warehouse);
        Ok(Self { outbound, database: settings.database.clone(), company, warehouse })
    }
}

#[async_trait]
impl Erp for Tryton {
    async fn get_order(&self, errand: &Errand, number: &str) -> Result<ErpOrder, Trouble> {
        self.read_order(errand, number).await
    }

    async fn check_release(&self, errand: &Errand, order: &OrderContent) -> Result<Vec<Finding>, Trouble> {
        self.findings(errand, order).await
    }

    async fn confirm_release(&self, errand: &Errand, number: &str) -> Result<(), Trouble> {
        self.make_firm(errand, number).await
    }

    async fn cancel_order(&self, errand: &Errand, number: &str) -> Result<(), Trouble> {
        self.cancel(errand, number).await
    }

    async fn post_delivery(&self, errand: &Errand, posting: &DeliveryPosting) -> Result<Posted, Trouble> {
        self.post(errand, posting).await
    }

    async fn attach_proof(&self, errand: &Errand, link: &ProofLink) -> Result<(), Trouble> {
        self.attach(errand, link).await
    }

    async fn hold_invoice(&self, errand: &Errand, number: &str, reason: &str) -> Result<(), Trouble> {
        self.note_on_drafts(errand, number, reason).await
    }

    async fn release_invoice(&self, errand: &Errand, number: &str) -> Result<InvoiceNumber, Trouble> {
        self.post_drafts(errand, number).await
    }

    fn state(&self) -> ConnectorState {
        self.outbound.state()
    }
}
