//! Exceptions.
