//! Why a call is let in or refused: every rule that applies to a consumer's call of an operation, with the file and line it
//! stands in. Asks the same functions as the gate does.

use super::{
    access::{Access, Ruling},
    bind::{Governed, Law},
    consumer::Consumer,
    effective::limit,
    operation::Idempotency,
    quota::Window,
    written::{Place, escape},
};
use jiff::Timestamp;
use std::{fmt, sync::Arc};

/// One rule that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it is about, such as `scope`.
    pub about: &'static str,
    /// What it says.
    pub says: String,
    pub place: Place,
}

/// Everything that applies to one consumer's call of one operation.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The call: who, what, and as which request.
    pub call: String,
    pub rules: Vec<Rule>,
    /// The first refusal, by its code, and why, whatever token is shown; none where a token with the scope is let in.
    pub refused: Option<(String, String)>,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    #[error("policies/consumers.toml has no consumer {0}")]
    Consumer(String),
    #[error("no contract has an operation {0}; openapi/operations.txt lists them all")]
    Operation(String),
    /// The description of the resource cannot be read.
    #[error("{0}")]
    Resource(String),
}

/// Explains a call of every operation with this id, or of the one named with its contract: `experience/partner.v1
/// track_shipment`. A resource is described by its kind and attributes: `Order party=pty_acme region=reg_north`.
pub fn explain(
    law: &Law,
    consumer: &str,
    operation: &str,
    resource: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Explanation>, Unexplained> {
    let caller = law.consumer(consumer).ok_or_else(|| Unexplained::Consumer(consumer.to_owned()))?;
    let named =
        |one: &&Arc<Governed>| *one.operation.key.id == *operation || one.operation.key.to_string() == operation;
    let mut called: Vec<_> = law.governed().filter(named).collect();
    if called.is_empty() {
        return Err(Unexplained::Operation(operation.to_owned()));
    }
    called.sort_by_key(|one| &one.operation.key);
    called.into_iter().map(|governed| Explaining { law, caller, governed, resource }.whole(now)).collect()
}

struct Explaining<'l> {
    law: &'l Law,
    caller: &'l Consumer,
    governed: &'l Governed,
    resource: Option<&'l str>,
}

