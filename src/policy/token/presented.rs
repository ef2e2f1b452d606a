//! What a request shows of itself: the one access token in its Authorization header (RFC 6750, RFC 9449), and what the
//! proof of its possession is held against.

use super::{
    possession::PeerCertificate,
    refusal::{Refusal, Scheme},
};
use axum::{
    extract::Request,
    http::{HeaderMap, Method, Uri, header},
};

/// A request, as far as it says who sends it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'r> {
    pub method: &'r Method,
    pub uri: &'r Uri,
    pub headers: &'r HeaderMap,
    /// The certificate of the connection's other end, where it showed one.
    pub certificate: Option<PeerCertificate>,
}

/// A token and how it was shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credentials<'r> {
    pub scheme: Scheme,
    pub token: &'r str,
}

impl<'r> Presented<'r> {
    pub fn of(request: &'r Request) -> Self {
        let certificate = request.extensions().get::<PeerCertificate>().copied();
        Self { method: request.method(), uri: request.uri(), headers: request.headers(), certificate }
    }

    /// The one token. A second one, or one in the query string, makes the request malformed.
    pub(super) fn credentials(&self) -> Result<Credentials<'r>, Refusal> {
        if self.uri.query().is_some_and(names_a_token) {
            return Err(Refusal::Malformed("a token stands in the query string"));
        }
        let mut values = self.headers.get_all(header::AUTHORIZATION).iter();
        let value = values.next().ok_or(Refusal::Missing)?;
        if values.next().is_some() {
            return Err(Refusal::Malformed("there are two Authorization headers"));
        }
        let text = value.to_str().map_err(|_| Refusal::Malformed("the Authorization header is not ASCII"))?;
        let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
        let scheme = Scheme::named(scheme).ok_or(Refusal::Missing)?;
        if !is_b64token(token) {
            return Err(Refusal::Malformed("the scheme is not followed by one token"));
        }
        Ok(Credentials { scheme, token })
    }
}

/// RFC 6750, 2.3: not here.
fn names_a_token(query: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some("access_token"))
}

/// RFC 9110, 11.2 (`token68`).
fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte))
}
