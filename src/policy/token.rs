//! Access tokens: JWTs of configured issuers (RFC 9068), verified against their key sets by the rules of RFC 8725.
//!
//! The algorithm comes from the key, never from the token; keys are found by issuer and key id; nothing in a token's
//! header is followed. A verified token is remembered by its hash, never longer than a minute.

use crate::error::Error;
use arc_swap::ArcSwap;
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, HeaderValue, header};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{JwkSet, KeyAlgorithm},
};
use serde::Deserialize;
use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
    sync::Arc,
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};

/// An issuer whose tokens are accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Exactly as in `iss`.
    pub issuer: String,
    /// What `aud` has to contain.
    pub audience: String,
    /// Where its key set is found (RFC 7517).
    pub jwks_url: String,
}

/// Fetches a key set (RFC 7517) as JSON; given by whoever owns the way out.
pub type KeySource = Arc<dyn Fn(String) -> BoxFuture<'static, Result<serde_json::Value, String>> + Send + Sync>;

/// What a verified token says.
#[derive(Clone, Debug)]
pub struct Claims {
    pub client: String,
    pub subject: String,
    pub scopes: BTreeSet<String>,
    pub party: Option<String>,
    pub driver: Option<String>,
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Wire {
    sub: String,
    client_id: String,
    exp: i64,
    nbf: Option<i64>,
    #[serde(rename = "iat")]
    _iat: i64,
    #[serde(rename = "jti")]
    _jti: String,
    #[serde(default)]
    scope: String,
    party: Option<String>,
    driver: Option<String>,
    cnf: Option<serde::de::IgnoredAny>,
}

/// Of a token's subject (OpenID Connect Core §2): it stands in every row its bearer leaves.
const LONGEST_SUBJECT: usize = 255;
const LARGEST_TOKEN: usize = 8 * 1024;
const LEEWAY_SECONDS: i64 = 30;
const REMEMBERED: Duration = Duration::from_secs(60);
/// An unknown key id asks the issuer again, but not more often than this.
const REFETCH_AFTER: Duration = Duration::from_secs(60);
const ALLOWED: [Algorithm; 4] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::PS256, Algorithm::RS256];
/// What the library asks for; the others are asked for by `Wire`.
const REQUIRED: [&str; 4] = ["exp", "iss", "aud", "sub"];

type Keys = HashMap<String, (Algorithm, DecodingKey)>;

struct Trusted {
    issuer: Issuer,
    keys: ArcSwap<Keys>,
    fetched: Mutex<Option<Instant>>,
}

/// Verifies tokens.
pub struct Tokens {
    issuers: Vec<Trusted>,
    source: KeySource,
    verified: moka::sync::Cache<[u8; 32], Arc<Claims>>,
}

impl Tokens {
    pub fn new(issuers: Vec<Issuer>, source: KeySource) -> Self {
        let trusted = |issuer| Trusted { issuer, keys: ArcSwap::default(), fetched: Mutex::new(None) };
        let verified = moka::sync::Cache::builder().max_capacity(50_000).time_to_live(REMEMBERED).build();
        Self { issuers: issuers.into_iter().map(trusted).collect(), source, verified }
    }

    /// Who the request's bearer token says it is.
    pub async fn verify(&self, headers: &HeaderMap, now: Timestamp) -> Result<Arc<Claims>, Error> {
        let token = bearer(headers)?;
        let hash = fingerprint(token);
        if let Some(claims) = self.verified.get(&hash).filter(|claims| now.as_second() < claims.expires_at.as_second())
        {
            return Ok(claims);
        }
        let claims = Arc::new(self.check(token, now).await?);
        self.verified.insert(hash, claims.clone());
        Ok(claims)
    }

    /// Fetches all key sets anew; the present ones stay where an issuer does not answer.
    pub async fn refresh(&self) {
        for trusted in &self.issuers {
            *trusted.fetched.lock().await = Some(Instant::now());
            self.fetch(trusted).await;
        }
        self.verified.invalidate_all();
    }

    async fn check(&self, token: &str, now: Timestamp) -> Result<Claims, Error> {
        if token.len() > LARGEST_TOKEN {
            return Err(invalid("the token is too large"));
        }
        let head = decode_header(token).map_err(|_| invalid("the token cannot be read"))?;
        let typed = head
            .typ
            .as_deref()
            .is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt"));
        if !typed {
            return Err(invalid("it is not an access token (typ)"));
        }
        let trusted = self.trusted(token)?;
        let kid = head.kid.ok_or_else(|| invalid("the token names no key"))?;
        let keys = self.keys(trusted, &kid).await;
        let (algorithm, key) = keys.get(&kid).ok_or_else(|| invalid("the token's key is not known"))?;
        let wire = decode::<Wire>(token, key, &rules(&trusted.issuer, *algorithm))
            .map_err(|error| invalid(&format!("the token does not verify: {error}")))?
            .claims;
        accept(wire, now)
    }

