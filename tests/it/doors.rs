//! Every door there is, knocked at by those who may not come in. The doors are the operations as documents and policies
//! declare them: a new one is knocked at the moment it exists.

mod bounds;
mod door;
mod hostile;
mod log;
mod methods;
mod sample;
mod strangers;

pub use door::{Door, every_door, patient_gateway};
