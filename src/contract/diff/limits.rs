//! What an operation allows and keeps, as the policies wrote it into the document: `x-body-limit` in bytes, `x-quota`,
//! `x-idempotency`; and what a contract promises as a whole: `info.x-sla`, `info.x-audience`.

use super::{
    Two,
    finding::{Findings, Scope},
    operations::Call,
    promise::Promise,
    spot::Spot,
};
use serde_json::{Value, json};

pub fn of_operation(before: &Call, after: &Call, found: &mut Findings) {
    let scope = Scope::request(&after.label());
    let limits = |member: &str| Two { old: before.at.at(member), new: after.at.at(member) };
    body(&limits("x-body-limit"), &scope, found);
    quota(&limits("x-quota"), &scope, found);
    idempotency(&limits("x-idempotency"), &scope, found);
}

impl Two<'_> {
    fn note(&self, promise: Promise, scope: &Scope, found: &mut Findings) {
        found.note(promise, scope, &self.new.pointer, self.old.value.clone(), self.new.value.clone());
    }

    fn numbers(&self, member: &str) -> (Option<f64>, Option<f64>) {
        let number = |spot: &Spot| spot.at(member).value.as_f64();
        (number(&self.old), number(&self.new))
    }
}

/// A limit that comes tells what held.
fn body(limit: &Two, scope: &Scope, found: &mut Findings) {
    match (limit.old.value.as_f64(), limit.new.value.as_f64()) {
        (Some(old), Some(new)) if new < old => limit.note(Promise::BodyLimitLowered, scope, found),
        (Some(old), Some(new)) if new > old => limit.note(Promise::BodyLimitRaised, scope, found),
        _ => {}
    }
}

/// Every window of a quota is so many `requests` in so many `seconds`.
fn quota(quota: &Two, scope: &Scope, found: &mut Findings) {
    if quota.old.value == quota.new.value {
        return;
    }
    let is_tighter = quota.new.members().into_iter().any(|(name, new)| {
        let window = Two { old: quota.old.at(name), new };
        let (requests, seconds) = (window.numbers("requests"), window.numbers("seconds"));
        requests.1 < requests.0 || seconds.1 > seconds.0 || !window.old.is_there()
    });
    quota.note(if is_tighter { Promise::QuotaTightened } else { Promise::QuotaLoosened }, scope, found);
}

fn idempotency(key: &Two, scope: &Scope, found: &mut Findings) {
    match (key.old.text("key"), key.new.text("key")) {
        (Some("optional"), Some("required")) => key.note(Promise::KeyRequired, scope, found),
        (Some("required"), Some("optional")) => key.note(Promise::KeyOptional, scope, found),
        (Some(_), None) => key.note(Promise::KeyIgnored, scope, found),
        (None, Some(_)) => key.note(Promise::KeyHeeded, scope, found),
        _ => {}
    }
    let (old, new) = key.numbers("retention_hours");
    if key.new.is_there() && new < old {
        key.note(Promise::KeyForgottenEarlier, scope, found);
    }
}

pub fn of_contract(info: &Two, scope: &Scope, found: &mut Findings) {
    let sla = Two { old: info.old.at("x-sla"), new: info.new.at("x-sla") };
    let (availability, p99) = (sla.numbers("availability_percent"), sla.numbers("p99_ms"));
    if sla.old.is_there() && (availability.1 < availability.0 || p99.1 > p99.0) {
        sla.note(Promise::ServiceLowered, scope, found);
    }
    let (old, new) = (info.old.at("x-audience"), info.new.at("x-audience"));
    let (before, after): (Vec<_>, Vec<_>) = (old.texts().collect(), new.texts().collect());
    for gone in before.iter().filter(|audience| !after.contains(audience)) {
        found.note(Promise::AudienceRemoved, scope, &new.pointer, json!(gone), Value::Null);
    }
    for added in after.iter().filter(|audience| !before.is_empty() && !before.contains(audience)) {
        found.note(Promise::AudienceAdded, scope, &new.pointer, Value::Null, json!(added));
    }
}
