//! `policies/access.txt`: what the rules come to at the gate, for people to review. Each consumer against each
//! operation, with a token that has every scope it may have.

use super::{
    cases::{at_the_gate, viewer},
    principal::Principal,
    resource::Attribute,
};
use crate::policy::{
    bind::{Governed, Law},
    consumer::{Audience, Consumer},
};
use std::{collections::BTreeMap, sync::Arc};

const OPENING: &str = "\
Who may call what, as consumers.toml and access.cedar come to. Generated: `haulgate policies write`.
✔ lets the call in; what it may touch is bound as said here.

";

/// The whole text.
pub fn table(law: &Law) -> String {
    let mut consumers: Vec<_> = law.consumers().cloned().collect();
    consumers.sort_by(|one, other| one.id.cmp(&other.id));
    let mut contracts: BTreeMap<String, Vec<Arc<Governed>>> = BTreeMap::new();
    for governed in law.governed() {
        contracts.entry(governed.operation.key.contract.to_string()).or_default().push(governed.clone());
    }
    let mut text = OPENING.to_owned();
    for (number, consumer) in consumers.iter().enumerate() {
        text.push_str(&format!("{:>3}  {:<16} {}\n", letter(number), consumer.id, bounds(consumer)));
    }
    for (contract, mut operations) in contracts {
        operations.sort_by(|one, other| one.operation.key.cmp(&other.operation.key));
        let heads: String = (0..consumers.len()).map(|number| format!("{:>3}", letter(number))).collect();
        text.push_str(&format!("\n{contract:<40}{heads}\n"));
        for governed in operations {
            let marks: String =
                consumers.iter().map(|consumer| format!("{:>3}", mark(law, &governed, consumer))).collect();
            text.push_str(&format!("  {:<38}{marks}\n", governed.operation.key.id));
        }
    }
    text
}

fn letter(number: usize) -> char {
    u8::try_from(number).ok().and_then(|number| b'A'.checked_add(number)).map_or('?', char::from)
}

fn mark(law: &Law, governed: &Governed, consumer: &Consumer) -> char {
    let principal = persona(consumer);
    let allowed =
        viewer(law, governed, principal).is_ok_and(|viewer| at_the_gate(&viewer, governed, consumer, None).allowed);
    if allowed { '✔' } else { '✘' }
}

/// The consumer as it usually calls: a driver's app names a driver.
pub(super) fn persona(consumer: &Consumer) -> Principal {
    let driver = (consumer.entry.audience == Audience::Driver).then(|| "drv".to_owned());
    Principal { driver, ..Principal::registered(consumer) }
}

fn bounds(consumer: &Consumer) -> String {
    let principal = Principal::registered(consumer);
    let bound = |attribute: Attribute| principal.bound_to(attribute).unwrap_or("nobody").to_owned();
    let own = match principal.audience {
        Audience::Internal | Audience::Operator => "whatever there is".to_owned(),
        Audience::Driver => "the routes and stops of the token's driver".to_owned(),
        Audience::Partner => format!("what is {}'s", bound(Attribute::Party)),
        Audience::Carrier => format!("the routes and fleet of {}", bound(Attribute::Carrier)),
    };
    let regions = principal.regions.map(|regions| regions.into_iter().collect::<Vec<_>>().join(", "));
    format!("{}: {own}, in {}", principal.audience.name(), regions.as_deref().unwrap_or("all regions"))
}
