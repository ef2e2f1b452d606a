//! What the control room asks.
