//! Stories of the relay: what was committed is brought about elsewhere, once, in order, whatever happens on the way.

mod deliveries;
mod leases;
mod order;
mod trouble;
mod webhooks;
pub mod yard;
