//! Issuers that write any token, honest or not, and a world that answers for their key sets and counts who asks.

use super::over;
use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    },
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use haulgate::policy::KeySource;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

/// Where documents lie, and which of them were asked for.
#[derive(Default)]
pub struct World {
    documents: Mutex<HashMap<String, Value>>,
    asked: Mutex<Vec<String>>,
}

impl World {
    pub fn publish(&self, url: &str, document: Value) {
        self.documents.lock().unwrap().insert(url.to_owned(), document);
    }

    /// From now on nobody answers there.
    pub fn withdraw(&self, url: &str) {
        self.documents.lock().unwrap().remove(url);
    }

    /// Everything that was asked for.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    pub fn source(self: &Arc<Self>) -> KeySource {
        let world = self.clone();
        Arc::new(move |url| {
            let world = world.clone();
            Box::pin(async move {
                world.asked.lock().unwrap().push(url.clone());
                // Whoever else wants to ask now has the time to.
                tokio::task::yield_now().await;
                world.documents.lock().unwrap().get(&url).cloned().ok_or_else(|| "nobody answers".to_owned())
            })
        })
    }
}

enum Pair {
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
}

/// A key that signs in one algorithm.
pub struct SigningKey {
    pub id: String,
    pub algorithm: &'static str,
    pair: Pair,
}

impl SigningKey {
    pub fn es256(id: &str) -> Self {
        Self::ec(id, "ES256", &ECDSA_P256_SHA256_FIXED_SIGNING)
    }

    pub fn es384(id: &str) -> Self {
        Self::ec(id, "ES384", &ECDSA_P384_SHA384_FIXED_SIGNING)
    }

    fn ec(id: &str, algorithm: &'static str, curve: &'static EcdsaSigningAlgorithm) -> Self {
        Self { id: id.into(), algorithm, pair: Pair::Ec(EcdsaKeyPair::generate(curve).unwrap()) }
    }

    pub fn eddsa(id: &str) -> Self {
        Self { id: id.into(), algorithm: "EdDSA", pair: Pair::Ed(Ed25519KeyPair::generate().unwrap()) }
    }

    pub fn ps256(id: &str) -> Self {
        Self::rsa(id, "PS256", &RSA_PSS_SHA256)
    }

    pub fn rs256(id: &str) -> Self {
        Self::rsa(id, "RS256", &RSA_PKCS1_SHA256)
    }

    fn rsa(id: &str, algorithm: &'static str, encoding: &'static dyn RsaEncoding) -> Self {
        Self { id: id.into(), algorithm, pair: Pair::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).unwrap(), encoding) }
    }

    /// The public half, as a key set holds it.
    pub fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let public = match &self.pair {
            Pair::Ec(pair) => {
                let point = &pair.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = if x.len() == 32 { "P-256" } else { "P-384" };
                json!({"kty": "EC", "crv": curve, "x": text(x), "y": text(y)})
            }
            Pair::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref())}),
            Pair::Rsa(pair, _) => {
                let key = pair.public_key();
                let (n, e) = (key.modulus(), key.exponent());
                let (n, e) = (n.big_endian_without_leading_zero(), e.big_endian_without_leading_zero());
                json!({"kty": "RSA", "n": text(n), "e": text(e)})
            }
        };
        over(public, json!({"kid": self.id, "alg": self.algorithm, "use": "sig"}))
    }

    /// The public half in every form that a careless verifier could take for an HMAC secret.
    pub fn public_forms(&self) -> Vec<Vec<u8>> {
        let jwk = self.jwk();
        let mut forms = vec![jwk.to_string().into_bytes()];
        if let Pair::Rsa(pair, _) = &self.pair {
            let key = pair.public_key();
            let spki = AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(key).unwrap().as_ref().to_vec();
            let body = STANDARD.encode(&spki);
            let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
            let modulus = key.modulus().big_endian_without_leading_zero().to_vec();
            forms.extend([key.as_ref().to_vec(), spki, pem.trim().into(), pem.into_bytes(), modulus]);
        }
        forms
    }

    pub fn sign(&self, content: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => pair.sign(&random, content).unwrap().as_ref().to_vec(),
            Pair::Ed(pair) => pair.sign(content).as_ref().to_vec(),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, content, &mut signature).unwrap();
                signature
            }
        }
    }

    /// An access token with these claims; members of the header may be other ones, or left out with null.
    pub fn token(&self, header: Value, claims: &Value) -> String {
        let honest = json!({"alg": self.algorithm, "typ": "at+jwt", "kid": self.id});
        self.token_of(&over(honest, header).to_string(), &claims.to_string())
    }

    /// One of these very texts, signed.
    pub fn token_of(&self, header: &str, claims: &str) -> String {
        let content = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(content.as_bytes()));
        format!("{content}.{signature}")
    }
}

/// An issuer with a key for every algorithm that is taken.
pub struct Mint {
    pub url: String,
    pub es256: SigningKey,
    pub eddsa: SigningKey,
    pub ps256: SigningKey,
    pub rs256: SigningKey,
    /// Published too, though nobody may take it.
    pub es384: SigningKey,
}

impl Mint {
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            es256: SigningKey::es256("es"),
            eddsa: SigningKey::eddsa("ed"),
            ps256: SigningKey::ps256("ps"),
            rs256: SigningKey::rs256("rs"),
            es384: SigningKey::es384("es384"),
        }
    }

    pub fn jwks_url(&self) -> String {
        format!("{}/jwks", self.url)
    }

    pub fn key_set(&self) -> Value {
        let keys = [&self.es256, &self.eddsa, &self.ps256, &self.rs256, &self.es384];
        json!({"keys": keys.map(SigningKey::jwk)})
    }
}
