//! The gateway's certificate, and the authorities of its callers': read from files, and read again when they change,
//! while connections live on. What does not fit together is refused with a line in the log, and the last that did stays
//! in force.

use super::settings::{Clients, TlsSettings};
use crate::{ids::sha256, spawn::Background};
use arc_swap::ArcSwap;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    signal::unix::{SignalKind, signal},
    time::{MissedTickBehavior, interval},
};

pub struct Certificates {
    settings: TlsSettings,
    in_force: ArcSwap<ServerConfig>,
    /// The hash of the files as they were read last, whether or not they were taken.
    read: Mutex<String>,
}

/// What lies in the files.
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Vec<u8>,
}

impl Certificates {
    /// Reads the files; they have to fit together.
    pub async fn open(settings: TlsSettings) -> Result<Arc<Self>, String> {
        let files = Files::read(&settings).await?;
        let config = files.config(settings.clients)?;
        let (in_force, read) = (ArcSwap::from_pointee(config), Mutex::new(files.hash()));
        Ok(Arc::new(Self { settings, in_force, read }))
    }

    /// What the next handshake goes by.
    pub fn in_force(&self) -> Arc<ServerConfig> {
        self.in_force.load_full()
    }

    /// Reads the files again when they have changed, and when the process is told to (SIGHUP).
    pub fn watch(self: &Arc<Self>, background: &Background) {
        let (this, stopping) = (self.clone(), background.clone());
        let mut told = signal(SignalKind::hangup()).expect("the process may watch for SIGHUP");
        let mut ticks = interval(Duration::from_millis(this.settings.reload_ms.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        background.spawn(async move {
            loop {
                tokio::select! {
                    () = stopping.stopping() => return,
                    _ = told.recv() => this.reload(true).await,
                    _ = ticks.tick() => this.reload(false).await,
                }
            }
        });
    }

    /// Takes what lies in the files now, where it is new; told to, it says so even where it is not.
    async fn reload(&self, told: bool) {
        match self.renew(told).await {
            Ok(true) => tracing::info!("the certificates were read again and are in force"),
            Ok(false) => {}
            Err(error) => tracing::error!(error, "the certificates were refused; the last ones stay in force"),
        }
    }

    /// Whether the files' content was taken: it was not where it is what was read last, unless `told` to.
    pub async fn renew(&self, told: bool) -> Result<bool, String> {
        let files = Files::read(&self.settings).await.unwrap_or_else(Files::unreadable);
        let hash = files.hash();
        if !told && *self.read.lock().unwrap_or_else(PoisonError::into_inner) == hash {
            return Ok(false);
        }
        *self.read.lock().unwrap_or_else(PoisonError::into_inner) = hash;
        let taken = files.config(self.settings.clients);
        metrics::gauge!("listener_certificates_refused").set(if taken.is_ok() { 0.0 } else { 1.0 });
        self.in_force.store(Arc::new(taken?));
        Ok(true)
    }
}

impl Files {
    async fn read(settings: &TlsSettings) -> Result<Self, String> {
        let client_ca = match settings.clients {
            Clients::None => Vec::new(),
            _ => bytes(&settings.client_ca_file).await?,
        };
        Ok(Self {
            certificate: bytes(&settings.certificate_file).await?,
            key: bytes(&settings.key_file).await?,
            client_ca,
        })
    }

    /// Files that are not there hold nothing, which is refused once and not at every look.
    fn unreadable(error: String) -> Self {
        tracing::debug!(error, "a certificate's file cannot be read");
        Self { certificate: Vec::new(), key: Vec::new(), client_ca: Vec::new() }
    }

    fn hash(&self) -> String {
        [&self.certificate, &self.key, &self.client_ca].map(|bytes| sha256(bytes)).concat()
    }

    fn config(&self, clients: Clients) -> Result<ServerConfig, String> {
        let chain = certificates(&self.certificate, "certificate_file")?;
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| format!("key_file: {error}"))?;
        let builder = ServerConfig::builder();
        let builder = match self.verifier(clients)? {
            Some(verifier) => builder.with_client_cert_verifier(verifier),
            None => builder.with_no_client_auth(),
        };
        let mut config = builder.with_single_cert(chain, key).map_err(|error| format!("certificate_file: {error}"))?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }

    fn verifier(&self, clients: Clients) -> Result<Option<Arc<dyn ClientCertVerifier>>, String> {
        if clients == Clients::None {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        for authority in certificates(&self.client_ca, "client_ca_file")? {
            roots.add(authority).map_err(|error| format!("client_ca_file: {error}"))?;
        }
        let builder = WebPkiClientVerifier::builder(Arc::new(roots));
        let builder = if clients == Clients::Optional { builder.allow_unauthenticated() } else { builder };
        builder.build().map(Some).map_err(|error| format!("client_ca_file: {error}"))
    }
}

async fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    tokio::fs::read(path).await.map_err(|error| format!("{}: {error}", path.display()))
}

fn certificates(pem: &[u8], setting: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|error| format!("{setting}: {error}"))?;
    if all.is_empty() { Err(format!("{setting}: holds no certificate")) } else { Ok(all) }
}
