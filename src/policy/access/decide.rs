//! The decision: Cedar's, on the three entities a question is about and nothing else. A question that was asked before
//! is answered from memory, which lives and dies with the rules that decided.

use super::{question::Question, rules::Access};
use cedar_policy::{Authorizer, Context, Entities, Request};
use moka::sync::Cache;
use std::sync::{Arc, LazyLock};

/// What was decided, and by which rules: what permitted, or what forbade. Denied by none: nothing permits it.
#[derive(Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// The `@id`s, in the order of `access.cedar`.
    pub decided_by: Vec<Arc<str>>,
    /// The `@code` of the first rule that has one.
    pub code: Option<Arc<str>>,
}

/// Decisions remembered at most: about 15 MB when full. What is asked seldom is forgotten first.
const MOST_REMEMBERED: u64 = 20_000;

pub(super) type Remembered = Cache<Question, Arc<Decision>>;

pub(super) fn nothing_yet() -> Remembered {
    Cache::new(MOST_REMEMBERED)
}

impl Access {
    /// What the rules come to.
    pub(super) fn decide(&self, question: &Question) -> Arc<Decision> {
        if let Some(same) = self.remembered.get(question) {
            return same;
        }
        let decision = Arc::new(self.decide_afresh(question));
        self.remembered.insert(question.clone(), decision.clone());
        decision
    }

    fn decide_afresh(&self, question: &Question) -> Decision {
        static AUTHORIZER: LazyLock<Authorizer> = LazyLock::new(Authorizer::new);
        let asking = &question.asking;
        let Some(action) = self.actions.get(&asking.operation) else { return Decision::denied_by_default() };
        let (principal, resource) = (asking.principal.entity(), question.resource());
        let request = Request::new(principal.uid(), action.uid(), resource.uid(), Context::empty(), None);
        let slice = Entities::from_entities([principal, action.clone(), resource], None);
        let (request, slice) =
            (request.expect("no schema, no refusal"), slice.expect("entities of three types differ"));
        let response = AUTHORIZER.is_authorized(&request, &self.policies, &slice);
        let diagnostics = response.diagnostics();
        if let Some(error) = diagnostics.errors().next() {
            // A rule that fails might have been a forbidding one.
            tracing::error!(%error, "a rule of access.cedar fails; what it decides on is denied");
            return Decision::denied_by_default();
        }
        let mut rules: Vec<_> = diagnostics.reason().filter_map(|id| self.rules.get(id)).collect();
        rules.sort_by_key(|rule| rule.line);
        let allowed = response.decision() == cedar_policy::Decision::Allow;
        let code = rules.iter().find_map(|rule| rule.code.clone());
        Decision { allowed, decided_by: rules.iter().map(|rule| rule.id.clone()).collect(), code }
    }
}

impl Decision {
    /// What is decided for Haulgate itself.
    pub(super) fn unbound() -> Arc<Self> {
        static UNBOUND: LazyLock<Arc<Decision>> =
            LazyLock::new(|| Arc::new(Decision { allowed: true, decided_by: Vec::new(), code: None }));
        UNBOUND.clone()
    }

    fn denied_by_default() -> Self {
        Self { allowed: false, decided_by: Vec::new(), code: None }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            principal::Principal,
            question::{Asking, Footing, Question, Subject},
            resource::Kind,
        },
        Access,
    };
    use crate::{
        contract::OperationKey,
        policy::{Audience, PolicyFiles},
        router,
    };
    use proptest::prelude::*;
    use std::{
        collections::BTreeSet,
        sync::{Arc, LazyLock},
    };

    static RULES: LazyLock<(Arc<Access>, Vec<OperationKey>)> = LazyLock::new(|| {
        let registry = router::registry();
        let access = Access::read(&registry, &PolicyFiles::embedded()).unwrap_or_else(|all| panic!("{all:?}"));
        (access, registry.routes().map(|(_, operation)| operation.key.clone()).collect())
    });

    fn one_of(names: &'static [&'static str]) -> impl Strategy<Value = String> {
        prop::sample::select(names).prop_map(str::to_owned)
    }

    fn principals() -> impl Strategy<Value = Principal> {
        let audiences =
            vec![Audience::Internal, Audience::Operator, Audience::Driver, Audience::Partner, Audience::Carrier];
        let bound = || prop::option::of(one_of(&["a", "b"]));
        let regions = prop::option::of(prop::collection::btree_set(one_of(&["north", "south"]), 0..3));
        (one_of(&["one", "two"]), prop::sample::select(audiences), bound(), regions, bound(), bound()).prop_map(
            |(consumer, audience, party, regions, driver, carrier): (_, _, _, Option<BTreeSet<_>>, _, _)| Principal {
                consumer,
                audience,
                party,
                regions,
                driver,
                carrier,
            },
        )
    }

    fn subjects() -> impl Strategy<Value = Subject> {
        let footing = (any::<bool>(), any::<bool>())
            .prop_map(|(subscribed, scoped)| Subject::Contract(Footing { subscribed, scoped }));
        let resource = prop::sample::select(Kind::ALL).prop_flat_map(|kind| {
            let values = one_of(&["", "a", "b", "north", "south", "one"]);
            prop::collection::vec(values, kind.attributes().len())
                .prop_map(move |values| Subject::Resource(kind, values))
        });
        prop_oneof![footing, resource]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Asked in any order, again and again: the answer is the rules' own.
        #[test]
        fn what_is_remembered_is_what_the_rules_say(
            asked in prop::collection::vec((principals(), any::<prop::sample::Index>(), subjects()), 1..30)
        ) {
            let (access, operations) = &*RULES;
            for (principal, operation, on) in asked {
                let operation = operation.get(operations).clone();
                let question = Question { asking: Arc::new(Asking { principal, operation }), on };
                prop_assert_eq!(&*access.decide(&question), &access.decide_afresh(&question));
            }
        }
    }
}
