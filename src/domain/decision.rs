//! Decisions: what a command answers with. New states, and what follows from them for the rest of the world.
//!
//! A command takes the states it decides over by value and gives them back changed; whoever called compares and
//! commits those that differ. Nothing here is ever done, only said.

use super::{
    effect::Effect,
    exception::{Exception, Taxonomy},
    id::ExceptionId,
    milestone::{Milestone, MilestoneKind},
    order::Order,
    proof::ProofPolicy,
    route::Route,
    shipment::Shipment,
    stop::Stop,
};
use jiff::Timestamp;
use serde_json::Value;

/// A command's answer: the state as it is now, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome<T> {
    pub state: T,
    pub follows: Follows,
}

/// What follows from a decision, to be committed together with the states.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Follows {
    pub milestones: Vec<Milestone>,
    pub effects: Vec<Effect>,
    /// New exceptions. Their ids are derived, and no decision raises one twice.
    pub raises: Vec<Exception>,
    /// Exceptions that have been overtaken by events: `exception::supersede` them if they are still open.
    pub settles: Vec<ExceptionId>,
}

/// The rules that can be changed without a release, as a decision needs them.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    pub taxonomy: &'a Taxonomy,
    pub proof: &'a ProofPolicy,
}

/// An order with its shipments and the stops of the attempts under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    pub order: Order,
    pub shipments: Vec<Shipment>,
    pub stops: Vec<Stop>,
}

/// A route with everything it carries. `stops` are those whose `route` it is; a leg whose stop has gone elsewhere
/// or is cancelled counts for nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub route: Route,
    pub stops: Vec<Stop>,
    pub shipments: Vec<Shipment>,
    pub orders: Vec<Order>,
}

/// One attempt at the door: the stop, what it is made for, and the order behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    pub order: Order,
    pub shipment: Shipment,
    pub stop: Stop,
}

impl<T> Outcome<T> {
    /// A new state from which nothing else follows.
    pub fn quiet(state: T) -> Self {
        Self { state, follows: Follows::default() }
    }
}

impl Follows {
    pub fn announce(&mut self, kind: MilestoneKind, subject: &str, occurred_at: Timestamp, data: Value) {
        self.milestones.push(Milestone { kind, subject: subject.to_owned(), occurred_at, data });
    }

    /// Asks for an effect, once.
    pub fn cause(&mut self, effect: Effect) {
        if !self.effects.contains(&effect) {
            self.effects.push(effect);
        }
    }

    /// Tells the customer, if the customer wants to be told.
    pub fn notify(&mut self, shipment: &Shipment, kind: MilestoneKind) {
        if shipment.notify {
            self.cause(Effect::NotifyCustomer { shipment: shipment.id.clone(), milestone: kind.name().to_owned() });
        }
    }

    pub fn join(&mut self, other: Self) {
        self.milestones.extend(other.milestones);
        other.effects.into_iter().for_each(|effect| self.cause(effect));
        self.raises.extend(other.raises);
        self.settles.extend(other.settles);
    }
}
