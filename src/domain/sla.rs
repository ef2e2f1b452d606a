//! Targets: what the figures should come to, as `policies/sla.toml` states it.

use super::{
    decision::Follows,
    eta::EtaPolicy,
    exception::{Raise, Taxonomy, raise},
    milestone::MilestoneKind,
    refused::Refused,
    tracking::TrackingLimits,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// The targets of every figure, and the thresholds of ETAs, tracking and devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaTargets {
    pub figures: BTreeMap<Figure, Target>,
    pub eta: EtaPolicy,
    pub tracking: TrackingLimits,
    pub devices: DevicePolicy,
}

/// What is expected of drivers' devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DevicePolicy {
    /// A clock that is off by more is an exception, once for each device and day.
    pub clock_skew_seconds: u32,
}

/// What leaders measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// From an order's release to its vehicle's departure.
    OrderToDispatch,
    /// From the departure to the confirmation.
    DispatchToConfirmation,
    /// From the confirmation to its proof being complete.
    ProofPosting,
    /// From the confirmation to the invoice's release.
    InvoiceReleaseCycle,
    /// From what was needed last to the invoice's release.
    InvoiceReleaseDelay,
    /// Publications that were taken.
    RoutePublicationSuccess,
    /// From a publication to the driver's having it: the app's first reading, or the driver's word.
    RoutePublicationDelay,
    /// Effects that failed for good.
    FailedSync,
    /// From a change to its having reached whoever is told of it: webhooks, customers, the ERP.
    MessageLag,
    /// From raising an exception to resolving it.
    ExceptionResolution,
    /// Deliveries whose proof is complete.
    ProofCompletion,
    /// Orders whose whole way can be told.
    TraceCompleteness,
}

/// A target: a time, a share, a count, or a share within a time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// How long it may take.
    pub within_seconds: Option<u64>,
    /// The share of cases that has to make it, 0 to 1.
    pub share: Option<f64>,
    /// How many there may be in a day.
    pub at_most: Option<u64>,
}

impl Figure {
    pub const ALL: &[Figure] = &[
        Self::OrderToDispatch,
        Self::DispatchToConfirmation,
        Self::ProofPosting,
        Self::InvoiceReleaseCycle,
        Self::InvoiceReleaseDelay,
        Self::RoutePublicationSuccess,
        Self::RoutePublicationDelay,
        Self::FailedSync,
        Self::MessageLag,
        Self::ExceptionResolution,
        Self::ProofCompletion,
        Self::TraceCompleteness,
    ];

    /// As `policies/sla.toml` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OrderToDispatch => "order_to_dispatch",
            Self::DispatchToConfirmation => "dispatch_to_confirmation",
            Self::ProofPosting => "proof_posting",
            Self::InvoiceReleaseCycle => "invoice_release_cycle",
            Self::InvoiceReleaseDelay => "invoice_release_delay",
            Self::RoutePublicationSuccess => "route_publication_success",
            Self::RoutePublicationDelay => "route_publication_delay",
            Self::FailedSync => "failed_sync",
            Self::MessageLag => "message_lag",
            Self::ExceptionResolution => "exception_resolution",
            Self::ProofCompletion => "proof_completion",
            Self::TraceCompleteness => "trace_completeness",
        }
    }
}

impl Figure {
    /// Whether it is measured by a time, by a share of cases, and by a count.
    pub fn measured_by(self) -> (bool, bool, bool) {
        match self {
            Self::RoutePublicationSuccess | Self::ProofCompletion | Self::TraceCompleteness => (false, true, false),
            Self::FailedSync => (false, false, true),
            _ => (true, true, false),
        }
    }
}

impl Target {
    /// Whether one case that took as long has missed the target.
    pub fn is_missed_by(&self, seconds: u64) -> bool {
        self.within_seconds.is_some_and(|within| seconds > within)
    }
}

/// What a missed target is an exception of.
pub const BREACHED: &str = "sla_breached";

/// A case has missed its target: an exception and a milestone. `about.code` is `BREACHED`, its subject the shipment,
/// else the route, else the order.
pub fn breached(about: Raise, figure: Figure, seconds: u64, taxonomy: &Taxonomy) -> Result<Follows, Refused> {
    let mut follows = Follows::default();
    let exception = raise(taxonomy, about)?;
    let subject = exception.shipment.as_ref().map(|id| id.as_str());
    let subject = subject.or_else(|| exception.route.as_ref().map(|id| id.as_str()));
    let subject = subject.or_else(|| exception.order.as_ref().map(|id| id.as_str())).unwrap_or(exception.id.as_str());
    let data = json!({"exception": exception.id, "figure": figure, "seconds": seconds, "order": exception.order});
    follows.announce(MilestoneKind::SlaBreached, subject, exception.raised.occurred_at, data);
    follows.raises.push(exception);
    Ok(follows)
}
