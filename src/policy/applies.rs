//! Which fields a policy has to have, by what the document declares of its operation. A field that applies and is left
//! out is a mistake, and so is one that does not apply: a policy that says nothing must not look as if it did.

use super::operation::{Cache, Idempotency, OnUnavailable, OperationEntry, OperationPolicy};
use super::quota::QuotaFile;
use crate::contract::Operation;

/// The policy an entry comes to; or everything that is wrong with it.
pub fn apply(operation: &Operation, entry: &OperationEntry, quotas: &QuotaFile) -> Result<OperationPolicy, Vec<Wrong>> {
    let mut wrong = mismatches(operation, entry);
    if !quotas.contains_key(&entry.quota) {
        wrong.push(Wrong::at("quota", format!("policies/quotas.toml has no quota {}", entry.quota)));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(OperationPolicy {
        scope: entry.scope.clone(),
        quota: entry.quota.clone(),
        body_limit: entry.body_limit.unwrap_or(0),
        deadline_ms: entry.deadline_ms,
        idempotency: entry.idempotency.unwrap_or(Idempotency::None),
        retention_hours: entry.retention_hours.unwrap_or(0),
        priority: entry.priority,
        audit: entry.audit,
        on_unavailable: entry.on_unavailable.unwrap_or(OnUnavailable::Refuse),
        cache: entry.cache.unwrap_or(Cache::Never),
    })
}

/// What is wrong with an entry: the field, if it stands there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub field: Option<&'static str>,
    pub what: String,
}

impl Wrong {
    fn at(field: &'static str, what: String) -> Self {
        Self { field: Some(field), what }
    }
}

fn mismatches(operation: &Operation, entry: &OperationEntry) -> Vec<Wrong> {
    let writes = operation.method != "GET";
    let keyed = entry.idempotency.is_some_and(|idempotency| idempotency != Idempotency::None);
    let mut wrong = Vec::new();
    let mut asked = |applies: bool, stands: bool, field: &'static str, of: &str| match (applies, stands) {
        (true, false) => wrong.push(Wrong { field: None, what: format!("{field} is missing: {of}") }),
        (false, true) => wrong.push(Wrong::at(field, format!("does not apply: not {of}"))),
        _ => {}
    };
    asked(operation.takes_body, entry.body_limit.is_some(), "body_limit", "the operation takes a body");
    asked(writes, entry.idempotency.is_some(), "idempotency", "the operation writes");
    asked(keyed, entry.retention_hours.is_some(), "retention_hours", "the operation takes keys");
    asked(!writes, entry.cache.is_some(), "cache", "the operation reads");
    let chooses = !operation.when_away.is_empty();
    asked(chooses, entry.on_unavailable.is_some(), "on_unavailable", "the operation asks systems and has a choice");
    if let Some(choice) = entry.on_unavailable
        && chooses
        && !operation.when_away.iter().any(|known| known == choice.name())
    {
        let known = operation.when_away.join(", ");
        wrong.push(Wrong::at("on_unavailable", format!("the operation can only {known}")));
    }
    wrong
}
