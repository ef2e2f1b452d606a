//! Travel.
