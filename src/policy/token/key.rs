//! Public keys (RFC 7517): each is bound to exactly one algorithm, by what it names or by what only fits.

use super::jws::Jws;
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, crypto};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The algorithms that signatures are taken in; there is no way to configure another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "EdDSA")]
    EdDsa,
    #[serde(rename = "PS256")]
    Ps256,
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    pub const ALL: [Self; 4] = [Self::Es256, Self::EdDsa, Self::Ps256, Self::Rs256];

    /// As in `alg` (RFC 7518, RFC 8037).
    pub fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
        }
    }

    fn of_library(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

/// A public key and the one algorithm it verifies.
#[derive(Clone, Debug)]
pub struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
    thumbprint: [u8; 32],
}

/// Members only a private or a symmetric key has.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Key {
    /// The key of this JWK, if it is a public one that verifies in one of these algorithms, and in one only.
    pub fn of_jwk(jwk: &Map<String, Value>, allowed: &[Algorithm]) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let member = |name: &str| text(name).map_or(String::new(), |value| format!("\"{name}\":\"{value}\""));
        if PRIVATE.iter().any(|name| jwk.contains_key(*name)) || !is_for_signatures(jwk) {
            return None;
        }
        let (fitting, key, members): (&[_], _, &[_]) = match (text("kty")?, text("crv")) {
            ("EC", Some("P-256")) => {
                let (x, y) = (coordinate(text("x")?)?, coordinate(text("y")?)?);
                (&[Algorithm::Es256], DecodingKey::from_ec_components(x, y), &["crv", "kty", "x", "y"])
            }
            ("OKP", Some("Ed25519")) => {
                (&[Algorithm::EdDsa], DecodingKey::from_ed_components(coordinate(text("x")?)?), &["crv", "kty", "x"])
            }
            ("RSA", _) => {
                let key = DecodingKey::from_rsa_components(text("n")?, text("e")?);
                (&[Algorithm::Ps256, Algorithm::Rs256], key, &["e", "kty", "n"])
            }
            _ => return None,
        };
        let named = jwk.get("alg").map(|name| name.as_str().unwrap_or_default());
        let fits = |one: &&Algorithm| allowed.contains(*one) && named.is_none_or(|name| name == one.name());
        let mut bound = fitting.iter().filter(fits);
        let (Some(algorithm), None) = (bound.next(), bound.next()) else { return None };
        // RFC 7638: the required members, in order, without whitespace.
        let members = members.iter().map(|name| member(name)).collect::<Vec<_>>().join(",");
        Some(Self { algorithm: *algorithm, key: key.ok()?, thumbprint: sha256(format!("{{{members}}}").as_bytes()) })
    }

    /// Whether this key signed it, in its own algorithm.
    pub fn signed(&self, jws: &Jws<'_>) -> bool {
        let named = jws.header("alg") == Some(self.algorithm.name());
        let verify = || crypto::verify(jws.signature, jws.signed.as_bytes(), &self.key, self.algorithm.of_library());
        named && verify().is_ok_and(|good| good)
    }

    /// RFC 7638, with SHA-256.
    pub fn thumbprint(&self) -> &[u8; 32] {
        &self.thumbprint
    }
}

/// A key made for encryption does not verify (RFC 7517, 4.2 and 4.3).
fn is_for_signatures(jwk: &Map<String, Value>) -> bool {
    let used = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let verify = |operations: &Vec<Value>| operations.iter().any(|one| one == "verify");
    used && jwk.get("key_ops").is_none_or(|operations| operations.as_array().is_some_and(verify))
}

/// A coordinate of a curve of 256 bits, in base64url.
fn coordinate(text: &str) -> Option<&str> {
    thirty_two(text).map(|_| text)
}

/// Thirty-two bytes in base64url, in their one spelling.
pub fn thirty_two(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn key(jwk: Value, allowed: &[Algorithm]) -> Option<Key> {
        crate::cli::install_crypto();
        Key::of_jwk(jwk.as_object().unwrap(), allowed)
    }

    /// The example of RFC 7638, 3.1.
    #[test]
    fn a_key_has_the_thumbprint_the_rfc_prints() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let jwk = json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"});
        let key = key(jwk, &Algorithm::ALL).unwrap();
        assert_eq!(URL_SAFE_NO_PAD.encode(key.thumbprint()), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn a_key_verifies_in_one_algorithm_or_in_none() {
        let x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
        let y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
        let rsa = json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"});
        assert!(key(json!({"kty": "EC", "crv": "P-256", "x": x, "y": y}), &Algorithm::ALL).is_some());
        // Both RSA algorithms would fit: only the issuer's settings, or the key, can say which.
        assert!(key(rsa.clone(), &Algorithm::ALL).is_none());
        assert!(key(rsa, &[Algorithm::Es256, Algorithm::Rs256]).is_some());
        for other in [
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": "RS256"}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "alg": 7}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "enc"}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "key_ops": ["encrypt"]}),
            json!({"kty": "EC", "crv": "P-256", "x": x, "y": y, "d": x}),
            json!({"kty": "EC", "crv": "P-384", "x": x, "y": y}),
            json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": y}),
            json!({"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}),
        ] {
            assert!(key(other.clone(), &Algorithm::ALL).is_none(), "{other}");
        }
    }
}
