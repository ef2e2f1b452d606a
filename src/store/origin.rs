//! Where a change comes from: who asked, through which contract, and what was decided on the request.

use crate::domain::id::RegionId;
use jiff::Timestamp;

/// Where a change comes from: who asked, through which contract, on whose trace, and when it was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub correlation_id: String,
    pub traceparent: String,
    pub actor: String,
    pub consumer: String,
    pub operation: String,
    pub contract: ContractStamp,
    pub now: Timestamp,
    pub region: Option<RegionId>,
    /// What was decided on the request; nothing where no request was made.
    pub verdict: Option<Verdict>,
}

/// What was decided on a request, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub decision: Decision,
    /// The rules that decided, as the audit names them: `access:` and the names of rules in `policies/access.cedar`, or
    /// `rule:` and the problem's code.
    pub policy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Allowed,
    Denied,
}

impl Decision {
    pub const ALL: [Self; 2] = [Self::Allowed, Self::Denied];

    pub fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allow",
            Self::Denied => "deny",
        }
    }
}

impl Origin {
    /// The decision's name and the rules, as they are written.
    pub(super) fn decided(&self) -> (&'static str, &str) {
        self.verdict.as_ref().map_or(("", ""), |verdict| (verdict.decision.name(), &verdict.policy))
    }
}

/// Which contract was in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractStamp {
    pub name: String,
    pub version: String,
    pub hash: String,
}
