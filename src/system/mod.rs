//! The outer world: connectors to the systems of record.
