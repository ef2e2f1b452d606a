//! The listener, on real sockets: TLS and certificates, requests that can be read in two ways, peers that are slow, more
//! connections or frames than there is room for, and all of it behind proxies.

mod floods;
mod fronts;
mod hostile;
mod house;
mod papers;
mod slow;
mod tls;
