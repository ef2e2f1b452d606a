//! The ledger: every write, once, together.
