//! DPoP (RFC 9449): a proof for each request that whoever sends the token holds the key the token is bound to.
//!
//! No nonces: what keeps an old proof out is its age, what keeps a used one out is that it is remembered.

use super::{
    claims::{LEEWAY_SECONDS, instant},
    jws::Jws,
    key::{Algorithm, Key, sha256},
    presented::Presented,
    refusal::Refusal,
    replays::Replays,
};
use axum::http::{HeaderMap, HeaderName, Uri};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use std::sync::Mutex;

const DPOP: HeaderName = HeaderName::from_static("dpop");
/// No proof is larger, in bytes.
const LARGEST: usize = 4 * 1024;
/// No proof is older, in seconds.
const OLDEST: i64 = 60;

/// Checks proofs, and remembers them.
pub struct Proofs {
    /// How callers reach the API: what `htu` begins with.
    base: String,
    replays: Mutex<Replays>,
}

impl Proofs {
    pub fn new(public_url: &str) -> Self {
        Self { base: public_url.trim_end_matches('/').to_owned(), replays: Mutex::default() }
    }

    /// Holds the request's proof against the key the token is bound to; the checks of RFC 9449, 4.3, in an order that
    /// leaves the dear one for last.
    pub fn check(&self, shown: &Presented<'_>, token: &str, bound: &[u8; 32], now: Timestamp) -> Result<(), Refusal> {
        let proof = Jws::read(the_one(shown.headers)?).map_err(Refusal::Proof)?;
        let key = key_of(&proof).ok_or(Refusal::Proof("its header names no key that can be used"))?;
        if key.thumbprint() != bound {
            return Err(Refusal::Invalid("another key signed the proof"));
        }
        self.fits(&proof, shown, token, now.as_second()).map_err(Refusal::Proof)?;
        if !key.signed(&proof) {
            return Err(Refusal::Proof("its signature does not hold"));
        }
        self.once(&proof, bound, now.as_second())
    }

    /// The proof is of this request with this token, and fresh.
    fn fits(&self, proof: &Jws<'_>, shown: &Presented<'_>, token: &str, now: i64) -> Result<(), &'static str> {
        if proof.text("htm") != Some(shown.method.as_str()) {
            return Err("it is for another method");
        }
        if !proof.text("htu").is_some_and(|htu| same_target(htu, &format!("{}{}", self.base, shown.uri.path()))) {
            return Err("it is for another address");
        }
        if proof.text("ath") != Some(&URL_SAFE_NO_PAD.encode(sha256(token.as_bytes()))) {
            return Err("it is for another token");
        }
        let made = instant(proof.claims.get("iat")).ok_or("it does not say when it was made")?.as_second();
        let fresh = made <= now + LEEWAY_SECONDS && now <= made + OLDEST;
        fresh.then_some(()).ok_or("it is not fresh")
    }

    /// Good once. Only a proof whose signature holds takes a place in the memory.
    fn once(&self, proof: &Jws<'_>, bound: &[u8; 32], now: i64) -> Result<(), Refusal> {
        let jti = proof.text("jti").ok_or(Refusal::Proof("it has no id"))?;
        let hash = sha256(&[bound, jti.as_bytes()].concat());
        let id = *hash.first_chunk().expect("a hash of 32 bytes has 16 first ones");
        let mut replays = self.replays.lock().expect("no holder of this lock panics");
        match replays.first_time(id, OLDEST + LEEWAY_SECONDS, now) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refusal::Proof("it was used before")),
            Err(_) => Err(Refusal::TooManyProofs),
        }
    }
}

/// The one proof of a request.
fn the_one(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(DPOP).iter();
    match (values.next().and_then(|value| value.to_str().ok()), values.next()) {
        (Some(proof), None) if proof.len() <= LARGEST => Ok(proof),
        _ => Err(Refusal::Proof("there is not exactly one")),
    }
}

/// The public key in the proof's header: the one place where a key in a header counts, because the token names it.
fn key_of(proof: &Jws<'_>) -> Option<Key> {
    let named = Algorithm::ALL.into_iter().find(|one| proof.header("alg") == Some(one.name()))?;
    let jwk = proof.header.get("jwk")?.as_object()?;
    proof.is_a("dpop+jwt").then(|| Key::of_jwk(jwk, &[named])).flatten()
}

/// The same address, query and fragment aside: scheme and host in any case, the scheme's own port left out or not.
fn same_target(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let uri = text.split('#').next()?.parse::<Uri>().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        Some((scheme, uri.host()?.to_ascii_lowercase(), port, uri.path().to_owned()))
    };
    parts(one).is_some() && parts(one) == parts(other)
}

#[cfg(test)]
mod tests {
    use super::same_target;

    #[test]
    fn addresses_are_compared_by_what_they_mean() {
        let ours = "https://api.example/orders/v1/o";
        for same in [ours, "HTTPS://API.example:443/orders/v1/o", "https://api.example/orders/v1/o?x=1#y"] {
            assert!(same_target(same, ours), "{same}");
        }
        for other in [
            "http://api.example/orders/v1/o",
            "https://api.example:8443/orders/v1/o",
            "https://api.example/orders/v1/O",
            "https://api.example.com/orders/v1/o",
            "/orders/v1/o",
            "",
        ] {
            assert!(!same_target(other, ours), "{other}");
        }
        assert!(!same_target("", ""));
    }
}
