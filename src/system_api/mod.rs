//! System APIs: each system of record through one contract of ours, for those who need it directly. Thin by intent:
//! a door, the connector, and no decision.

pub mod customers;
pub mod erp;
pub mod master_data;
pub mod planner;
pub mod proofs;
pub mod telematics;
pub mod warehouse;
