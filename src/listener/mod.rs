//! The listener: connections in, requests out. Speaks TLS, HTTP/1.1 and HTTP/2; bounds how many connections there are,
//! how large a request's head is, and how long a peer may keep the gateway waiting, whether it sends or reads.
//!
//! What cannot be read in one way only is not passed on (`framing.rs`). Knows no operation, no consumer and no policy.

mod accept;
mod activity;
mod answer;
mod body;
mod certificates;
mod chunks;
mod connection;
mod frames;
mod framing;
mod head;
mod patience;
mod requests;
mod settings;
mod socket;

pub use accept::{Door, Transport};
pub use body::TooSlow;
pub use certificates::Certificates;
pub use framing::{Framing, Passed, Then};
pub use head::{HeadLimits, Misread};
pub use settings::{Clients, ConnectionSettings, TlsSettings};
