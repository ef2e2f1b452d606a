//! A driver's app: its run, what happens at the stops, the artifacts that prove it, and hours of offline work at once.
//! Words the process layer's functions for a phone; decides nothing.

mod item;
pub mod run;
pub mod stops;
pub mod sync;
pub mod upload;
mod view;
