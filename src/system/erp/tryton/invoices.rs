//! Invoices in Tryton: `account.invoice`. A draft is held; posting releases it and gives it its number.

use super::{NAME, Tryton, records::Invoice};
use crate::system::{
    erp::InvoiceNumber,
    errand::Errand,
    trouble::{Trouble, TroubleKind},
};
use serde_json::json;
use std::time::Duration;

const MODEL: &str = "account.invoice";
/// The ERP writes invoices in its own time.
const NOT_WRITTEN_RETRY_AFTER: Duration = Duration::from_secs(10);

impl Tryton {
    /// A draft invoice stays a draft; the note says why.
    pub(super) async fn note_on_drafts(&self, errand: &Errand, number: &str, reason: &str) -> Result<(), Trouble> {
        let sale = self.known_sale(errand, number).await?;
        for draft in sale.invoices.iter().filter(|invoice| invoice.is_draft()) {
            self.write(errand, MODEL, draft.id, json!({"comment": format!("On hold: {reason}")})).await?;
        }
        Ok(())
    }

    /// An order delivered in parts has several invoices: all drafts are posted, all numbers are named.
    pub(super) async fn post_drafts(&self, errand: &Errand, number: &str) -> Result<InvoiceNumber, Trouble> {
        let sale = self.known_sale(errand, number).await?;
        let mut numbers = Vec::new();
        for invoice in sale.invoices.iter().filter(|invoice| invoice.state != "cancelled") {
            numbers.push(self.post_invoice(errand, invoice).await?);
        }
        if numbers.is_empty() {
            return Err(Trouble::away(NAME, NOT_WRITTEN_RETRY_AFTER, "the ERP has not written the invoice yet"));
        }
        numbers.sort();
        Ok(InvoiceNumber(numbers.join(", ")))
    }

    async fn post_invoice(&self, errand: &Errand, invoice: &Invoice) -> Result<String, Trouble> {
        if invoice.is_posted() {
            return numbered(invoice);
        }
        let acted = self.act(errand, MODEL, invoice.id, "post").await;
        if let Err(trouble) = &acted
            && !matches!(trouble.kind, TroubleKind::Refused { .. })
        {
            return Err(trouble.clone());
        }
        // Refused because somebody else posted it: then it has its number all the same.
        let after: Invoice = self.read(errand, MODEL, invoice.id, Invoice::FIELDS).await?;
        match acted {
            _ if after.is_posted() => numbered(&after),
            Err(trouble) => Err(trouble),
            Ok(()) => {
                Err(Trouble::refused(NAME, "erp_state_forbids", "The ERP did not post the invoice.", &after.state))
            }
        }
    }
}

fn numbered(invoice: &Invoice) -> Result<String, Trouble> {
    let missing = || Trouble::wrong_shape(NAME, "a posted invoice without a number");
    invoice.number.clone().filter(|number| !number.is_empty()).ok_or_else(missing)
}
