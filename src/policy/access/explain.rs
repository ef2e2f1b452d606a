//! Why the rules decide as they do, for people: each rule that decides, with what it comes to and its line.

use super::{
    cases::{Described, at_the_gate, viewer},
    decide::Decision,
    rules::Access,
    table::persona,
};
use crate::policy::{
    bind::{Governed, Law},
    consumer::Consumer,
    written::Place,
};
use std::collections::BTreeMap;

/// One line of the explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    pub allowed: bool,
    /// Such as `permits the call: partners-use-their-portal`.
    pub says: String,
    pub place: Place,
}

impl Access {
    /// The rules that decide on this consumer's call, with a token that has the scope; and on one resource, where one is
    /// described as its kind and attributes: `Order party=pty_acme region=reg_north`. An error says what is wrong with
    /// the description.
    pub fn explain(
        law: &Law,
        consumer: &Consumer,
        operation: &Governed,
        resource: Option<&str>,
    ) -> Result<Vec<Ruling>, String> {
        let viewer = viewer(law, operation, persona(consumer))?;
        let mut rulings = law.access.rulings(&at_the_gate(&viewer, operation, consumer, None), "the call");
        if let Some(text) = resource {
            rulings.extend(law.access.rulings(&viewer.decide(&described(text)?), text));
        }
        Ok(rulings)
    }

    fn rulings(&self, decision: &Decision, what: &str) -> Vec<Ruling> {
        let allowed = decision.allowed;
        let word = if allowed { "permits" } else { "forbids" };
        let ruling = |says: String, line: usize| {
            let place = Place { file: "access.cedar".to_owned(), line };
            Ruling { allowed, says, place }
        };
        let rules = self.rules().into_iter().filter(|rule| decision.decided_by.contains(&rule.id));
        let said: Vec<_> = rules.map(|rule| ruling(format!("{word} {what}: {}", rule.id), rule.line)).collect();
        // Denied by default is no rule's doing; the file as a whole says so.
        if said.is_empty() { vec![ruling(format!("nothing permits {what}"), 1)] } else { said }
    }
}

fn described(text: &str) -> Result<Described, String> {
    let mut words = text.split_whitespace();
    let kind = ("kind".to_owned(), words.next().unwrap_or_default().to_owned());
    let attribute = |word: &str| {
        let (name, value) = word.split_once('=').ok_or_else(|| format!("{word} is no attribute=value"))?;
        Ok((name.to_owned(), value.to_owned()))
    };
    let attributes = words.map(attribute).collect::<Result<Vec<_>, String>>()?;
    Described::read(&attributes.into_iter().chain([kind]).collect::<BTreeMap<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{policy::PolicyFiles, router};

    /// What is said, with the text of the line it points to.
    fn explained(consumer: &str, operation: &str, resource: Option<&str>) -> Vec<(String, String)> {
        let files = PolicyFiles::embedded();
        let law = Law::join(router::registry(), &files).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        let governed = law.governed().find(|one| one.operation.key.to_string() == operation).expect("an operation");
        let consumer = law.consumer(consumer).expect("a consumer");
        let rulings = Access::explain(&law, consumer, governed, resource).expect("it is described well");
        let line = |place: &Place| files.get(&place.file)?.lines().nth(place.line - 1).map(str::to_owned);
        rulings.into_iter().map(|ruling| (ruling.says, line(&ruling.place).expect("the line is there"))).collect()
    }

    fn said(says: &str, line: &str) -> (String, String) {
        (says.to_owned(), line.to_owned())
    }

    #[test]
    fn each_rule_that_decides_is_named_with_its_line() {
        let (let_in, line) = ("permits the call: partners-use-their-portal", "@id(\"partners-use-their-portal\")");
        let theirs = "Shipment party=pty_globex region=reg_north";
        assert_eq!(
            explained("partner-acme", "experience/partner.v1 track_shipment", Some(theirs)),
            [said(let_in, line), said(&format!("nothing permits {theirs}"), "// Who may do what to which.")]
        );
        let own = "Shipment party=pty_acme";
        let permits = format!("permits {own}: partners-see-their-own");
        assert_eq!(
            explained("partner-acme", "experience/partner.v1 track_shipment", Some(own))[1],
            said(&permits, "@id(\"partners-see-their-own\")")
        );
        let strange = explained("partner-acme", "process/orders.v1 release_order", None);
        assert_eq!(
            strange,
            [said("forbids the call: subscribed-contracts-only", "@id(\"subscribed-contracts-only\")")]
        );
    }

    #[test]
    fn what_is_described_badly_is_told() {
        assert_eq!(described("Ordr").err().as_deref(), Some("there is no kind Ordr"));
        assert_eq!(described("Order colour=red").err().as_deref(), Some("Order has no colour"));
        assert_eq!(described("Order red").err().as_deref(), Some("red is no attribute=value"));
    }
}
