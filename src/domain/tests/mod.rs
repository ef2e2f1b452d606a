//! Tests of the rules: what may happen in which state as tables to read, stories of the yard, and properties.
//!
//! The tables are printed by driving the commands themselves. After a change of rule, look at the difference, then
//! `INSTA_UPDATE=always cargo test domain` writes them anew.

mod outcome_tables;
mod permutations;
mod policies;
mod road;
mod stories;
mod tables;
mod yard;
