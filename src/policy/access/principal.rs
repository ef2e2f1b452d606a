//! The principal: a consumer with what its token says of who is calling, as the rules see them.

use super::{resource::Attribute, rules::uid};
use crate::policy::{
    consumer::{Audience, Consumer},
    token::Claims,
};
use cedar_policy::{Entity, EntityUid, RestrictedExpression};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Who asks, and what binds them. What is absent binds nobody, except that who is of an audience that is bound to
/// something and names none sees nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The client id.
    pub consumer: String,
    pub audience: Audience,
    pub party: Option<String>,
    /// None is everywhere.
    pub regions: Option<BTreeSet<String>>,
    pub driver: Option<String>,
    pub carrier: Option<String>,
}

impl Principal {
    /// The consumer, as bound by its registration and its token. A token never widens what was registered: one that
    /// names another party leaves none.
    pub(in crate::policy) fn of(consumer: &Consumer, claims: &Claims) -> Self {
        let registered = Self::registered(consumer);
        let party = match (&registered.party, &claims.party) {
            (Some(own), Some(named)) if own != named => None,
            (own, named) => own.as_ref().or(named.as_ref()).filter(|party| !party.is_empty()).cloned(),
        };
        let regions = match claims.regions_of(&consumer.entry.regions) {
            // The token leaves none of the consumer's: nothing is in their regions.
            None => Some(BTreeSet::new()),
            // Registered for none and confined to none is everywhere.
            Some(left) => Some(left).filter(|left| !left.is_empty()),
        };
        let driver = claims.driver.clone().filter(|driver| !driver.is_empty());
        Self { party, regions, driver, ..registered }
    }

    /// The consumer as it is registered, whoever calls in its name.
    pub(super) fn registered(consumer: &Consumer) -> Self {
        let entry = &consumer.entry;
        Self {
            consumer: consumer.id.clone(),
            audience: entry.audience,
            party: entry.party.clone().filter(|party| !party.is_empty()),
            regions: (!entry.regions.is_empty()).then(|| entry.regions.clone()),
            driver: None,
            carrier: entry.carrier.clone().filter(|carrier| !carrier.is_empty()),
        }
    }

    /// What the principal is bound to by this attribute, where it is one value.
    pub fn bound_to(&self, attribute: Attribute) -> Option<&str> {
        match attribute {
            Attribute::Party => self.party.as_deref(),
            Attribute::Driver => self.driver.as_deref(),
            Attribute::Carrier => self.carrier.as_deref(),
            Attribute::Consumer => Some(&self.consumer),
            Attribute::Region => None,
        }
    }

    fn uid(&self) -> EntityUid {
        uid("Consumer", &self.consumer)
    }

    /// As Cedar takes it. Nothing in it can fail: strings and sets of them are values.
    pub(super) fn entity(&self) -> Entity {
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let one = |attribute: Attribute| Some((attribute.name().to_owned(), text(self.bound_to(attribute)?)));
        let single = [Attribute::Party, Attribute::Driver, Attribute::Carrier, Attribute::Consumer];
        let mut attributes: HashMap<_, _> = single.into_iter().filter_map(one).collect();
        if let Some(regions) = &self.regions {
            let all = RestrictedExpression::new_set(regions.iter().map(|region| text(region)));
            attributes.insert("regions".to_owned(), all);
        }
        let audience = HashSet::from([uid("Audience", self.audience.name())]);
        Entity::new(self.uid(), attributes, audience).expect("strings and sets of strings are values")
    }
}
