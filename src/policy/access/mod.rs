//! Access: who may do what to which, as `policies/access.cedar` says it.
//!
//! One set of rules decides twice. Coarsely at the gate: may this consumer call this operation? There the resource is
//! the contract. Finely in the use case: may it do so to this order, this route, this exception? There the resource
//! brings its attributes. Lists are narrowed in SQL by what binds the caller ([`Viewer::bounds`]); a property test holds
//! that against the rules. What may not be seen is answered exactly like what does not exist.
//!
//! To add a kind of resource: a variant in `resource.rs`, an `impl Resource` in `resources.rs`, rules in `access.cedar`.

mod bounds;
mod cases;
mod decide;
mod explain;
mod mistakes;
mod principal;
mod question;
mod resource;
mod resources;
mod rules;
mod schema;
mod table;
mod viewer;

pub use cases::{Case, Then, Tried, try_cases};
pub use decide::Decision;
pub use explain::Ruling;
pub use principal::Principal;
pub use question::Footing;
pub use resource::{Attribute, Kind, Resource};
pub use resources::Territory;
pub use rules::Access;
pub use schema::schema;
pub use table::table;
pub use viewer::{Denied, Viewer};
