//! What the policies come to, as a text for review: every operation with everything its policy asks of it, every tier, and
//! every consumer. `policies/effective.txt` is this text; a change of a policy is a change of a line there.

use super::{
    bind::{Governed, Law},
    consumer::Consumer,
    operation::{Idempotency, OperationPolicy},
    product::Product,
    quota::Window,
};
use std::{collections::BTreeSet, sync::Arc};

const HEAD: &str = "\
# What the policies come to. Generated: `haulgate policies write`.
# An operation: scope, quota of its own, deadline, priority, body limit, Idempotency-Key, audit, when a system is away, cache.
";

/// The whole text.
pub fn effective(law: &Law) -> String {
    let mut text = HEAD.to_owned();
    for product in law.products() {
        text.push_str(&format!("\n{}\n", of_product(product)));
        text.push_str(&table(operations(law, product)));
    }
    text.push_str("\nconsumers\n");
    let mut consumers: Vec<_> = law.consumers().collect();
    consumers.sort_by(|one, other| one.id.cmp(&other.id));
    text.push_str(&table(consumers.into_iter().map(|consumer| of_consumer(consumer))));
    text.push_str("\nregions\n");
    let regions = law.regions.0.iter();
    text.push_str(&table(regions.map(|(id, region)| {
        vec![id.clone(), region.country.clone(), region.zone.clone(), region.address.clone(), region.archive.clone()]
    })));
    text
}

fn of_product(product: &Product) -> String {
    let entry = &product.entry;
    let audience: Vec<_> = entry.audience.iter().map(|one| one.name()).collect();
    let end = product.withdrawal.as_ref().map(|end| format!(", sunset {}", end.sunset_at)).unwrap_or_default();
    format!("{}: {}{end}; {}; for {}", product.name, entry.lifecycle.name(), entry.owner, audience.join(", "))
}

fn operations<'l>(law: &'l Law, product: &Product) -> impl Iterator<Item = Vec<String>> + use<'l> {
    let mut own: Vec<&Arc<Governed>> =
        law.governed().filter(|one| *one.operation.key.contract == *product.name).collect();
    own.sort_by_key(|one| (&one.operation.path, &one.operation.method));
    own.into_iter().map(|one| of_operation(one))
}

fn of_operation(governed: &Governed) -> Vec<String> {
    let (operation, policy) = (&governed.operation, &governed.policy);
    let named = [operation.key.id.to_string(), operation.method.clone(), operation.path.clone(), policy.scope.clone()];
    named.into_iter().chain(asked(operation.when_away.is_empty(), &governed.windows, policy)).collect()
}

fn asked(has_no_choice: bool, windows: &[Window], policy: &OperationPolicy) -> [String; 8] {
    let some = |applies: bool, text: String| if applies { text } else { "-".to_owned() };
    let keyed = policy.idempotency != Idempotency::None;
    [
        some(!windows.is_empty(), windows.iter().map(limit).collect::<Vec<_>>().join(", ")),
        format!("{} ms", policy.deadline_ms),
        policy.priority.name().to_owned(),
        some(policy.body_limit > 0, format!("{} bytes", policy.body_limit)),
        some(keyed, format!("key {}, {} h", policy.idempotency.name(), policy.retention_hours)),
        format!("audit {}", policy.audit.name()),
        some(!has_no_choice, policy.on_unavailable.name().to_owned()),
        policy.cache.to_string(),
    ]
}

/// A window as people say it.
pub(super) fn limit(window: &Window) -> String {
    let shadow = if window.limit.is_shadow() { " (shadow)" } else { "" };
    format!("{} in {} s{shadow}", window.limit.requests, window.limit.seconds)
}

fn of_consumer(consumer: &Consumer) -> Vec<String> {
    let (entry, all) = (&consumer.entry, |windows: &[Window]| windows.iter().map(limit).collect::<Vec<_>>().join(", "));
    let regions = if entry.regions.is_empty() { "all regions".to_owned() } else { joined(&entry.regions) };
    let contracts: Vec<_> = entry.contracts.keys().map(String::as_str).collect();
    let each = |who: &str, windows: &[Window]| match windows {
        [] => "-".to_owned(),
        windows => format!("each {who} {}", all(windows)),
    };
    vec![
        consumer.id.clone(),
        entry.audience.name().to_owned(),
        entry.party.clone().unwrap_or_else(|| "-".to_owned()),
        regions,
        format!("{}: {}", entry.tier, all(&consumer.windows)),
        each("operation", &consumer.operation_windows),
        each("person", &consumer.person_windows),
        contracts.join(" "),
    ]
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Rows with their columns beside each other.
fn table(rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<_> = rows.collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
    let widths: Vec<_> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}"));
        format!("  {}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}
