//! Why a caller's credentials are not taken, and the challenges it reads then: RFC 6750, 3 and RFC 9449, 7.1.
//!
//! The caller reads that the token is not valid; why stands in the log alone.

use super::{claims::Claims, key::Algorithm};
use crate::error::Error;
use axum::http::{HeaderValue, header::WWW_AUTHENTICATE};

/// How a token is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Bearer,
    Dpop,
}

impl Scheme {
    /// By its name in the Authorization header, in any case.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Bearer, Self::Dpop].into_iter().find(|one| one.name().eq_ignore_ascii_case(name))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }

    /// The challenge in this scheme, with what is wrong where something is.
    fn challenge(self, wrong: &str) -> String {
        let algorithms = Algorithm::ALL.map(Algorithm::name).join(" ");
        match self {
            Self::Bearer => format!("Bearer realm=\"haulgate\"{wrong}"),
            Self::Dpop => format!("DPoP realm=\"haulgate\"{wrong}, algs=\"{algorithms}\""),
        }
    }
}

/// Why credentials are not taken; the text is for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("no credentials of a known scheme")]
    Missing,
    #[error("malformed credentials: {0}")]
    Malformed(&'static str),
    #[error("an invalid token: {0}")]
    Invalid(&'static str),
    #[error("an invalid proof of possession: {0}")]
    Proof(&'static str),
    #[error("more proofs of possession than can be remembered")]
    TooManyProofs,
    #[error("the issuer's keys cannot be had")]
    KeysAway,
}

impl Refusal {
    /// What the caller reads, challenged in the scheme it used.
    pub fn answered(self, scheme: Scheme) -> Error {
        tracing::info!(why = %self, "credentials refused");
        match self {
            Self::Missing => challenged("credentials_missing", "Send an access token.", scheme, ""),
            Self::Malformed(_) => {
                let detail = "Send one Authorization header with one access token, and none in the query string.";
                challenged("credentials_ambiguous", detail, scheme, ", error=\"invalid_request\"")
            }
            Self::Invalid(_) => {
                challenged("token_invalid", "The token is not valid here.", scheme, ", error=\"invalid_token\"")
            }
            Self::Proof(_) => {
                let detail = "The DPoP proof does not fit the token or the request; make a fresh one for each request.";
                challenged("proof_invalid", detail, Scheme::Dpop, ", error=\"invalid_dpop_proof\"")
            }
            Self::TooManyProofs => Error::overloaded(),
            Self::KeysAway => Error::gate("keys_unavailable", "The token cannot be verified now; try again soon."),
        }
    }
}

/// The token is good, but not for this: it needs the scope.
pub fn insufficient_scope(claims: &Claims, scope: &str) -> Error {
    let scheme = if claims.binding.key().is_some() { Scheme::Dpop } else { Scheme::Bearer };
    let wrong = format!(", error=\"insufficient_scope\", scope=\"{scope}\"");
    challenged("scope_insufficient", &format!("The token needs the scope {scope}."), scheme, &wrong)
}

/// The scheme that was used comes first, with what is wrong; the other is offered.
fn challenged(code: &'static str, detail: &str, scheme: Scheme, wrong: &str) -> Error {
    let other = if scheme == Scheme::Bearer { Scheme::Dpop } else { Scheme::Bearer };
    let field = |text: String| {
        (WWW_AUTHENTICATE, HeaderValue::try_from(text).expect("a challenge is visible ASCII, scopes included"))
    };
    let headers = vec![field(scheme.challenge(wrong)), field(other.challenge(""))];
    Error::Gate { code, detail: detail.into(), headers, violated: Vec::new() }
}
