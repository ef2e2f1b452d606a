//! Looking into an order: what ERP, warehouse and customers say about it, asked side by side. Decides nothing.

use super::{Connectors, Errand, Trouble, TroubleKind, warehouse::PickState};
use crate::domain::{
    customer::Preferences,
    order::{Findings, Hold, HoldReason, OrderContent},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// What the systems said, and which of them did not answer.
#[derive(Clone, Debug)]
pub struct Inquiry {
    pub findings: Findings,
    pub away: Vec<Trouble>,
}

/// Asks all systems about an order that is to be released or amended. Leaves a part of the time for writing down what
/// came of it, so that a system that hangs makes a held order and not a request without an answer.
pub async fn look_into(connectors: &Connectors, errand: &Errand, order: &OrderContent, now: Timestamp) -> Inquiry {
    let errand = &Errand { deadline: errand.deadline - errand.remaining() / 4, ..errand.clone() };
    let (erp, picked, preferences) = tokio::join!(
        connectors.erp.check_release(errand, order),
        picked(connectors, errand, order),
        connectors.customers.get_preferences(errand, &order.party),
    );
    let mut inquiry = Inquiry { findings: Findings::default(), away: Vec::new() };
    for finding in inquiry.heard(erp, now) {
        inquiry.hold(finding.reason, finding.detail, now);
    }
    inquiry.findings.picked = inquiry.heard::<BTreeMap<u32, u32>>(picked, now);
    inquiry.findings.preferences = inquiry.heard::<Option<Preferences>>(preferences, now);
    inquiry
}

impl Inquiry {
    /// Holds the order until those that were away have answered.
    pub fn held_until_all_answer(mut self, now: Timestamp) -> Findings {
        if !self.away.is_empty() {
            let names: Vec<&str> = self.away.iter().map(|trouble| trouble.connector).collect();
            self.hold(HoldReason::SystemUnavailable, format!("No answer from: {}.", names.join(", ")), now);
        }
        self.findings
    }

    /// What was answered. A refusal is an answer, too, and one that a person has to look at; silence is not.
    fn heard<T: Default>(&mut self, answer: Result<T, Trouble>, now: Timestamp) -> T {
        match answer {
            Ok(answer) => return answer,
            Err(Trouble { kind: TroubleKind::Refused { detail, .. }, .. }) => {
                self.hold(HoldReason::Compliance, detail, now);
            }
            Err(trouble) => {
                tracing::warn!(%trouble, "a system did not answer about an order");
                self.away.push(trouble);
            }
        }
        T::default()
    }

    fn hold(&mut self, reason: HoldReason, detail: String, now: Timestamp) {
        self.findings.holds.push(Hold { reason, detail, since: now });
    }
}

/// What was picked, by line; before picking is over nothing is known.
async fn picked(connectors: &Connectors, errand: &Errand, order: &OrderContent) -> Result<BTreeMap<u32, u32>, Trouble> {
    let status = connectors.warehouse.get_pick_status(errand, &order.number).await?;
    let over = status.state == PickState::Picked;
    Ok(status.lines.into_iter().filter(|_| over).map(|line| (line.line, line.picked)).collect())
}
