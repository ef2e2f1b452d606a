//! Cases of `policies/tests/*.toml`: who may do what to which, and why. They stand beside the rules and are run by
//! `haulgate policies test` and by the tests.

use super::{
    decide::Decision,
    principal::Principal,
    question::Footing,
    resource::{Attribute, Kind, Resource},
    viewer::Viewer,
};
use crate::policy::{
    bind::{Governed, Law},
    consumer::Consumer,
    files::PolicyFiles,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    case: Vec<Case>,
}

/// Somebody asks for something.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// A consumer of `consumers.toml`.
    pub who: String,
    /// What its token or another registration says of it.
    #[serde(default)]
    pub with: With,
    /// An operation: its contract and its operationId.
    pub what: String,
    /// The resource's kind and attributes; without it the gate is asked.
    pub on: Option<BTreeMap<String, String>>,
    pub then: Then,
    /// The rule that has to be among those that decide.
    pub by: Option<String>,
    pub why: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct With {
    pub party: Option<String>,
    pub driver: Option<String>,
    pub carrier: Option<String>,
    pub regions: Option<BTreeSet<String>>,
    /// The token's scopes; without them it has all that its subscriptions ask for.
    pub scopes: Option<BTreeSet<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    Allow,
    Deny,
}

/// What came of a case.
#[derive(Debug)]
pub struct Tried {
    pub file: String,
    pub case: Case,
    /// Why it fails, where it does.
    pub fails: Option<String>,
}

impl Tried {
    /// As people are told of it, where it fails.
    pub fn failure(&self) -> Option<String> {
        let (Case { who, what, why, .. }, told) = (&self.case, self.fails.as_deref()?);
        Some(format!("{}: {who} {what}: {told} ({why})", self.file))
    }
}

/// Tries every case of every file under `tests/`. A file that cannot be read is a failure as well.
pub fn try_cases(law: &Law, files: &PolicyFiles) -> Result<Vec<Tried>, Vec<String>> {
    let (mut tried, mut unreadable) = (Vec::new(), Vec::new());
    for (path, text) in files.all().filter(|(path, _)| path.starts_with("tests/") && path.ends_with(".toml")) {
        match toml::from_str::<CaseFile>(text) {
            Ok(file) => tried.extend(file.case.into_iter().map(|case| {
                let fails = fails(law, &case);
                Tried { file: format!("policies/{path}"), case, fails }
            })),
            Err(error) => unreadable.push(format!("policies/{path}: {}", error.to_string().trim())),
        }
    }
    if unreadable.is_empty() { Ok(tried) } else { Err(unreadable) }
}

fn fails(law: &Law, case: &Case) -> Option<String> {
    let decision = match decide(law, case) {
        Ok(decision) => decision,
        Err(why) => return Some(why),
    };
    let rules = decision.decided_by.join(", ");
    let by = if rules.is_empty() { "nothing permits it".to_owned() } else { format!("by {rules}") };
    if decision.allowed != (case.then == Then::Allow) {
        return Some(format!("it is {}, {by}", if decision.allowed { "allowed" } else { "denied" }));
    }
    let named = case.by.as_deref().is_none_or(|rule| decision.decided_by.iter().any(|by| **by == *rule));
    (!named).then(|| format!("it is decided otherwise: {by}"))
}

fn decide(law: &Law, case: &Case) -> Result<Arc<Decision>, String> {
    let consumer = law.consumer(&case.who).ok_or_else(|| format!("there is no consumer {}", case.who))?;
    let governed = law.governed().find(|one| one.operation.key.to_string() == case.what);
    let governed = governed.ok_or_else(|| format!("there is no operation {}", case.what))?;
    let viewer = viewer(law, governed, case.with.over(consumer))?;
    match &case.on {
        Some(on) => Ok(viewer.decide(&Described::read(on)?)),
        None => Ok(at_the_gate(&viewer, governed, consumer, case.with.scopes.as_ref())),
    }
}

