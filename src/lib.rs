//! Haulgate: the governed API gateway between ERP, route planning and proof of delivery.
//! The modules stand in reading order, from the rules of the yard outwards.

pub mod domain;

pub mod clock;
pub mod ids;
pub mod spawn;

pub mod store;
pub mod system;

pub mod sandbox;

pub mod contract;
