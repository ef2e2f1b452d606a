//! Policies: who may call what, how often, how long, and what happens once. The law that the gate applies.
//!
//! Policies are files people read (`policies/`), keyed by operationId and joined both ways with the contracts at
//! start. Never knows what an operation does.

mod access;
mod announce;
mod applies;
mod audit;
mod bind;
mod call;
mod conditions;
mod consumer;
mod dates;
mod drift;
mod effective;
mod explain;
mod files;
mod gate;
mod identity;
mod lifecycle;
mod once;
mod operation;
mod operations;
mod preference;
mod product;
mod promises;
mod published;
mod quota;
mod reader;
mod registration;
mod reload;
mod residency;
mod schema;
mod token;
mod trace;
mod usage;
mod watch;
mod written;

pub use access::{
    Access, Attribute, Case, Decision, Denied, Footing, Kind, Principal, Resource, Ruling, Territory, Then, Tried,
    Viewer, schema as access_schema, table as access_table, try_cases,
};
pub use announce::announce;
pub use audit::REFUSED;
pub use bind::{Governed, Law};
pub use call::{Call, Correlation};
pub use conditions::Conditions;
pub use consumer::{Audience, Consumer};
pub use dates::Day;
pub use drift::{Drift, DriftLedger};
pub use effective::effective;
pub use explain::{Explanation, Rule, Unexplained, explain};
pub use files::PolicyFiles;
pub use gate::{Gate, enter};
pub use lifecycle::{Lifecycle, Withdrawal};
pub use once::{Claim, Once, key_of};
pub use operation::{Audit, Cache, Idempotency, OnUnavailable, OperationPolicy};
pub use preference::Preferences;
pub use product::{DataClass, Product, ProductEntry, Sla};
pub use promises::Promises;
pub use quota::{Counted, Limit, Quota, QuotaSettings, Quotas, Window};
pub use reader::{Mistakes, Places};
pub use reload::{RefusedSet, Reloads, Standing, Taken};
pub use residency::Residency;
pub use schema::{schema_of, schemas};
pub use token::{
    Algorithm, ClaimNames, Claims, Issuer, Jws, KeySource, PeerCertificate, Presented, Tokens,
    mistakes as issuer_mistakes,
};
pub use trace::TraceContext;
pub use usage::UsageLedger;
pub use watch::Watch;
pub use written::Place;
