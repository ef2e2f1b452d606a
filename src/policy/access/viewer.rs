//! A viewer: whoever asks in one call, for decisions on one resource and for lists alike. What a viewer may not see is
//! answered like what does not exist, through [`Viewer::shown`] and nothing else.

use super::{
    decide::Decision,
    principal::Principal,
    question::{Asking, Footing, Question, Subject},
    resource::{Attribute, Kind, Resource},
    resources::Belongings,
    rules::Access,
};
use crate::{
    contract::OperationKey,
    domain::id::{DriverId, PartyId},
    error::Error,
    policy::{bind::Law, call::Call, residency::Residency},
};
use std::{
    collections::BTreeSet,
    ops::Deref,
    sync::{Arc, Mutex, OnceLock},
};

/// Whoever asks.
#[derive(Clone, Debug)]
pub struct Viewer(Option<Arc<Caller>>);

#[derive(Debug)]
struct Caller {
    access: Arc<Access>,
    residency: Arc<Residency>,
    asking: Arc<Asking>,
    at_the_gate: OnceLock<Arc<Decision>>,
    denied: Mutex<Option<Denied>>,
}

/// What a viewer was denied in a use case: for the audit, never for the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub kind: Kind,
    pub id: String,
    pub decision: Arc<Decision>,
}

impl Viewer {
    /// Haulgate itself, working off what was asked for before: it is bound by nothing.
    pub fn haulgate() -> Self {
        Self(None)
    }

    /// The viewer of this call.
    pub fn of(call: &Call) -> Self {
        call.viewer().clone()
    }

    /// Whoever asks for this operation under these rules. None where the rules know no such operation.
    pub fn asking(law: &Law, principal: Principal, operation: &OperationKey) -> Option<Self> {
        let (access, residency) = (law.access.clone(), law.residency.clone());
        let asking = access.knows(operation).then(|| Arc::new(Asking { principal, operation: operation.clone() }))?;
        let (at_the_gate, denied) = (OnceLock::new(), Mutex::default());
        Some(Self(Some(Arc::new(Caller { access, residency, asking, at_the_gate, denied }))))
    }

    /// May they call the operation at all?
    pub fn may_call(&self, footing: Footing) -> Arc<Decision> {
        let Some(caller) = &self.0 else { return Decision::unbound() };
        caller.at_the_gate.get_or_init(|| caller.decide(Subject::Contract(footing))).clone()
    }

    /// What is decided on this resource, and by which rules.
    pub fn decide(&self, resource: &dyn Resource) -> Arc<Decision> {
        self.0.as_ref().map_or_else(Decision::unbound, |caller| caller.decide(Subject::of(resource)))
    }

    /// May they do what they ask for to this?
    pub fn sees(&self, resource: &dyn Resource) -> bool {
        let decision = self.decide(resource);
        let allowed = decision.allowed;
        if let (false, Some(caller)) = (allowed, &self.0) {
            let denied = Denied { kind: resource.kind(), id: resource.id().to_owned(), decision };
            *caller.denied.lock().expect("no holder of this lock panics") = Some(denied);
        }
        allowed
    }

    /// Passes on what may be seen; everything else does not exist.
    pub fn shown<T: Deref<Target: Resource + Sized>>(&self, what: &'static str, found: Option<T>) -> Result<T, Error> {
        let found = found.filter(|found| self.sees(&**found)).ok_or(Error::NotFound(what))?;
        self.meets_here(&*found)?;
        Ok(found)
    }

    /// Sends them on, where what they may see belongs to a region of another deployment.
    pub fn meets_here(&self, resource: &dyn Resource) -> Result<(), Error> {
        let region = resource.bound_to(Attribute::Region);
        self.0.iter().zip(region).try_for_each(|(caller, region)| caller.residency.keep(region))
    }

    /// The regions served here; none where all are.
    pub(super) fn served(&self) -> Option<&BTreeSet<String>> {
        self.0.as_ref()?.residency.served()
    }

    /// What was decided at the gate, once it was: for the audit.
    pub fn at_the_gate(&self) -> Option<&Decision> {
        self.0.as_ref()?.at_the_gate.get().map(Arc::as_ref)
    }

    /// How the rule that refused at the gate words it, where it does.
    pub(in crate::policy) fn told(&self) -> Option<&str> {
        let caller = self.0.as_ref()?;
        caller.access.says(caller.at_the_gate.get()?)
    }

    /// What this viewer was denied last, if anything was.
    pub fn denied(&self) -> Option<Denied> {
        self.0.as_ref()?.denied.lock().expect("no holder of this lock panics").clone()
    }

    /// Who asks; none where it is Haulgate itself.
    pub fn principal(&self) -> Option<&Principal> {
        self.0.as_ref().map(|caller| &caller.asking.principal)
    }

    /// The regions they are bound to; none is everywhere.
    pub fn regions(&self) -> Option<&BTreeSet<String>> {
        self.principal()?.regions.as_ref()
    }

    /// The driver who asks; only drivers' apps have one.
    pub fn driving(&self) -> Result<DriverId, Error> {
        let driver = self.principal().and_then(|principal| principal.bound_to(Attribute::Driver));
        driver.map(DriverId::from).ok_or_else(|| Error::gate("access_denied", "The token names no driver."))
    }

    /// The party who asks, where what it has set for itself is its own to see.
    pub fn party(&self) -> Result<PartyId, Error> {
        let party = self.principal().and_then(|principal| principal.bound_to(Attribute::Party)).map(PartyId::from);
        let own = party.filter(|party| self.sees(&Belongings(party.clone())));
        own.ok_or_else(|| Error::gate("access_denied", "The token names no party."))
    }
}

impl Caller {
    fn decide(&self, on: Subject) -> Arc<Decision> {
        self.access.decide(&Question { asking: self.asking.clone(), on })
    }
}
