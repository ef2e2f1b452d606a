//! Raising exceptions by the taxonomy, taking them up, and letting them be overtaken by events.

use super::{
    BlocksInvoice, Exception, ExceptionCommand, ExceptionRule, ExceptionState, Resolution, ResolutionAction, Taxonomy,
    next,
};
use crate::domain::{
    decision::{Follows, Outcome},
    effect::Effect,
    id::{ExceptionId, OrderId, PartyId, RegionId, RouteId, ShipmentId, StopId},
    milestone::MilestoneKind,
    place::Position,
    proof::{ProofKind, ProofRef},
    refused::Refused,
    shipment::{self, Shipment},
    time::Moment,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What is to be raised.
#[derive(Clone, Debug, PartialEq)]
pub struct Raise {
    pub id: ExceptionId,
    pub code: String,
    pub region: RegionId,
    pub party: Option<PartyId>,
    pub order: Option<OrderId>,
    pub shipment: Option<ShipmentId>,
    pub stop: Option<StopId>,
    pub route: Option<RouteId>,
    pub note: Option<String>,
    pub proofs: Vec<ProofRef>,
    /// Where the reporter was.
    pub position: Option<Position>,
    pub quarantined: Option<Value>,
    pub by: String,
    pub at: Moment,
}

/// An exception with the shipment it concerns.
#[derive(Clone, Debug, PartialEq)]
pub struct Raised {
    pub exception: Exception,
    pub shipment: Option<Shipment>,
}

impl Raise {
    /// What every exception has; the rest is said with `..`.
    pub fn new(id: ExceptionId, code: &str, region: RegionId, by: String, at: Moment) -> Self {
        Self {
            id,
            code: code.to_owned(),
            region,
            party: None,
            order: None,
            shipment: None,
            stop: None,
            route: None,
            note: None,
            proofs: Vec::new(),
            position: None,
            quarantined: None,
            by,
            at,
        }
    }
}

impl Taxonomy {
    /// The rule of a code.
    pub fn rule(&self, code: &str) -> Result<&ExceptionRule, Refused> {
        let unknown = || Refused::new("unknown_code", format!("there is no exception code {code}")).at("/code");
        self.0.get(code).ok_or_else(unknown)
    }

    /// The rule of a code that a caller may report.
    pub fn reportable(&self, code: &str) -> Result<&ExceptionRule, Refused> {
        let rule = self.rule(code)?;
        if rule.internal {
            let detail = format!("{code} is raised by Haulgate itself and cannot be reported");
            return Err(Refused::new("internal_code", detail).at("/code"));
        }
        Ok(rule)
    }
}

/// Makes an exception by its rule. Says nothing to anyone.
pub fn raise(taxonomy: &Taxonomy, raise: Raise) -> Result<Exception, Refused> {
    let rule = taxonomy.rule(&raise.code)?;
    let evidence_missing = evidence_missing(rule, &raise);
    Ok(Exception {
        evidence_missing,
        id: raise.id,
        code: raise.code,
        severity: rule.severity,
        state: ExceptionState::Open,
        region: raise.region,
        party: raise.party,
        order: raise.order,
        shipment: raise.shipment,
        stop: raise.stop,
        route: raise.route,
        blocks_invoice: rule.blocks_invoice == BlocksInvoice::Yes,
        disposition: rule.disposition,
        note: raise.note,
        proofs: raise.proofs,
        quarantined: raise.quarantined,
        raised_by: raise.by,
        raised: raise.at,
        acknowledged_by: None,
        acknowledged: None,
        resolution: None,
    })
}

/// What the rule asks to be shown and was not, as far as that can be told from the report.
fn evidence_missing(rule: &ExceptionRule, raise: &Raise) -> Vec<String> {
    let shown = |kinds: &[ProofKind]| raise.proofs.iter().filter(|proof| kinds.contains(&proof.kind)).count();
    let photos = rule.evidence.iter().filter(|word| *word == "photo").count();
    let noted = raise.note.as_deref().is_some_and(|note| !note.trim().is_empty());
    let lacks = |word: &&String| match word.as_str() {
        "photo" => shown(&[ProofKind::Photo, ProofKind::PhotoOfPlace]) < photos,
        "document" => shown(&[ProofKind::Document]) == 0,
        "geofence" | "position" => raise.position.is_none(),
        "note" | "name" | "request_id" | "record" => !noted,
        _ => false,
    };
    rule.evidence.iter().filter(lacks).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Raises an exception about a shipment, or about none: the shipment is kept from being invoiced if the rule says so,
/// and those who follow it are told.
pub fn raise_on(taxonomy: &Taxonomy, about: Raise, shipment: Option<Shipment>) -> Result<Outcome<Raised>, Refused> {
    let mut shipment = shipment;
    let mut exception = raise(taxonomy, about)?;
    let mut follows = Follows::default();
    if let Some(shipment) = &mut shipment {
        exception.shipment = Some(shipment.id.clone());
        exception.order = Some(shipment.order.clone());
        exception.party = Some(shipment.party.clone());
        if exception.blocks_invoice {
            shipment.blocked_by.insert(exception.id.clone(), exception.code.clone());
        }
        tell_raised(&exception, shipment, &mut follows);
    }
    Ok(Outcome { state: Raised { exception, shipment }, follows })
}

/// Tells those who follow the shipment, and has the ERP keep the invoice back if the exception does.
pub(in crate::domain) fn tell_raised(exception: &Exception, shipment: &Shipment, follows: &mut Follows) {
    let kind = MilestoneKind::DeliveryExceptionRaised;
    follows.announce(kind, shipment.id.as_str(), exception.raised.occurred_at, facts(exception, shipment));
    follows.notify(shipment, kind);
    if exception.blocks_invoice {
        follows.cause(Effect::HoldInvoice { order: shipment.order.clone(), reason: exception.code.clone() });
    }
}

/// Somebody has taken it up.
pub fn acknowledge(mut exception: Exception, by: &str, now: Timestamp) -> Result<Outcome<Exception>, Refused> {
    step(&mut exception, ExceptionCommand::Acknowledge)?;
    if exception.acknowledged.is_none() {
        exception.acknowledged_by = Some(by.to_owned());
        exception.acknowledged = Some(Moment { occurred_at: now, recorded_at: now, inferred: false });
    }
    Ok(Outcome::quiet(exception))
}

/// Events have overtaken it: the driver went back and delivered. One that a person has resolved stays as it is.
pub fn supersede(mut exception: Exception, shipment: Option<&Shipment>, now: Timestamp) -> Outcome<Exception> {
    let mut follows = Follows::default();
    if step(&mut exception, ExceptionCommand::Resolve).is_err() {
        return Outcome::quiet(exception);
    }
    let (action, note) = (ResolutionAction::Accept, "overtaken by a later report".to_owned());
    let at = Moment { occurred_at: now, recorded_at: now, inferred: true };
    exception.resolution = Some(Resolution { action, note, by: exception.raised_by.clone(), at });
    if let Some(shipment) = shipment {
        tell_resolved(&exception, shipment, now, &mut follows);
    }
    Outcome { state: exception, follows }
}

pub(super) fn tell_resolved(exception: &Exception, shipment: &Shipment, now: Timestamp, follows: &mut Follows) {
    let kind = MilestoneKind::DeliveryExceptionResolved;
    follows.announce(kind, shipment.id.as_str(), now, facts(exception, shipment));
    follows.notify(shipment, kind);
}

pub(super) fn step(exception: &mut Exception, command: ExceptionCommand) -> Result<(), Refused> {
    let from = exception.state;
    exception.state = next(from, command).ok_or_else(|| {
        let detail = format!("exception {} is {from:?}; it does not allow {command:?}", exception.id);
        Refused::new("exception_state", detail)
    })?;
    Ok(())
}

/// What a milestone tells: no notes, because people write names into them.
fn facts(exception: &Exception, shipment: &Shipment) -> Value {
    let mut data = shipment::facts(shipment);
    data["exception"] = json!(exception.id);
    data["code"] = json!(exception.code);
    data["severity"] = json!(exception.severity);
    data["blocks_invoice"] = json!(exception.blocks_invoice);
    data["action"] = json!(exception.resolution.as_ref().map(|resolution| resolution.action));
    data
}
