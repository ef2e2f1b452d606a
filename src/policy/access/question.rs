//! A question to the rules: who asks for which operation, on what. It says all that a decision may depend on, so that
//! two equal questions have one answer.

use super::{
    principal::Principal,
    resource::{Kind, Resource},
    rules::uid,
};
use crate::contract::OperationKey;
use cedar_policy::{Entity, RestrictedExpression};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Who asks for what: the same for every decision of a call.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Asking {
    pub principal: Principal,
    pub operation: OperationKey,
}

/// How a consumer stands to a contract as it comes to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Footing {
    pub subscribed: bool,
    /// The token has the operation's scope.
    pub scoped: bool,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub asking: Arc<Asking>,
    pub on: Subject,
}

/// What is decided on. A resource is known by what binds it, never by its id: no rule may name one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The contract of the operation, at the gate.
    Contract(Footing),
    /// One of this kind, with the values of the kind's attributes in their order; empty where it is bound to nobody.
    Resource(Kind, Vec<String>),
}

impl Subject {
    pub fn of(resource: &dyn Resource) -> Self {
        let kind = resource.kind();
        let values = kind.attributes().iter().map(|one| resource.bound_to(*one).unwrap_or_default().to_owned());
        Self::Resource(kind, values.collect())
    }
}

impl Question {
    /// What is decided on, as Cedar takes it. Nothing in it can fail: strings and booleans are values.
    pub fn resource(&self) -> Entity {
        let (named, attributes) = match &self.on {
            Subject::Contract(footing) => {
                let facts = [("subscribed", footing.subscribed), ("scoped", footing.scoped)];
                let facts = facts.map(|(name, is)| (name.to_owned(), RestrictedExpression::new_bool(is)));
                (uid("Contract", &self.asking.operation.contract), HashMap::from(facts))
            }
            Subject::Resource(kind, values) => {
                let bound = kind.attributes().iter().zip(values).map(|(attribute, value)| {
                    (attribute.name().to_owned(), RestrictedExpression::new_string(value.clone()))
                });
                (uid(kind.name(), ""), bound.collect())
            }
        };
        Entity::new(named, attributes, HashSet::new()).expect("strings and booleans are values")
    }
}
