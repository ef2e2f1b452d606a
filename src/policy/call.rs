//! The call: who asks for what, under which name and until when. Only the gate makes one, so that no operation can
//! forget to ask who is there.

use super::{
    access::Viewer,
    audit,
    bind::Governed,
    conditions::Conditions,
    consumer::{Audience, Consumer},
    once::{Claim, Once},
    token::Claims,
    trace::TraceContext,
};
use crate::{
    error::Error,
    store::{ContractStamp, Origin, Verdict},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use jiff::Timestamp;
use std::sync::Arc;
use tokio::time::Instant;

/// The names a request goes by.
#[derive(Clone, Debug)]
pub struct Correlation {
    /// Ours, one a request.
    pub id: String,
    /// The caller's, where it sent one that is fit to be kept.
    pub callers: Option<String>,
    pub trace: TraceContext,
}

/// A call that the gate let in.
#[derive(Clone, Debug)]
pub struct Call(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    asking: Asking,
    deadline: Instant,
    conditions: Conditions,
    once: Option<(Once, Claim)>,
}

/// Who asks for what, through which contract: known as soon as the caller is.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub governed: Arc<Governed>,
    pub consumer: Arc<Consumer>,
    pub claims: Arc<Claims>,
    pub correlation: Correlation,
    pub received_at: Timestamp,
    pub path: String,
    pub viewer: Viewer,
}

impl Asking {
    /// Who acts, for the audit: the token's subject at its consumer.
    fn actor(&self) -> String {
        format!("{}/{}", self.consumer.id, self.claims.subject)
    }

    /// Where the rows come from that this leaves.
    pub fn origin(&self, verdict: Verdict) -> Origin {
        let (contract, operation) = (&self.governed.contract, &self.governed.operation);
        Origin {
            correlation_id: self.correlation.id.clone(),
            traceparent: self.correlation.trace.traceparent(),
            actor: self.actor(),
            consumer: self.consumer.id.clone(),
            operation: operation.key.id.to_string(),
            contract: ContractStamp {
                name: format!("{}/{}", contract.layer.name(), contract.product),
                version: contract.version.to_string(),
                hash: contract.hash.clone(),
            },
            now: self.received_at,
            region: None,
            verdict: Some(verdict),
        }
    }
}

impl Call {
    pub(super) fn admit(asking: Asking, deadline: Instant, headers: &HeaderMap, once: Option<(Once, Claim)>) -> Self {
        Self(Arc::new(Inner { asking, deadline, conditions: Conditions::of(headers), once }))
    }

    pub(super) fn asking(&self) -> &Asking {
        &self.0.asking
    }

    pub fn governed(&self) -> &Governed {
        &self.0.asking.governed
    }

    pub fn consumer(&self) -> &Consumer {
        &self.0.asking.consumer
    }

    pub fn audience(&self) -> Audience {
        self.0.asking.consumer.entry.audience
    }

    pub fn claims(&self) -> &Claims {
        &self.0.asking.claims
    }

    /// What the caller may see, by the rules that let this call in.
    pub fn viewer(&self) -> &Viewer {
        &self.0.asking.viewer
    }

    pub fn correlation(&self) -> &Correlation {
        &self.0.asking.correlation
    }

    /// When the request came in: what every decision of this call takes as now.
    pub fn now(&self) -> Timestamp {
        self.0.asking.received_at
    }

    pub fn deadline(&self) -> Instant {
        self.0.deadline
    }

    /// The path that was asked for.
    pub fn path(&self) -> &str {
        &self.0.asking.path
    }

    /// Who acts, for the audit: the token's subject at its consumer.
    pub fn actor(&self) -> String {
        self.0.asking.actor()
    }

    /// The key to be done once, if there is one.
    pub fn once(&self) -> Option<&Once> {
        self.0.once.as_ref().map(|(once, _)| once)
    }

    /// Where the rows this call writes come from.
    pub fn origin(&self) -> Origin {
        self.0.asking.origin(audit::allowed(&self.0.asking))
    }

    /// What the caller makes the effect depend on.
    pub fn conditions(&self) -> &Conditions {
        &self.0.conditions
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        let missing = || Error::Internal("a route stands outside the gate".into());
        parts.extensions.get::<Call>().cloned().ok_or_else(missing)
    }
}
