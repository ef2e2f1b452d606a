//! The decision: Cedar's, on the three entities a request is about and nothing else.

use super::{
    principal::Principal,
    resource::Resource,
    rules::{Access, uid},
};
use crate::contract::OperationKey;
use cedar_policy::{Authorizer, Context, Entities, Entity, EntityUid, Request, RestrictedExpression};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock},
};

/// What was decided, and by which rules: what permitted, or what forbade. Denied by none: nothing permits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// The `@id`s, in the order of `access.cedar`.
    pub decided_by: Vec<Arc<str>>,
    /// The `@code` of the first rule that has one.
    pub code: Option<Arc<str>>,
}

/// How a consumer stands to a contract as it comes to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footing {
    pub subscribed: bool,
    /// The token has the operation's scope.
    pub scoped: bool,
}

/// Who asks for what: the same for every decision of a call.
#[derive(Debug)]
pub(super) struct Asking {
    principal: EntityUid,
    action: EntityUid,
    both: Entities,
}

impl Asking {
    /// None where the rules know no such operation.
    pub fn new(access: &Access, principal: &Principal, operation: &OperationKey) -> Option<Self> {
        let action = access.actions.get(operation)?;
        let both = entities([principal.entity(), action.clone()]);
        Some(Self { principal: principal.uid(), action: action.uid(), both })
    }
}

impl Access {
    /// May they call the operation at all? The contract is named without its layer's path, such as `process/orders.v1`.
    pub(super) fn at_the_gate(&self, asking: &Asking, contract: &str, footing: Footing) -> Decision {
        let facts = [("subscribed", footing.subscribed), ("scoped", footing.scoped)];
        let facts = facts.into_iter().map(|(name, is)| (name.to_owned(), RestrictedExpression::new_bool(is)));
        self.decide(asking, uid("Contract", contract), facts.collect())
    }

    /// May they do it to this?
    pub(super) fn on(&self, asking: &Asking, resource: &dyn Resource) -> Decision {
        let kind = resource.kind();
        let attributes = kind.attributes().iter().map(|attribute| {
            let value = resource.bound_to(*attribute).unwrap_or_default().to_owned();
            (attribute.name().to_owned(), RestrictedExpression::new_string(value))
        });
        self.decide(asking, uid(kind.name(), resource.id()), attributes.collect())
    }

    fn decide(&self, asking: &Asking, named: EntityUid, attributes: HashMap<String, RestrictedExpression>) -> Decision {
        static AUTHORIZER: LazyLock<Authorizer> = LazyLock::new(Authorizer::new);
        let resource = Entity::new(named.clone(), attributes, HashSet::new()).expect("strings and booleans are values");
        let slice = asking.both.clone().add_entities([resource], None).expect("a resource is no consumer");
        let request = Request::new(asking.principal.clone(), asking.action.clone(), named, Context::empty(), None);
        let response = AUTHORIZER.is_authorized(&request.expect("no schema, no refusal"), &self.policies, &slice);
        let diagnostics = response.diagnostics();
        if let Some(error) = diagnostics.errors().next() {
            // A rule that fails might have been a forbidding one.
            tracing::error!(%error, "a rule of access.cedar fails; what it decides on is denied");
            return Decision { allowed: false, decided_by: Vec::new(), code: None };
        }
        let mut rules: Vec<_> = diagnostics.reason().filter_map(|id| self.rules.get(id)).collect();
        rules.sort_by_key(|rule| rule.line);
        let allowed = response.decision() == cedar_policy::Decision::Allow;
        let code = rules.iter().find_map(|rule| rule.code.clone());
        Decision { allowed, decided_by: rules.iter().map(|rule| rule.id.clone()).collect(), code }
    }
}

fn entities(of: impl IntoIterator<Item = Entity>) -> Entities {
    Entities::from_entities(of, None).expect("entities of different types are different")
}
