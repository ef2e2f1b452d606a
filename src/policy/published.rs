//! What the policies say of a contract, as its published document says it: consumers read the truth there.

use super::{
    lifecycle::Lifecycle,
    operation::{Idempotency, OperationPolicy},
    operations::Policies,
    product::Product,
};
use crate::contract::ContractFacts;
use serde_json::{Map, Value, json};

/// What is written into the document of this product's contract.
pub fn facts(product: &Product, policies: &Policies) -> ContractFacts {
    let own = policies.of.iter().filter(|(key, _)| *key.contract == *product.name);
    ContractFacts {
        info: of_product(product),
        deprecated: product.entry.lifecycle >= Lifecycle::Deprecated,
        operations: own.map(|(key, policy)| (key.id.clone(), of_operation(policy, policies))).collect(),
    }
}

/// Members of `info`: whose it is, whom it is for, and where it stands in its life.
fn of_product(product: &Product) -> Map<String, Value> {
    let entry = &product.entry;
    let mut info = Map::new();
    let mut say = |member: &str, value: Value| drop(info.insert(member.to_owned(), value));
    say("contact", json!({"name": entry.owner, "email": entry.contact}));
    say("x-owner", json!(entry.owner));
    say("x-audience", json!(entry.audience));
    say("x-lifecycle", json!(entry.lifecycle));
    if let Some(end) = &product.withdrawal {
        say("x-deprecated", json!(end.deprecated_at));
        say("x-sunset", json!(end.sunset_at));
        say("x-successor", json!(end.successor));
    }
    say("x-sla", json!(entry.sla));
    say("x-data-class", json!(entry.data_class));
    info
}

/// Members of an operation: what it asks for and what it promises. The scope stands where OpenAPI has it.
fn of_operation(policy: &OperationPolicy, policies: &Policies) -> Map<String, Value> {
    let mut operation = Map::new();
    let mut say = |member: &str, value: Value| drop(operation.insert(member.to_owned(), value));
    say("security", json!([{"bearer": [policy.scope]}]));
    say("x-deadline-ms", json!(policy.deadline_ms));
    if policy.body_limit > 0 {
        say("x-body-limit", json!(policy.body_limit));
    }
    let quota = &policies.quotas[&policy.quota];
    if !quota.is_empty() {
        say("x-quota", json!(quota));
    }
    if policy.idempotency != Idempotency::None {
        let key = json!({"key": policy.idempotency.name(), "retention_hours": policy.retention_hours});
        say("x-idempotency", key);
    }
    operation
}
