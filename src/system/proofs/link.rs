//! Short-lived links to artifacts: a directory cannot presign, so we sign them ourselves.

use super::SignedLink;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

const SHORTEST_SECRET: usize = 32;

pub struct LinkSigner {
    key: hmac::Key,
}

impl LinkSigner {
    pub fn new(secret: &SecretString) -> Result<Self, String> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return Err(format!("proofs: the link secret has fewer than {SHORTEST_SECRET} characters"));
        }
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret) })
    }

    pub fn link(&self, sha256: &str, media_type: &str, expires_at: Timestamp) -> SignedLink {
        let expires = expires_at.as_second();
        let tag = hmac::sign(&self.key, &signed(sha256, media_type, expires));
        SignedLink {
            sha256: sha256.to_owned(),
            media_type: media_type.to_owned(),
            expires,
            signature: URL_SAFE_NO_PAD.encode(tag),
        }
    }

    pub fn verify(&self, link: &SignedLink, now: Timestamp) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(&link.signature) else { return false };
        let content = signed(&link.sha256, &link.media_type, link.expires);
        hmac::verify(&self.key, &content, &tag).is_ok() && now.as_second() < link.expires
    }
}

fn signed(sha256: &str, media_type: &str, expires: i64) -> Vec<u8> {
    format!("haulgate proof link 1\n{sha256}\n{media_type}\n{expires}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_good_until_it_expires_and_for_one_artifact_only() {
        let signer = LinkSigner::new(&"0123456789abcdef0123456789abcdef".into()).expect("long enough");
        let at = |second| Timestamp::from_second(second).expect("an instant");
        let link = signer.link("aa", "image/jpeg", at(1_000));
        assert!(signer.verify(&link, at(999)) && !signer.verify(&link, at(1_000)));
        assert!(!signer.verify(&SignedLink { sha256: "bb".into(), ..link.clone() }, at(999)));
        assert!(!signer.verify(&SignedLink { media_type: "text/html".into(), ..link.clone() }, at(999)));
        assert!(!signer.verify(&SignedLink { expires: 2_000, ..link }, at(999)));
        assert!(LinkSigner::new(&"short".into()).is_err());
    }
}
