//! Tests of the rules: golden tables and properties.
