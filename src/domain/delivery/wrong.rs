//! What is wrong at a stop, as far as its reports go: the exceptions that follow, and those that are overtaken.

use super::SKIPPED;
use crate::domain::{
    decision::{Follows, Rules, Visit},
    eta::LATE,
    exception::{BlocksInvoice, Raise, raise, tell_raised},
    proof::{self, ProofRef},
    refused::Refused,
    report::{Difference, Report, Reported},
    stop::Account,
};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong, as far as the account goes: code, the report that says so, a note and its proofs.
struct Wrong<'a> {
    code: String,
    report: &'a Report,
    note: Option<String>,
    proofs: Vec<ProofRef>,
}

fn wrongs<'a>(visit: &'a Visit, account: &Account<'a>) -> BTreeMap<String, Wrong<'a>> {
    let noticed = visit.stop.reports.iter().filter(|report| matches!(report.what, Reported::Noticed { .. }));
    let mut all: Vec<Wrong<'a>> = noticed.chain(account.deciding).flat_map(said).collect();
    if let (Some(handover), Some(report)) = (account.handover(), account.deciding) {
        let nothing = BTreeSet::new();
        let how = proof::circumstances(&visit.shipment, &visit.stop, report, &nothing);
        let lacks = proof::beyond_hope(&visit.shipment.proof_demand, handover, &how);
        if !lacks.is_empty() {
            let note = Some(format!("the proof misses {}", lacks.join(", ")));
            all.push(Wrong { code: "proof_incomplete".to_owned(), report, note, proofs: Vec::new() });
        }
    }
    all.into_iter().map(|wrong| (wrong.code.clone(), wrong)).collect()
}

fn said(report: &Report) -> Vec<Wrong<'_>> {
    let wrong = |code: &str, note: &Option<String>, proofs: &[ProofRef]| Wrong {
        code: code.to_owned(),
        report,
        note: note.clone(),
        proofs: proofs.to_vec(),
    };
    match &report.what {
        Reported::Failed { code, note, proofs } | Reported::Noticed { code, note, proofs } => {
            vec![wrong(code, note, proofs)]
        }
        Reported::Skipped { note } => vec![wrong(SKIPPED, note, &[])],
        Reported::HandedOver(handover) => {
            let any = |count: fn(&Difference) -> u32| handover.differences.iter().any(|line| count(line) > 0);
            let codes = [
                ("short_or_missing", any(|line| line.short)),
                ("damaged", any(|line| line.damaged)),
                ("refused_by_receiver", any(|line| line.refused)),
            ];
            let named = codes.into_iter().filter(|(_, is)| *is);
            named.map(|(code, _)| wrong(code, &handover.note, &handover.proofs)).collect()
        }
        _ => Vec::new(),
    }
}

/// The codes of what is wrong.
pub(super) fn wrong_codes(visit: &Visit, account: &Account<'_>) -> BTreeSet<String> {
    wrongs(visit, account).into_keys().collect()
}

/// Settles what has been overtaken: what is no longer wrong, and a predicted delay once somebody has arrived.
pub(super) fn settle_exceptions(
    visit: &Visit,
    account: &Account<'_>,
    before: BTreeSet<String>,
    arrived: bool,
    follows: &mut Follows,
) {
    let now = wrong_codes(visit, account);
    let late = (arrived && visit.stop.raised.contains(LATE)).then(|| LATE.to_owned());
    let overtaken = before.into_iter().filter(|code| !now.contains(code)).chain(late);
    follows.settles.extend(overtaken.map(|code| visit.stop.id.exception(&code)));
}

/// Raises what is newly wrong, and notes what keeps the invoice back.
pub(super) fn raise_exceptions(
    visit: &mut Visit,
    account: &Account<'_>,
    by: &str,
    rules: Rules<'_>,
    follows: &mut Follows,
) -> Result<(), Refused> {
    let wrongs = wrongs(visit, account);
    let mut blocking = BTreeMap::new();
    let mut raised = visit.stop.raised.clone();
    for (code, wrong) in &wrongs {
        let id = visit.stop.id.exception(code);
        if rules.taxonomy.rule(code)?.blocks_invoice == BlocksInvoice::Yes {
            blocking.insert(id.clone(), code.clone());
        }
        if raised.insert(code.clone()) {
            raise_from(visit, wrong, by, rules, follows)?;
        }
    }
    let ours: BTreeSet<_> = raised.iter().map(|code| visit.stop.id.exception(code)).collect();
    visit.shipment.blocked_by.retain(|id, _| !ours.contains(id));
    visit.shipment.blocked_by.extend(blocking);
    visit.stop.raised = raised;
    Ok(())
}

fn raise_from(
    visit: &Visit,
    wrong: &Wrong<'_>,
    by: &str,
    rules: Rules<'_>,
    follows: &mut Follows,
) -> Result<(), Refused> {
    let Visit { order, shipment, stop } = visit;
    let about = Raise {
        party: Some(shipment.party.clone()),
        order: Some(order.id.clone()),
        shipment: Some(shipment.id.clone()),
        stop: Some(stop.id.clone()),
        route: Some(stop.route.clone()),
        note: wrong.note.clone(),
        proofs: wrong.proofs.clone(),
        position: wrong.report.position,
        ..Raise::new(stop.id.exception(&wrong.code), &wrong.code, stop.region.clone(), by.to_owned(), wrong.report.at)
    };
    let exception = raise(rules.taxonomy, about)?;
    tell_raised(&exception, shipment, follows);
    follows.raises.push(exception);
    Ok(())
}
