//! Exceptions: raised, taken up and resolved. One file an operation; every resolution has its consequences for
//! shipment, route and invoice in the same change.

mod quarantined;
mod view;

pub mod acknowledge_exception;
pub mod get_exception;
pub mod list_exceptions;
pub mod raise_exception;
pub mod resolve_exception;

pub use acknowledge_exception::acknowledge;
pub use get_exception::find_exception;
pub use raise_exception::{Raised, raise};
pub use resolve_exception::{Resolved, resolve};
pub use view::ExceptionView;
