//! Proof of possession: a token that is bound to a certificate or a key is worth nothing without it (RFC 7800).
//!
//! What a token is bound to is enforced or the token is refused; it is never ignored.

use super::{key::thirty_two, refusal::Refusal};
use aws_lc_rs::digest;
use serde_json::Value;

/// The SHA-256 of the certificate the peer showed in its TLS handshake, in DER. Only the listener can know it: no
/// header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerCertificate(pub [u8; 32]);

impl PeerCertificate {
    /// The one of this DER.
    pub fn of(der: &[u8]) -> Self {
        let hash = digest::digest(&digest::SHA256, der);
        Self(hash.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

/// What a token is bound to (`cnf`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binding {
    /// A client certificate: `x5t#S256` (RFC 8705).
    certificate: Option<PeerCertificate>,
    /// A key that proofs are signed with: `jkt` (RFC 9449).
    key: Option<[u8; 32]>,
}

impl Binding {
    /// A method of confirmation that is not known here cannot be enforced, so it is refused.
    pub fn of(cnf: Option<&Value>) -> Result<Self, &'static str> {
        let Some(cnf) = cnf else { return Ok(Self::default()) };
        let members = cnf.as_object().filter(|members| !members.is_empty()).ok_or("cnf is no object")?;
        let mut binding = Self::default();
        for (name, value) in members {
            let hash = value.as_str().and_then(thirty_two).ok_or("cnf holds no SHA-256")?;
            match name.as_str() {
                "x5t#S256" => binding.certificate = Some(PeerCertificate(hash)),
                "jkt" => binding.key = Some(hash),
                _ => return Err("cnf names a confirmation that is not known"),
            }
        }
        Ok(binding)
    }

    /// The thumbprint of the key that has to sign each request's proof.
    pub fn key(&self) -> Option<&[u8; 32]> {
        self.key.as_ref()
    }

    /// Holds the connection's certificate against the one the token is bound to.
    pub fn holds(&self, shown: Option<PeerCertificate>) -> Result<(), Refusal> {
        match self.certificate {
            Some(bound) if shown != Some(bound) => Err(Refusal::Invalid("its certificate was not shown")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_cannot_be_enforced_is_refused() {
        let hash = "A".repeat(43);
        assert_eq!(Binding::of(None), Ok(Binding::default()));
        assert!(Binding::of(Some(&json!({"x5t#S256": hash, "jkt": hash}))).is_ok());
        for wrong in [
            json!(null),
            json!({}),
            json!("x"),
            json!({"jwk": {}}),
            json!({"jkt": hash, "kid": hash}),
            json!({"x5t#S256": "AA"}),
            json!({"jkt": null}),
        ] {
            assert!(Binding::of(Some(&wrong)).is_err(), "{wrong}");
        }
    }
}
