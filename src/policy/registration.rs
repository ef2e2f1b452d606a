//! Registration: the file of consumers joined with tiers, products and regions. Every mistake is listed.

use super::{
    bind::Products,
    consumer::{Audience, Consumer, ConsumerEntry, ConsumerFile, Tier},
    quota::windows,
    reader::Findings,
    written::escape,
};
use crate::domain::region::Regions;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

/// Every consumer by its id, and what is wrong with them.
pub fn registered(
    file: ConsumerFile,
    products: &Products,
    regions: Option<&Regions>,
) -> (HashMap<String, Arc<Consumer>>, Findings) {
    let mut mistakes = incomplete(&file.tiers);
    let mut consumers = HashMap::new();
    for (id, entry) in file.consumers {
        let wrong =
            [person(&entry), place(&entry, regions), subscriptions(&entry, products), tier(&entry, &file.tiers)];
        mistakes.extend(wrong.into_iter().flatten().map(|why| (format!("/consumers/{}", escape(&id)), why)));
        if let Some(tier) = file.tiers.get(&entry.tier) {
            consumers.insert(id.clone(), Arc::new(consumer(id, entry, tier)));
        }
    }
    (consumers, mistakes)
}

fn consumer(id: String, entry: ConsumerEntry, tier: &Tier) -> Consumer {
    let windows_of_all = windows(&tier.consumer, str::to_owned);
    let operation_windows = windows(&tier.operation, |name| format!("operation-{name}"));
    let person_windows = windows(&tier.person, |name| format!("person-{name}"));
    Consumer { id, entry, windows: windows_of_all, operation_windows, person_windows }
}

/// Somebody can be told, and whoever sees only a party's things says whose.
fn person(entry: &ConsumerEntry) -> Vec<String> {
    let mut wrong = Vec::new();
    if entry.contacts.is_empty() {
        wrong.push("it has no contact".to_owned());
    }
    let odd = entry.contacts.iter().filter(|contact| !is_address(contact));
    wrong.extend(odd.map(|contact| format!("{contact:?} is no mail address")));
    let hash = |text: &&String| text.len() == 64 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    let unlike = entry.certificates.iter().flatten().filter(|certificate| !hash(certificate));
    wrong.extend(unlike.map(|certificate| format!("{certificate:?} is no SHA-256 in lower-case hexadecimal")));
    match (&entry.party, entry.audience) {
        (None, Audience::Partner) => wrong.push("a partner names its party".into()),
        (Some(party), audience) if audience != Audience::Partner => {
            wrong.push(format!("only a partner has a party, not {}: {party} would bound nothing", audience.name()));
        }
        _ => {}
    }
    match (&entry.carrier, entry.audience) {
        (None, Audience::Carrier) => wrong.push("a carrier's dispatchers name their carrier".into()),
        (Some(carrier), audience) if audience != Audience::Carrier => {
            wrong.push(format!("only a carrier has a carrier, not {}: {carrier} would bound nothing", audience.name()));
        }
        _ => {}
    }
    wrong
}