    /// The issuer whose tokens these claim to be; only its keys are tried.
    fn trusted(&self, token: &str) -> Result<&Trusted, Error> {
        #[derive(Deserialize)]
        struct Named {
            iss: String,
        }
        let named = jsonwebtoken::dangerous::insecure_decode::<Named>(token)
            .map_err(|_| invalid("the token cannot be read"))?
            .claims;
        self.issuers
            .iter()
            .find(|one| one.issuer.issuer == named.iss)
            .ok_or_else(|| invalid("the issuer is not trusted"))
    }

    /// The issuer's keys; an unknown key id has them fetched, one flight at a time and not too often.
    async fn keys(&self, trusted: &Trusted, kid: &str) -> Arc<Keys> {
        let known = trusted.keys.load_full();
        if known.contains_key(kid) {
            return known;
        }
        let mut fetched = trusted.fetched.lock().await;
        let due = fetched.is_none_or(|at| at.elapsed() >= REFETCH_AFTER);
        if due && !trusted.keys.load().contains_key(kid) {
            *fetched = Some(Instant::now());
            self.fetch(trusted).await;
        }
        trusted.keys.load_full()
    }

    async fn fetch(&self, trusted: &Trusted) {
        let answer = (self.source)(trusted.issuer.jwks_url.clone()).await;
        match answer.and_then(|set| serde_json::from_value(set).map_err(|error| error.to_string())) {
            Ok(set) => trusted.keys.store(Arc::new(usable(&set))),
            Err(error) => {
                tracing::warn!(issuer = trusted.issuer.issuer, error, "key set not fetched; the last one stays")
            }
        }
    }
}

/// The keys with an allowed algorithm. Each key is bound to the one algorithm it names.
fn usable(set: &JwkSet) -> Keys {
    let one = |jwk: &jsonwebtoken::jwk::Jwk| {
        let kid = jwk.common.key_id.clone()?;
        let named: KeyAlgorithm = jwk.common.key_algorithm?;
        let algorithm = Algorithm::from_str(&named.to_string()).ok().filter(|one| ALLOWED.contains(one))?;
        Some((kid, (algorithm, DecodingKey::from_jwk(jwk).ok()?)))
    };
    set.keys.iter().filter_map(one).collect()
}

fn rules(issuer: &Issuer, algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm);
    rules.set_issuer(&[&issuer.issuer]);
    rules.set_audience(&[&issuer.audience]);
    rules.set_required_spec_claims(&REQUIRED);
    // Times are checked in `accept`, against the clock everything else goes by.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules
}

fn accept(wire: Wire, now: Timestamp) -> Result<Claims, Error> {
    if now.as_second() >= wire.exp.saturating_add(LEEWAY_SECONDS) {
        return Err(invalid("the token has expired"));
    }
    if wire.nbf.is_some_and(|from| now.as_second().saturating_add(LEEWAY_SECONDS) < from) {
        return Err(invalid("the token is not valid yet"));
    }
    // A sender-constrained token must not pass as a plain bearer token (RFC 8705, RFC 9449).
    if wire.cnf.is_some() {
        return Err(invalid("the token is bound to a key that was not shown"));
    }
    if wire.sub.len() > LONGEST_SUBJECT {
        return Err(invalid("the token's subject is longer than 255 characters"));
    }
    let expires_at = Timestamp::from_second(wire.exp).map_err(|_| invalid("the token's expiry is no instant"))?;
    Ok(Claims {
        client: wire.client_id,
        subject: wire.sub,
        scopes: wire.scope.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect(),
        party: wire.party,
        driver: wire.driver,
        expires_at,
    })
}

/// The one bearer token of a request (RFC 6750).
fn bearer(headers: &HeaderMap) -> Result<&str, Error> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(challenge("credentials_missing", "Send a bearer token.", "Bearer realm=\"haulgate\""));
    };
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token)
    });
    match (token, values.next()) {
        (Some(token), None) if !token.is_empty() && !token.contains(' ') => Ok(token),
        _ => Err(challenge(
            "credentials_ambiguous",
            "Send one Authorization header with one bearer token.",
            "Bearer realm=\"haulgate\", error=\"invalid_request\"",
        )),
    }
}

fn invalid(why: &str) -> Error {
    tracing::debug!(why, "token refused");
    challenge("token_invalid", "The token is not valid here.", "Bearer realm=\"haulgate\", error=\"invalid_token\"")
}

pub(super) fn challenge(code: &'static str, detail: &str, challenge: &str) -> Error {
    let value = HeaderValue::from_str(challenge).expect("a challenge is visible ASCII");
    Error::Gate { code, detail: detail.into(), headers: vec![(header::WWW_AUTHENTICATE, value)], violated: Vec::new() }
}

fn fingerprint(token: &str) -> [u8; 32] {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}