impl Explaining<'_> {
    fn whole(&self, now: Timestamp) -> Result<Explanation, Unexplained> {
        let operation = &self.governed.operation;
        let mut rules = self.lifecycle(now);
        rules.extend(self.subscription());
        rules.extend(self.quotas());
        rules.extend(self.policy());
        rules.extend(self.bounds());
        let rulings =
            Access::explain(self.law, self.caller, self.governed, self.resource).map_err(Unexplained::Resource)?;
        let denied = rulings.iter().find(|ruling| !ruling.allowed).map(|ruling| ruling.says.clone());
        rules.extend(rulings.into_iter().map(|Ruling { says, place, .. }| Rule { about: "access", says, place }));
        let call = format!("{} calls {} ({} {})", self.caller.id, operation.key, operation.method, operation.path);
        let refused = self.refusal(now).or_else(|| denied.map(|why| ("access_denied".to_owned(), why)));
        Ok(Explanation { call, rules, refused })
    }

    /// What the gate would say before it looks at a token's scope and at a resource.
    fn refusal(&self, now: Timestamp) -> Option<(String, String)> {
        let product = &self.governed.product;
        let refused = product.serves(now).and_then(|()| product.admits(self.caller)).err();
        refused.map(|error| {
            let problem = error.problem();
            (problem.code, problem.detail)
        })
    }

    fn rule(&self, about: &'static str, says: String, file: &str, pointer: &str) -> Rule {
        Rule { about, says, place: self.law.places.of(file, pointer) }
    }

    fn lifecycle(&self, now: Timestamp) -> Vec<Rule> {
        let (product, name) = (&self.governed.product, escape(&self.governed.product.name));
        let at = |field: &str| format!("/{name}/{field}");
        let of = |about, says, field| self.rule(about, says, "products.toml", &at(field));
        let mut rules = vec![of("lifecycle", product.stage(now).name().to_owned(), "lifecycle")];
        if let Some(end) = &product.withdrawal {
            rules.push(of("sunset", format!("410 after {}", end.sunset_at), "sunset_at"));
        }
        let audience: Vec<_> = product.entry.audience.iter().map(|one| one.name()).collect();
        rules.push(of("audience", audience.join(", "), "audience"));
        rules
    }

    fn subscription(&self) -> Vec<Rule> {
        let (caller, product) = (self.caller, &self.governed.product.name);
        let at = |field: &str| format!("/consumers/{}/{field}", escape(&caller.id));
        let of = |about, says, field: &str| self.rule(about, says, "consumers.toml", &at(field));
        let subscribed = match caller.entry.contracts.get(product) {
            Some(since) => {
                of("subscription", format!("to {product} since {}", since.0), &format!("contracts/{}", escape(product)))
            }
            None => of("subscription", format!("none to {product}"), "contracts"),
        };
        vec![of("caller", caller.entry.audience.name().to_owned(), "audience"), subscribed]
    }

    /// Every window that counts the call; the strictest wins.
    fn quotas(&self) -> Vec<Rule> {
        let (tier, own) = (escape(&self.caller.entry.tier), escape(&self.governed.policy.quota));
        let windows = |of: &[Window], whose: &str, file: &str, at: &str| -> Vec<Rule> {
            let window = |window: &Window| {
                let short = window.name.rsplit('-').next().unwrap_or_default();
                let says = format!("{} {whose} ({})", limit(window), window.name);
                self.rule("quota", says, file, &format!("{at}/{}", escape(short)))
            };
            of.iter().map(window).collect()
        };
        let each = format!("/tiers/{tier}/operation");
        [
            windows(&self.caller.windows, "for all its calls", "consumers.toml", &format!("/tiers/{tier}/consumer")),
            windows(&self.caller.operation_windows, "for each operation", "consumers.toml", &each),
            windows(&self.governed.windows, "for this operation", "quotas.toml", &format!("/{own}")),
            windows(&self.caller.person_windows, "for each person", "consumers.toml", &format!("/tiers/{tier}/person")),
        ]
        .concat()
    }

    fn policy(&self) -> Vec<Rule> {
        let (policy, key) = (&self.governed.policy, &self.governed.operation.key);
        let file = format!("operations/{}.toml", key.contract.replacen('/', "-", 1));
        let of = |about, says: String, field| self.rule(about, says, &file, &format!("/{}/{field}", escape(&key.id)));
        let mut rules = vec![
            of("scope", format!("a token with {}", policy.scope), "scope"),
            of("deadline", format!("{} ms", policy.deadline_ms), "deadline_ms"),
            of("priority", format!("{}, when more is asked than can be served", policy.priority.name()), "priority"),
        ];
        if policy.body_limit > 0 {
            rules.push(of("body", format!("{} bytes at most", policy.body_limit), "body_limit"));
        }
        if policy.idempotency != Idempotency::None {
            let says = format!("Idempotency-Key {}, kept {} h", policy.idempotency.name(), policy.retention_hours);
            rules.push(of("once", says, "idempotency"));
        }
        if !self.governed.operation.when_away.is_empty() {
            let says = format!("{} when a system is away", policy.on_unavailable.name());
            rules.push(of("away", says, "on_unavailable"));
        }
        rules.push(of("audit", policy.audit.name().to_owned(), "audit"));
        if self.governed.operation.method == "GET" {
            rules.push(of("cache", policy.cache.to_string(), "cache"));
        }
        rules
    }

    /// What it may see at all.
    fn bounds(&self) -> Vec<Rule> {
        let entry = &self.caller.entry;
        let at = |field: &str| format!("/consumers/{}/{field}", escape(&self.caller.id));
        let party = entry
            .party
            .as_ref()
            .map(|party| self.rule("party", format!("only what is {party}'s"), "consumers.toml", &at("party")));
        let regions = (!entry.regions.is_empty()).then(|| {
            let all: Vec<_> = entry.regions.iter().map(String::as_str).collect();
            self.rule("regions", format!("only {}", all.join(", ")), "consumers.toml", &at("regions"))
        });
        party.into_iter().chain(regions).collect()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(to, "{}\n", self.call)?;
        let width = self.rules.iter().map(|rule| rule.says.chars().count()).max().unwrap_or(0);
        for Rule { about, says, place } in &self.rules {
            writeln!(to, "  {about:13} {says:width$}  {place}")?;
        }
        match &self.refused {
            Some((code, why)) => writeln!(to, "\nrefused, {code}: {why}"),
            None => writeln!(to, "\nlet in, with a token that has the scope {}", self.scope()),
        }
    }
}

impl Explanation {
    fn scope(&self) -> &str {
        let scope = self.rules.iter().find(|rule| rule.about == "scope");
        scope.and_then(|rule| rule.says.rsplit(' ').next()).unwrap_or_default()
    }
}
