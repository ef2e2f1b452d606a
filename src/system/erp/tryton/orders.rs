//! Orders in Tryton: `sale.sale`, the customer's credit, and the stock of what was ordered.

use super::{
    NAME, Tryton,
    records::{Credit, Sale, Shipment, Stock},
    values::{date, decimal_places},
};
use crate::{
    domain::{
        id::ItemId,
        order::{HoldReason, OrderContent},
    },
    system::{
        erp::{ErpLine, ErpOrder, ErpOrderState, Finding},
        errand::Errand,
        trouble::{Trouble, TroubleKind},
    },
};
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;

/// quote, confirm and process, and one for an ERP that is changing by itself.
const MOST_STEPS: usize = 4;

impl Tryton {
    pub(super) async fn sale(&self, errand: &Errand, number: &str) -> Result<Option<Sale>, Trouble> {
        let found = self.search(errand, "sale.sale", json!([["number", "=", number]]), Sale::FIELDS).await?;
        Ok(found.into_iter().find(|sale: &Sale| sale.number == number))
    }

    pub(super) async fn known_sale(&self, errand: &Errand, number: &str) -> Result<Sale, Trouble> {
        let unknown = || Trouble::refused(NAME, "order_unknown_in_erp", "The ERP has no order of this number.", number);
        self.sale(errand, number).await?.ok_or_else(unknown)
    }

    pub(super) async fn read_order(&self, errand: &Errand, number: &str) -> Result<ErpOrder, Trouble> {
        self.known_sale(errand, number).await.map(order)
    }

    pub(super) async fn findings(&self, errand: &Errand, order: &OrderContent) -> Result<Vec<Finding>, Trouble> {
        let Some(sale) = self.sale(errand, &order.number).await? else {
            let detail = "The ERP has no order of this number.".to_owned();
            return Ok(vec![Finding { reason: HoldReason::Compliance, detail }]);
        };
        if sale.state == "cancelled" {
            let detail = "The order is cancelled in the ERP.".to_owned();
            return Ok(vec![Finding { reason: HoldReason::Compliance, detail }]);
        }
        let (credit, stock) =
            tokio::join!(self.credit_finding(errand, order, &sale), self.stock_findings(errand, order, sale.is_firm()));
        Ok(credit?.into_iter().chain(stock?).collect())
    }

    /// draft → quotation → confirmed → processing, from wherever it is.
    pub(super) async fn make_firm(&self, errand: &Errand, number: &str) -> Result<(), Trouble> {
        for _ in 0..MOST_STEPS {
            let sale = self.known_sale(errand, number).await?;
            let action = match sale.state.as_str() {
                "draft" => "quote",
                "quotation" => "confirm",
                "confirmed" => "process",
                "processing" | "done" => return Ok(()),
                state => return Err(not_possible("The order is cancelled in the ERP.", state)),
            };
            self.act_unless_done(errand, number, &sale, action).await?;
        }
        match self.known_sale(errand, number).await?.is_firm() {
            true => Ok(()),
            false => Err(not_possible("The ERP does not make the order firm.", number)),
        }
    }

    pub(super) async fn cancel(&self, errand: &Errand, number: &str) -> Result<(), Trouble> {
        let sale = self.known_sale(errand, number).await?;
        match sale.state.as_str() {
            "cancelled" => Ok(()),
            "draft" | "quotation" | "confirmed" => self.act_unless_done(errand, number, &sale, "cancel").await,
            _ if sale.shipments.iter().any(|shipment| shipment.state == "done") => {
                Err(not_possible("The order is delivered already.", number))
            }
            _ => self.cancel_shipments(errand, &sale.shipments).await,
        }
    }

    /// Of a firm order only the shipments can be cancelled; the order then shows a shipment exception.
    async fn cancel_shipments(&self, errand: &Errand, shipments: &[Shipment]) -> Result<(), Trouble> {
        for shipment in shipments.iter().filter(|shipment| !shipment.is_over()) {
            self.act(errand, "stock.shipment.out", shipment.id, "cancel").await?;
        }
        Ok(())
    }

