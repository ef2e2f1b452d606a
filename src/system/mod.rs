//! The outer world: one connector per system of record, each behind a small trait shaped by what Haulgate needs.
//!
//! Every call out passes the same guard (deadline, bulkhead, breaker, retries) and, over HTTP, the one stack in
//! `http.rs`. Wire formats stay inside each connector. Never touches the ledger, never knows a use case.
//!
//! To add a vendor: implement the trait beside the existing one, name it in `settings.rs`, open it in `connectors.rs`.

pub mod caller;
pub mod connectors;
pub mod errand;
pub mod settings;
pub mod trouble;

pub mod customers;
pub mod erp;
pub mod planner;
pub mod proofs;
pub mod release;
pub mod telematics;
pub mod warehouse;
pub mod webhooks;

pub mod figures;
pub mod guard;
pub mod http;
pub mod keys;

mod breaker;
mod budget;
mod bulkhead;
mod retry;
mod retry_after;

pub use breaker::BreakerState;
pub use caller::{By, Caller};
pub use connectors::Connectors;
pub use errand::Errand;
pub use figures::{ConnectorState, LastFailure};
pub use settings::SystemSettings;
pub use trouble::{Trouble, TroubleKind};
