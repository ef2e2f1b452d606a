//! What the comparison knows: every rule with its id, its weight, and why it breaks whom. Everything loops over
//! `Rule::all`; the two tables it is made of stand in `change.rs` and `promise.rs`.

use super::{change::Change, promise::Promise};
use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Somebody's client breaks; the contract needs a next major version.
    Error,
    /// Some clients may stumble; a person should look.
    Warning,
    /// Nobody breaks.
    Info,
}

/// Which way the data goes. What narrows requests breaks their senders; what widens answers breaks their readers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Request,
    Response,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A schema that clients send has changed.
    Request(Change),
    /// A schema that clients read has changed.
    Response(Change),
    /// What stands around the schemas has changed.
    Promise(Promise),
}

impl Rule {
    pub fn of(direction: Direction, change: Change) -> Self {
        match direction {
            Direction::Request => Self::Request(change),
            Direction::Response => Self::Response(change),
        }
    }

    pub fn all() -> impl Iterator<Item = Self> {
        let both = |change: &Change| [Self::Request(*change), Self::Response(*change)];
        let schemas = Change::ALL.iter().flat_map(both);
        schemas.chain(Promise::ALL.iter().copied().map(Self::Promise))
    }

    /// Such as `request.property.added-required`.
    pub fn id(self) -> String {
        match self {
            Self::Request(change) => format!("request.{}", change.id()),
            Self::Response(change) => format!("response.{}", change.id()),
            Self::Promise(promise) => promise.id().to_owned(),
        }
    }

    pub fn severity(self) -> Severity {
        match self {
            Self::Request(change) => change.request().0,
            Self::Response(change) => change.response().0,
            Self::Promise(promise) => promise.severity(),
        }
    }

    /// What has happened, as half a sentence with places for what it happened to.
    pub fn what(self) -> &'static str {
        match self {
            Self::Request(change) | Self::Response(change) => change.what(),
            Self::Promise(promise) => promise.what(),
        }
    }

    /// Why it breaks whom, or why it breaks nobody.
    pub fn why(self) -> &'static str {
        match self {
            Self::Request(change) => change.request().1,
            Self::Response(change) => change.response().1,
            Self::Promise(promise) => promise.why(),
        }
    }

    /// Whether only readers of the document notice: a patch in semantic versioning.
    pub fn is_documentation(self) -> bool {
        let told = [Promise::OperationDocumented, Promise::OperationRegrouped, Promise::OwnerChanged];
        matches!(self, Self::Promise(promise) if told.contains(&promise))
    }
}
