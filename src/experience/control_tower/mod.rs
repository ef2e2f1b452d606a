//! What the control room asks: what is late, what is stuck, why, and how to mend it.

pub mod dead_letters;
pub mod governance;
pub mod overview;
pub mod sla;
pub mod trace;
