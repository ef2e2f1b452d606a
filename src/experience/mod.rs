//! Experience APIs: each audience's own words. One file per audience; decides nothing, calls the process layer.

pub mod control_tower;
pub mod driver;
pub mod partner;