fn is_address(contact: &str) -> bool {
    contact.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

fn place(entry: &ConsumerEntry, regions: Option<&Regions>) -> Vec<String> {
    // A file of regions that cannot be read is a mistake of its own.
    let Some(regions) = regions else { return Vec::new() };
    let unknown = entry.regions.iter().filter(|region| !regions.0.contains_key(*region));
    unknown.map(|region| format!("there is no region {region}")).collect()
}

fn subscriptions(entry: &ConsumerEntry, products: &Products) -> Vec<String> {
    let wrong = |name: &String| match products.get(name) {
        None => Some(format!("there is no contract {name}")),
        Some(product) if !product.entry.audience.contains(&entry.audience) => {
            let meant: Vec<_> = product.entry.audience.iter().map(|audience| audience.name()).collect();
            Some(format!("{name} is for {}, not {}", meant.join(" and "), entry.audience.name()))
        }
        Some(_) => None,
    };
    entry.contracts.keys().filter_map(wrong).collect()
}

fn tier(entry: &ConsumerEntry, tiers: &BTreeMap<String, Tier>) -> Vec<String> {
    let unknown = !tiers.contains_key(&entry.tier);
    unknown.then(|| format!("there is no tier {}", entry.tier)).into_iter().collect()
}

/// Whoever is held to a quota is held to it at once and for long.
fn incomplete(tiers: &BTreeMap<String, Tier>) -> Findings {
    let mut mistakes = Findings::new();
    for (name, tier) in tiers {
        for (of, quota) in [("consumer", &tier.consumer), ("operation", &tier.operation), ("person", &tier.person)] {
            let bound = of == "consumer" || !quota.is_empty();
            let missing = ["burst", "sustained"].into_iter().filter(|window| bound && !quota.contains_key(*window));
            mistakes.extend(missing.map(|window| (format!("/tiers/{name}/{of}"), format!("{window} is missing"))));
        }
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        files::PolicyFiles,
        lifecycle::withdrawal,
        product::{Product, ProductFile},
    };

    fn products() -> Products {
        let file: ProductFile = toml::from_str(PolicyFiles::embedded().get("products.toml").unwrap()).unwrap();
        let product = |(name, entry): (&String, &_)| {
            let product = Product {
                name: name.clone(),
                entry: Clone::clone(entry),
                withdrawal: withdrawal(name, &file).unwrap(),
            };
            (name.clone(), Arc::new(product))
        };
        file.iter().map(product).collect()
    }

    /// What is wrong with a consumer that has these lines instead of the like of a good one.
    fn mistakes(instead: &[(&str, &str)]) -> Vec<String> {
        let good = "[tiers.partner]\nconsumer.burst = { requests = 1, seconds = 1 }\n\
                    consumer.sustained = { requests = 9, seconds = 60 }\n[consumers.one]\nname = \"One\"\n\
                    audience = \"partner\"\nparty = \"pty_one\"\nregions = [\"reg_north\"]\ntier = \"partner\"\n\
                    contacts = [\"it@one.example\"]\ncontracts = { \"experience/partner.v1\" = 2026-03-02 }\n";
        let text = instead.iter().fold(good.to_owned(), |text, (old, new)| text.replace(old, new));
        let regions = toml::from_str(PolicyFiles::embedded().get("regions.toml").unwrap()).unwrap();
        let (_, wrong) = registered(toml::from_str(&text).unwrap(), &products(), Some(&regions));
        let told = |(at, why): (String, String)| format!("{}: {why}", at.rsplit('/').next().unwrap_or_default());
        wrong.into_iter().map(told).collect()
    }

    /// What is written instead of what, and what is wrong then.
    type Told<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);

    #[test]
    fn a_consumer_is_registered_whole_or_says_what_is_missing() {
        let table: &[Told<'_>] = &[
            (&[], &[]),
            (&[("party = \"pty_one\"\n", "")], &["one: a partner names its party"]),
            (&[("sustained", "constant")], &["consumer: sustained is missing"]),
            (&[("[\"it@one.example\"]", "[]")], &["one: it has no contact"]),
            (&[("it@one.example", "the porter")], &["one: \"the porter\" is no mail address"]),
            (&[("reg_north", "reg_moon")], &["one: there is no region reg_moon"]),
            (&[("tier = \"partner\"", "tier = \"gold\"")], &["one: there is no tier gold"]),
            (
                &[("contacts", "certificates = [\"AB:CD\"]\ncontacts")],
                &["one: \"AB:CD\" is no SHA-256 in lower-case hexadecimal"],
            ),
            (
                &[("experience/partner.v1", "experience/partner.v9")],
                &["one: there is no contract experience/partner.v9"],
            ),
            (
                &[("experience/partner.v1", "process/orders.v1")],
                &["one: process/orders.v1 is for internal and operator, not partner"],
            ),
            (
                &[
                    ("audience = \"partner\"", "audience = \"driver\""),
                    ("experience/partner.v1", "experience/driver.v1"),
                ],
                &["one: only a partner has a party, not driver: pty_one would bound nothing"],
            ),
            (
                &[("tier = \"partner\"", "tier = \"gold\""), ("reg_north", "reg_moon"), ("[\"it@one.example\"]", "[]")],
                &["one: it has no contact", "one: there is no region reg_moon", "one: there is no tier gold"],
            ),
        ];
        for (instead, expected) in table {
            assert_eq!(mistakes(instead), *expected, "{instead:?}");
        }
    }
}
