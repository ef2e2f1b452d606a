//! The yard's own rules: orders, shipments, routes, stops, proofs, exceptions and ETAs as pure functions.
//!
//! Holds what things are and what may happen to them. Never does IO, never reads a clock, never rolls dice:
//! instants and ids come in as arguments, and what follows from a decision goes out as data.

pub mod id;
pub mod place;
pub mod quantity;
pub mod text;
pub mod time;

pub mod delivery;
pub mod eta;
pub mod exception;
pub mod invoice;
pub mod order;
pub mod proof;
pub mod report;
pub mod route;
pub mod shipment;
pub mod stop;
pub mod tracking;

pub mod batch;
pub mod customer;
pub mod master;
pub mod policies;
pub mod region;
pub mod sla;
pub mod webhook;

pub mod cloud_event;
pub mod decision;
pub mod effect;
pub mod milestone;
pub mod refused;

#[cfg(test)]
mod tests;
