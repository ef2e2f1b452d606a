//! Contracts: the published OpenAPI documents, what they declare, and whether a body keeps to them.
//!
//! Knows documents and nothing else of ours. The code declares a document (`router.rs`), this module completes it,
//! takes in what the policies say of it, writes it to `openapi/`, and compiles its schemas, so that the document is also
//! the validation. What has been released is in `blessed`, and `diff` weighs what has changed since.

mod answers;
mod assemble;
mod blessed;
mod bounds;
mod components;
pub mod diff;
mod examples;
mod extensible;
mod headers;
mod lint;
mod parameters;
mod preferences;
mod published;
mod registry;
mod schema;
mod texts;
mod written;

pub use answers::ProblemCode;
pub use assemble::{Declared, assemble};
pub use blessed::{Blessed, Entry, INDEX, Refusal, Release, Version, release, same};
pub use diff::{Finding, Severity, diff};
pub use lint::{Shapes, lint};
pub use parameters::Parameters;
pub use published::{ContractFacts, published};
pub use registry::{Contract, Layer, Operation, OperationKey, Registry};
pub use schema::{Departure, Schemas};
pub use texts::Texts;
pub use written::{operations, written, yaml};
