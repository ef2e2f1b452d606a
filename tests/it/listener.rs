//! The listener, on real sockets: TLS and certificates, requests that can be read in two ways, peers that are slow, and
//! more connections than there is room for.

mod hostile;
mod house;
mod papers;
mod slow;
mod tls;
