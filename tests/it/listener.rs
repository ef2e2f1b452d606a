//! The listener, on real sockets: TLS and certificates, requests that can be read in two ways, peers that are slow, and
//! more connections or frames than there is room for.

mod floods;
mod hostile;
mod house;
mod papers;
mod slow;
mod tls;
