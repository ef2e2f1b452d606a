//! Certificates and keys as an office would issue them, and peers that show them.

use super::house::{House, Wire};
use haulgate::listener::{Certificates, Clients, TlsSettings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Issues certificates.
pub struct Office(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
pub struct Paper {
    pub certificate: String,
    pub key: String,
    pub der: CertificateDer<'static>,
    private: PrivateKeyDer<'static>,
}

impl Office {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a certificate"))
    }

    pub fn issue(&self, name: &str) -> Paper {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        Paper {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().clone(),
            private: PrivateKeyDer::try_from(key.serialize_der()).expect("a private key"),
        }
    }
}

/// A folder with the gateway's papers in it.
pub struct Drawer {
    folder: TempDir,
    pub office: Office,
}

impl Drawer {
    pub fn new() -> Self {
        let drawer = Self { folder: tempfile::tempdir().expect("a folder"), office: Office::new() };
        drawer.put("ca.pem", &drawer.office.0.pem());
        drawer.renew();
        drawer
    }

    /// Puts a new certificate of the gateway's in.
    pub fn renew(&self) -> Paper {
        let paper = self.office.issue("haulgate.test");
        self.put("certificate.pem", &paper.certificate);
        self.put("key.pem", &paper.key);
        paper
    }

    pub fn put(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("the folder can be written");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn settings(&self, clients: Clients) -> TlsSettings {
        TlsSettings {
            certificate_file: self.path().join("certificate.pem"),
            key_file: self.path().join("key.pem"),
            client_ca_file: self.path().join("ca.pem"),
            clients,
            reload_ms: 5,
        }
    }

    pub async fn certificates(&self, clients: Clients) -> Arc<Certificates> {
        haulgate::cli::install_crypto();
        Certificates::open(self.settings(clients)).await.expect("the papers fit")
    }

    /// Connects as whoever holds this paper, and speaks one of these protocols.
    pub async fn connect(
        &self,
        house: &House,
        paper: Option<&Paper>,
        protocols: &[&str],
    ) -> std::io::Result<Wire<TlsStream<TcpStream>>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.office.0.der().clone()).expect("an authority");
        let builder = ClientConfig::builder().with_root_certificates(roots);
        let mut config = match paper {
            Some(paper) => {
                builder.with_client_auth_cert(vec![paper.der.clone()], paper.private.clone_key()).expect("it fits")
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(house.address).await?;
        let name = ServerName::try_from("haulgate.test").expect("a name");
        Ok(Wire(TlsConnector::from(Arc::new(config)).connect(name, stream).await?))
    }
}
