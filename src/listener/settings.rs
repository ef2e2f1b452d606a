//! What can be set of connections and of TLS.

use serde::Deserialize;
use std::{path::PathBuf, time::Duration};

/// How many connections there are, and how long their peers are waited for.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    /// Connections at once; one more is closed as it comes.
    pub at_once: usize,
    /// Of these, from one address; 0: as many as there are.
    pub per_address: usize,
    pub handshake_within_ms: u64,
    /// From a head's first byte, or the connection's beginning, to the head's end.
    pub head_within_ms: u64,
    /// Waiting for a body, beyond what `slowest_bytes_per_second` allows.
    pub body_within_ms: u64,
    /// Waiting for an answer to be read, beyond what `slowest_bytes_per_second` allows.
    pub read_within_ms: u64,
    pub slowest_bytes_per_second: u32,
    /// Between two requests.
    pub idle_ms: u64,
    /// A request line and its fields; more is answered with 431.
    pub head_bytes: usize,
    /// Fields of a head; more are answered with 431.
    pub fields: usize,
    /// A request's target; a longer one is answered with 414.
    pub target_bytes: usize,
    /// Requests at once on one HTTP/2 connection.
    pub streams: u32,
}

impl ConnectionSettings {
    pub fn handshake_within(&self) -> Duration {
        Duration::from_millis(self.handshake_within_ms)
    }

    pub fn head_within(&self) -> Duration {
        Duration::from_millis(self.head_within_ms)
    }

    pub fn body_within(&self) -> Duration {
        Duration::from_millis(self.body_within_ms)
    }

    pub fn read_within(&self) -> Duration {
        Duration::from_millis(self.read_within_ms)
    }

    pub fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms)
    }
}

/// Where certificates lie, and whether callers show theirs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The chain, leaf first, in PEM; empty: no TLS.
    pub certificate_file: PathBuf,
    /// Its private key, in PEM.
    pub key_file: PathBuf,
    /// The authorities of client certificates, in PEM.
    pub client_ca_file: PathBuf,
    pub clients: Clients,
    /// How often the files are looked at; SIGHUP has them read at once.
    pub reload_ms: u64,
}

/// Whether callers show a certificate of one of the authorities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clients {
    None,
    Optional,
    Required,
}

impl TlsSettings {
    /// Whether the API is served over TLS.
    pub fn is_on(&self) -> bool {
        !self.certificate_file.as_os_str().is_empty()
    }

    /// What contradicts itself, with the path of the setting.
    pub fn mistakes(&self) -> Vec<String> {
        let named = |path: &PathBuf| !path.as_os_str().is_empty();
        let mut mistakes = Vec::new();
        if named(&self.key_file) != self.is_on() {
            mistakes.push("server.tls.key_file: a certificate and its key are named together".to_owned());
        }
        if self.clients != Clients::None && !self.is_on() {
            mistakes.push("server.tls.clients: without TLS nobody can show a certificate".to_owned());
        }
        if (self.clients != Clients::None) != named(&self.client_ca_file) {
            mistakes.push("server.tls.client_ca_file: is named where clients show certificates".to_owned());
        }
        mistakes
    }
}
