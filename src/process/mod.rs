//! Process APIs: one function per use case, and the door it is called through.
//!
//! A use case loads, lets the domain decide, and commits one change. It never knows which audience asked; the
//! experience layer calls the same functions and only words the answer differently.

mod case;
mod decide;
mod paging;

pub mod dead_letters;
pub mod deliveries;
pub mod exceptions;
pub mod figures;
pub mod governance;
pub mod orders;
pub mod overview;
pub mod preferences;
pub mod routes;
pub mod targets;
pub mod traces;
pub mod tracking;
pub mod webhooks;

pub use case::Case;
pub use decide::{Settled, decide};
pub use paging::{Page, Paged, listed, next_page, paged, word, written};
