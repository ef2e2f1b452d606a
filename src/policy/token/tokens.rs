//! Verification: from the token a request shows to the claims it may be believed.
//!
//! A verified token is remembered by its hash, never beyond its expiry, its key set or a minute.

use super::{
    claims::Claims,
    dpop::Proofs,
    issuer::Issuer,
    jws::Jws,
    key::sha256,
    key_set::{KeySet, KeySource, Keys},
    presented::{Credentials, Presented},
    refusal::{Refusal, Scheme},
};
use crate::error::Error;
use futures_util::future::join_all;
use jiff::Timestamp;
use moka::sync::Cache;
use std::{sync::Arc, time::Duration};

const LARGEST_TOKEN: usize = 8 * 1024;
/// Tokens remembered at most: about 50 MB when full.
const MOST_REMEMBERED: u64 = 50_000;
const REMEMBERED_SECONDS: i64 = 60;

/// Verifies tokens.
pub struct Tokens {
    issuers: Vec<Trusted>,
    verified: Cache<[u8; 32], Verified>,
    proofs: Proofs,
    refresh_seconds: i64,
}

struct Trusted {
    issuer: Issuer,
    keys: KeySet,
}

/// A token that was verified: by which keys, and how long that may be relied on.
#[derive(Clone)]
struct Verified {
    claims: Arc<Claims>,
    issuer: usize,
    keys: Arc<Keys>,
    until: i64,
}

impl Tokens {
    /// `public_url` is how callers reach the API; `refresh_seconds` is how old a key set becomes.
    pub fn new(issuers: Vec<Issuer>, source: &KeySource, public_url: &str, refresh_seconds: u64) -> Self {
        let trusted = |issuer| Trusted { issuer, keys: KeySet::new(source.clone()) };
        let forgotten = Duration::from_secs(REMEMBERED_SECONDS.unsigned_abs());
        Self {
            issuers: issuers.into_iter().map(trusted).collect(),
            verified: Cache::builder().max_capacity(MOST_REMEMBERED).time_to_live(forgotten).build(),
            proofs: Proofs::new(public_url),
            refresh_seconds: i64::try_from(refresh_seconds).unwrap_or(i64::MAX),
        }
    }

    /// Who the request's token says it is.
    pub async fn verify(&self, shown: &Presented<'_>, now: Timestamp) -> Result<Arc<Claims>, Error> {
        let credentials = shown.credentials().map_err(|refusal| refusal.answered(Scheme::Bearer))?;
        let verified = self.possessed(shown, credentials, now).await;
        verified.map_err(|refusal| refusal.answered(credentials.scheme))
    }

    /// Fetches the key sets that are due.
    pub async fn refresh(&self, now: Timestamp) {
        let each = self.issuers.iter().map(|one| one.keys.refresh(self.refresh_seconds, &one.issuer, now));
        join_all(each).await;
    }

    /// A token that is bound counts only with what it is bound to, on every request, remembered or not.
    async fn possessed(
        &self,
        shown: &Presented<'_>,
        Credentials { scheme, token }: Credentials<'_>,
        now: Timestamp,
    ) -> Result<Arc<Claims>, Refusal> {
        let claims = self.known(token, now).await?;
        claims.binding.holds(shown.certificate)?;
        match (scheme, claims.binding.key()) {
            (Scheme::Bearer, None) => Ok(claims),
            (Scheme::Bearer, Some(_)) => Err(Refusal::Invalid("it is bound to a key and was sent as Bearer")),
            (Scheme::Dpop, None) => Err(Refusal::Invalid("it is bound to no key and was sent as DPoP")),
            (Scheme::Dpop, Some(key)) => self.proofs.check(shown, token, key, now).map(|()| claims),
        }
    }

    /// The token's claims, remembered or verified afresh.
    async fn known(&self, token: &str, now: Timestamp) -> Result<Arc<Claims>, Refusal> {
        if token.len() > LARGEST_TOKEN {
            return Err(Refusal::Invalid("it is too large"));
        }
        let hash = sha256(token.as_bytes());
        if let Some(known) = self.verified.get(&hash).filter(|known| self.stands(known, now)) {
            return Ok(known.claims);
        }
        let verified = self.check(token, now).await?;
        self.verified.insert(hash, verified.clone());
        Ok(verified.claims)
    }

    /// The keys it was verified by are still the ones in force, and its time is not over.
    fn stands(&self, known: &Verified, now: Timestamp) -> bool {
        let keys = self.issuers[known.issuer].keys.in_force(now);
        now.as_second() < known.until && keys.is_some_and(|keys| Arc::ptr_eq(&keys, &known.keys))
    }

    async fn check(&self, token: &str, now: Timestamp) -> Result<Verified, Refusal> {
        let jws = Jws::read(token).map_err(Refusal::Invalid)?;
        if !jws.is_a("at+jwt") {
            return Err(Refusal::Invalid("it is no access token (typ)"));
        }
        let issuer = self.issuer_of(&jws)?;
        let trusted = &self.issuers[issuer];
        let id = jws.header("kid").ok_or(Refusal::Invalid("it names no key"))?;
        let keys = trusted.keys.holding(id, &trusted.issuer, now).await?;
        let key = keys.get(id).ok_or(Refusal::Invalid("its key is not known"))?;
        if !key.signed(&jws) {
            return Err(Refusal::Invalid("its signature does not hold in its key's algorithm"));
        }
        let claims = Arc::new(Claims::of(&jws, &trusted.issuer, now).map_err(Refusal::Invalid)?);
        let until = claims.expires_at.as_second().min(now.as_second() + REMEMBERED_SECONDS);
        Ok(Verified { claims, issuer, keys, until })
    }

    /// The issuer the token claims to be of; only its keys are tried.
    fn issuer_of(&self, jws: &Jws<'_>) -> Result<usize, Refusal> {
        let named = jws.text("iss").ok_or(Refusal::Invalid("it names no issuer"))?;
        let known = self.issuers.iter().position(|one| one.issuer.issuer == named);
        known.ok_or(Refusal::Invalid("its issuer is not trusted"))
    }
}
