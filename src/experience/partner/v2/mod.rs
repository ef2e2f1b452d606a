//! The second version of what partners are told: an ETA is a window, with how sure it is and what it was concluded from,
//! where the first version told an instant. What is not here is the same in both.

mod arrival;
pub mod eta;
pub mod shipments;
pub mod track;
