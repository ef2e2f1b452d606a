//! What partners' portals ask: where their shipments are, when they come, what was left at the door, and to be told.
//! Everything is bounded by the caller's party; another party's shipment does not exist.
//!
//! The paths here are those of the first version; the second has its own where it differs (`v2`), and the same functions
//! where it does not (`router.rs`).

pub mod eta;
pub mod events;
pub mod exceptions;
pub mod follow;
pub mod preferences;
pub mod proof;
pub mod shipments;
pub mod track;
pub mod v2;
pub mod webhooks;
