//! Access: what one may not see is not there, lists and decisions agree on what that is, and what is given to one, or named
//! by one, counts for nobody else.

mod acmes;
mod bounds;
mod elsewhere;
mod personas;
mod tickets;
mod whose;
pub mod yard;
