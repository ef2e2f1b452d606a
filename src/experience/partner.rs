//! Partner.