/// Whoever asks for this operation.
pub(super) fn viewer(law: &Law, governed: &Governed, principal: Principal) -> Result<Viewer, String> {
    let operation = &governed.operation.key;
    Viewer::asking(law, principal, operation).ok_or_else(|| format!("access knows no {operation}"))
}

/// The gate's decision; without scopes the token has all that are asked for.
pub(super) fn at_the_gate(
    viewer: &Viewer,
    governed: &Governed,
    consumer: &Consumer,
    scopes: Option<&BTreeSet<String>>,
) -> Arc<Decision> {
    let scoped = scopes.is_none_or(|scopes| scopes.contains(&governed.policy.scope));
    let footing = Footing { subscribed: governed.product.admits(consumer).is_ok(), scoped };
    viewer.may_call(footing)
}

impl With {
    /// The consumer's principal with this over it.
    fn over(&self, consumer: &Consumer) -> Principal {
        let registered = Principal::registered(consumer);
        Principal {
            party: self.party.clone().or(registered.party),
            driver: self.driver.clone(),
            carrier: self.carrier.clone().or(registered.carrier),
            regions: self.regions.clone().or(registered.regions),
            ..registered
        }
    }
}

/// A resource as a case describes it.
pub(super) struct Described {
    kind: Kind,
    attributes: BTreeMap<Attribute, String>,
}

impl Described {
    pub(super) fn read(on: &BTreeMap<String, String>) -> Result<Self, String> {
        let named = on.get("kind").ok_or("on names no kind")?;
        let kind = Kind::named(named).ok_or_else(|| format!("there is no kind {named}"))?;
        let mut attributes = BTreeMap::new();
        for (name, value) in on.iter().filter(|(name, _)| *name != "kind") {
            let attribute = Attribute::named(name).filter(|attribute| kind.has(*attribute));
            let attribute = attribute.ok_or_else(|| format!("{named} has no {name}"))?;
            attributes.insert(attribute, value.clone());
        }
        Ok(Self { kind, attributes })
    }
}

impl Resource for Described {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn id(&self) -> &str {
        "described"
    }

    fn bound_to(&self, attribute: Attribute) -> Option<&str> {
        self.attributes.get(&attribute).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::try_cases;
    use crate::{
        policy::{Law, PolicyFiles, access_table},
        router,
    };

    #[test]
    fn every_case_holds() {
        let files = PolicyFiles::embedded();
        let law = Law::join(router::registry(), &files).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let tried = try_cases(&law, &files).unwrap_or_else(|unreadable| panic!("{}", unreadable.join("\n")));
        let failing =
            tried.iter().filter_map(|one| Some((&one.file, &one.case.what, &one.case.why, one.fails.as_ref()?)));
        let failing: Vec<_> = failing.collect();
        assert!(failing.is_empty(), "{failing:#?}");
        assert!(tried.len() >= 60, "{} cases", tried.len());
    }

    #[test]
    fn a_case_that_does_not_hold_is_told() {
        let wrong = "[[case]]\nwho = \"partner-acme\"\nwhat = \"experience/partner.v1 get_eta\"\nthen = \"deny\"\nwhy = \"a trial\"\n";
        let files = PolicyFiles::embedded().with("tests/trial.toml", wrong);
        let law = Law::join(router::registry(), &files).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let tried = try_cases(&law, &files).expect("they are read");
        let failing: Vec<_> = tried.iter().filter_map(|one| one.fails.as_deref()).collect();
        assert_eq!(failing, ["it is allowed, by partners-use-their-portal"]);
    }

    #[test]
    fn the_checked_in_table_is_what_the_rules_come_to() {
        let files = PolicyFiles::embedded();
        let law = Law::join(router::registry(), &files).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let same = files.get("access.txt") == Some(access_table(&law).as_str());
        assert!(same, "policies/access.txt is outdated: run `haulgate policies write`");
    }
}
