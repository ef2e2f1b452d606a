//! Which pages may call from a browser (the Fetch standard's CORS protocol): origins by the audience a contract is made
//! for. Preflights are answered here, before anybody is asked who they are. Cookies count nowhere, so credentials are
//! never allowed, and no origin is ever a wildcard.

use crate::policy::{Audience, Gate};
use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a page may send beside what every page may.
const ASKED: HeaderValue = HeaderValue::from_static(
    "authorization, content-digest, content-type, dpop, idempotency-key, if-match, if-none-match, last-event-id, prefer, \
     traceparent, upload-complete, upload-offset, x-correlation-id",
);
/// What a page may read beside what every page may.
const TOLD: HeaderValue = HeaderValue::from_static(
    "content-location, deprecation, etag, idempotent-replayed, link, location, preference-applied, ratelimit, \
     ratelimit-policy, retry-after, sunset, upload-complete, upload-offset, www-authenticate, x-correlation-id, \
     x-request-id",
);
/// For how many seconds a browser need not ask again.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// The `[browsers]` section of the settings: the origins whose pages may call what is made for an audience.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Origins(BTreeMap<Audience, Vec<String>>);

impl Origins {
    /// What is wrong with them: each is a scheme, a host and perhaps a port, and nothing else.
    pub fn mistakes(&self) -> impl Iterator<Item = String> {
        let wrong = |origin: &&String| !is_origin(origin);
        self.0.iter().flat_map(move |(audience, origins)| {
            origins.iter().filter(wrong).map(|origin| {
                format!("browsers.{}: {origin} is no origin, such as https://portal.example.com", audience.name())
            })
        })
    }

    fn allow(&self, audiences: &BTreeSet<Audience>, origin: &HeaderValue) -> bool {
        let origins = audiences.iter().filter_map(|audience| self.0.get(audience)).flatten();
        origins.into_iter().any(|allowed| allowed.as_bytes() == origin.as_bytes())
    }
}

/// As browsers write it (RFC 6454 §6.2): in lower case, without a path.
fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(plain)
}

/// What the layer decides by.
pub type Doors = (Arc<Gate>, Arc<Origins>);

/// The layer around everything that may answer for an operation.
pub async fn tell_browsers(State((gate, origins)): State<Doors>, request: Request, next: Next) -> Response {
    let Some(door) = Door::of(&gate, &request) else { return next.run(request).await };
    let origin = request.headers().get(header::ORIGIN).cloned();
    let preflight = request.method() == Method::OPTIONS;
    let asked = request.headers().get(header::ACCESS_CONTROL_REQUEST_METHOD).cloned().filter(|_| preflight);
    let mut response = next.run(request).await;
    let fields = response.headers_mut();
    fields.append(header::VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin.filter(|origin| origins.allow(&door.audiences, origin)) else { return response };
    match asked {
        Some(method) => door.allow(fields, origin, &method),
        None => {
            fields.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            fields.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, TOLD);
        }
    }
    response
}

/// What stands at a path: whom it is made for, and by which methods it is called.
struct Door {
    audiences: BTreeSet<Audience>,
    methods: BTreeSet<String>,
}

impl Door {
    /// Nothing where no operation stands.
    fn of(gate: &Gate, request: &Request) -> Option<Self> {
        let law = gate.law.load();
        let path = request.extensions().get::<MatchedPath>()?;
        let mut door = Self { audiences: BTreeSet::new(), methods: BTreeSet::new() };
        for governed in law.operations_at(path) {
            door.audiences.extend(&governed.product.entry.audience);
            door.methods.insert(governed.operation.method.clone());
        }
        (!door.methods.is_empty()).then_some(door)
    }

    /// The answer to a preflight, where what it asks for is done here.
    fn allow(&self, fields: &mut HeaderMap, origin: HeaderValue, asked: &HeaderValue) {
        if !self.methods.iter().any(|method| method.as_bytes() == asked.as_bytes()) {
            return;
        }
        let methods = self.methods.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let told: [(HeaderName, HeaderValue); 5] = [
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin),
            (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::try_from(methods).expect("methods are visible text")),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, ASKED),
            (header::ACCESS_CONTROL_MAX_AGE, REMEMBERED),
            (header::VARY, HeaderValue::from_static("Access-Control-Request-Method, Access-Control-Request-Headers")),
        ];
        for (name, value) in told {
            fields.append(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for good in ["https://portal.example.com", "http://127.0.0.1:5173", "https://[::1]:8443"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "https://",
            "https://*.example.com",
            "https://a.example/",
            "HTTPS://a.example",
            "a.example",
            "ftp://a.example",
            "https://A.example",
            "https://u@a.example",
            "https://a.example?x",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }
}