    /// Somebody may have taken the same step since we looked; then the ERP's refusal does not matter.
    async fn act_unless_done(&self, errand: &Errand, number: &str, sale: &Sale, action: &str) -> Result<(), Trouble> {
        let refused = match self.act(errand, "sale.sale", sale.id, action).await {
            Err(trouble) if matches!(trouble.kind, TroubleKind::Refused { .. }) => trouble,
            outcome => return outcome,
        };
        let moved = self.known_sale(errand, number).await?.state != sale.state;
        if moved { Ok(()) } else { Err(refused) }
    }

    async fn credit_finding(
        &self,
        errand: &Errand,
        order: &OrderContent,
        sale: &Sale,
    ) -> Result<Option<Finding>, Trouble> {
        let credit: Credit = self.read(errand, "party.party", sale.party.id, Credit::FIELDS).await?;
        let places = decimal_places(&order.value.currency);
        let amount = |decimal: &super::values::Decimal| {
            decimal.scaled(places).ok_or_else(|| Trouble::wrong_shape(NAME, "an amount that is no number"))
        };
        let Some(limit) = credit.credit_limit_amount.as_ref().map(amount).transpose()? else { return Ok(None) };
        let used = credit.credit_amount.as_ref().map(amount).transpose()?.unwrap_or(0);
        // A firm order is in the used credit already.
        let added = if sale.is_firm() { 0 } else { i128::from(order.value.minor) };
        let over = used + added - limit;
        let scale = 10_i128.pow(u32::try_from(places).expect("three places at most"));
        let currency = &order.value.currency;
        Ok((over > 0).then(|| Finding {
            reason: HoldReason::Credit,
            detail: match places {
                0 => format!("{over} {currency} over the credit limit"),
                _ => format!("{}.{:0places$} {currency} over the credit limit", over / scale, over % scale),
            },
        }))
    }

    async fn stock_findings(
        &self,
        errand: &Errand,
        order: &OrderContent,
        is_firm: bool,
    ) -> Result<Vec<Finding>, Trouble> {
        let mut wanted: BTreeMap<&str, f64> = BTreeMap::new();
        for line in &order.lines {
            *wanted.entry(line.item.as_str()).or_default() += f64::from(line.quantity);
        }
        let codes: Vec<&str> = wanted.keys().copied().collect();
        let day = date(order.window.from.to_zoned(TimeZone::UTC).date());
        let context = json!({"locations": [self.warehouse], "stock_date_end": day});
        let domain = json!([["code", "in", codes]]);
        let found: Vec<Stock> = self.search_in(errand, "product.product", domain, Stock::FIELDS, context).await?;
        let forecast = |code: &str| {
            found.iter().find(|stock| stock.code.as_deref() == Some(code)).map(|stock| stock.forecast_quantity)
        };
        Ok(wanted.into_iter().filter_map(|(code, quantity)| short(code, quantity, forecast(code), is_firm)).collect())
    }
}

/// A firm order is in the forecast already.
fn short(code: &str, wanted: f64, forecast: Option<f64>, is_firm: bool) -> Option<Finding> {
    let detail = match forecast {
        None => format!("the ERP does not know the item {code}"),
        Some(forecast) => {
            let missing = if is_firm { -forecast } else { wanted - forecast };
            (missing > 0.0).then(|| format!("{} of {wanted} short of {code}", missing.min(wanted)))?
        }
    };
    Some(Finding { reason: HoldReason::Stock, detail })
}

fn order(sale: Sale) -> ErpOrder {
    let line = |line: super::records::SaleLine| {
        let item = ItemId::from(line.product?.code?);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a quantity; `as` keeps it in bounds"
        )]
        let quantity = line.quantity?.max(0.0) as u32;
        Some(ErpLine { item, quantity })
    };
    ErpOrder {
        state: match sale.state.as_str() {
            "processing" => ErpOrderState::Released,
            "done" => ErpOrderState::Done,
            "cancelled" => ErpOrderState::Cancelled,
            _ => ErpOrderState::Open,
        },
        customer: sale.party.name.unwrap_or_default(),
        lines: sale.lines.into_iter().filter_map(line).collect(),
        delivered: sale.shipment_state == "sent",
        invoiced: sale.invoices.iter().any(super::records::Invoice::is_posted),
        number: sale.number,
    }
}

fn not_possible(detail: &str, note: &str) -> Trouble {
    Trouble::refused(NAME, "erp_state_forbids", detail, note)
}
