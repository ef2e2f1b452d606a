//! Tryton, over its own REST API.

use super::{DeliveryPosting, Erp, ErpOrder, Finding, InvoiceNumber, Posted, ProofLink};
use crate::{
    clock::Clock,
    domain::order::OrderContent,
    system::{errand::Errand, figures::ConnectorState, http::Outbound, settings::ErpSettings, trouble::Trouble},
};
use async_trait::async_trait;

pub struct Tryton {
    outbound: Outbound,
}

impl Tryton {
    pub fn open(settings: &ErpSettings, clock: Clock) -> Result<Self, String> {
        let outbound = Outbound::open("erp", &settings.url, &settings.limits, clock)?;
        Ok(Self { outbound: outbound.with_bearer(&settings.key)? })
    }
}

#[async_trait]
impl Erp for Tryton {
    async fn get_order(&self, _: &Errand, _: &str) -> Result<ErpOrder, Trouble> {
        todo!()
    }
    async fn check_release(&self, _: &Errand, _: &OrderContent) -> Result<Vec<Finding>, Trouble> {
        todo!()
    }
    async fn confirm_release(&self, _: &Errand, _: &str) -> Result<(), Trouble> {
        todo!()
    }
    async fn cancel_order(&self, _: &Errand, _: &str) -> Result<(), Trouble> {
        todo!()
    }
    async fn post_delivery(&self, _: &Errand, _: &DeliveryPosting) -> Result<Posted, Trouble> {
        todo!()
    }
    async fn attach_proof(&self, _: &Errand, _: &ProofLink) -> Result<(), Trouble> {
        todo!()
    }
    async fn hold_invoice(&self, _: &Errand, _: &str, _: &str) -> Result<(), Trouble> {
        todo!()
    }
    async fn release_invoice(&self, _: &Errand, _: &str) -> Result<InvoiceNumber, Trouble> {
        todo!()
    }
    fn state(&self) -> ConnectorState {
        self.outbound.state()
    }
}
