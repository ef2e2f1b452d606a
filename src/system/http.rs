//! The one way out over HTTP: every connector's calls take this stack, with a pool of its own.
//!
//! deadline → bulkhead → breaker → retry (all in `guard.rs`) → trace, correlation and key headers → reqwest.
//! Answers are cut at a size, held against a declared shape, and never quoted to a caller. The only home of reqwest.

use super::{
    caller::Caller,
    errand::Errand,
    figures::ConnectorState,
    guard::{Guard, Repeatable},
    retry_after::retry_after,
    settings::Limits,
    trouble::{Trouble, TroubleKind},
};
use bytes::{Bytes, BytesMut};
use reqwest::{
    Client, ClientBuilder, Method, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;

/// A refusal longer than this is not a refusal.
const LONGEST_REFUSAL: usize = 64 << 10;

/// One connector's way out.
pub struct Outbound {
    guard: Guard,
    client: Client,
    base: Url,
    standing: HeaderMap,
    answer_bytes: usize,
}

/// What came back, as far as it is allowed to matter.
#[derive(Debug)]
pub enum Reply<T> {
    Good(T),
    /// A 4xx: the connector reads the body for what it means, the log may quote it, a caller never sees it.
    Declined {
        status: u16,
        body: Bytes,
    },
}

/// A request as the connectors write it.
#[derive(Clone, Debug)]
pub struct Request {
    method: Method,
    segments: Vec<String>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Option<(Bytes, &'static str)>,
    repeatable: Repeatable,
    answers: Answers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answers {
    Json,
    /// Only the status counts; what is in the body does not matter.
    Anything,
}

impl Request {
    pub fn get(segments: &[&str]) -> Self {
        Self::new(Method::GET, segments, Repeatable::Yes)
    }

    pub fn put(segments: &[&str]) -> Self {
        Self::new(Method::PUT, segments, Repeatable::Yes)
    }

    /// Not repeated, unless `repeatable` says that the receiver does it once.
    pub fn post(segments: &[&str]) -> Self {
        Self::new(Method::POST, segments, Repeatable::No)
    }

    pub fn repeatable(self) -> Self {
        Self { repeatable: Repeatable::Yes, ..self }
    }

    /// The answer's body does not matter.
    pub fn answered_by_status(self) -> Self {
        Self { answers: Answers::Anything, ..self }
    }

    pub fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    pub fn header(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    pub fn json(self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("what we send has text keys and serializes");
        self.body(bytes.into(), "application/json")
    }

    pub fn body(self, body: Bytes, media_type: &'static str) -> Self {
        Self { body: Some((body, media_type)), ..self }
    }

    fn new(method: Method, segments: &[&str], repeatable: Repeatable) -> Self {
        Self {
            method,
            segments: segments.iter().map(|&segment| segment.to_owned()).collect(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: None,
            repeatable,
            answers: Answers::Json,
        }
    }
}

impl Outbound {
    pub fn open(name: &'static str, url: &str, limits: &Limits, caller: Caller) -> Result<Self, String> {
        let base = Url::parse(url).map_err(|error| format!("{name}: the address {url:?} is none: {error}"))?;
        if base.cannot_be_a_base() || !matches!(base.scheme(), "http" | "https") {
            return Err(format!("{name}: the address {url:?} is not http or https"));
        }
        let client = client(limits).build().map_err(|error| format!("{name}: no HTTP client: {error}"))?;
        Ok(Self::over(Guard::new(name, limits, caller), client, base, limits.answer_bytes))
    }

    /// A way out that shares somebody's client, such as the one that checks every destination.
    pub fn over(guard: Guard, client: Client, base: Url, answer_bytes: usize) -> Self {
        Self { guard, client, base, standing: HeaderMap::new(), answer_bytes }
    }

    /// A header of every request, such as the key that lets us in.
    pub fn with_header(mut self, name: &'static str, value: &SecretString) -> Result<Self, String> {
        let mut value = HeaderValue::from_str(value.expose_secret())
            .map_err(|_| format!("{}: the key holds characters a header may not", self.guard.name()))?;
        value.set_sensitive(true);
        self.standing.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    pub fn with_bearer(self, key: &SecretString) -> Result<Self, String> {
        self.with_header("authorization", &format!("Bearer {}", key.expose_secret()).into())
    }

    pub fn state(&self) -> ConnectorState {
        self.guard.state()
    }

    pub fn name(&self) -> &'static str {
        self.guard.name()
    }

    /// Sends the request and reads the answer into the shape it must have.
    pub async fn send<T: DeserializeOwned>(&self, errand: &Errand, request: Request) -> Result<Reply<T>, Trouble> {
        self.guard.run(errand, request.repeatable, || self.attempt(errand, &request)).await
    }

    async fn attempt<T: DeserializeOwned>(&self, errand: &Errand, request: &Request) -> Result<Reply<T>, Trouble> {
        let answer = self.client.execute(self.prepare(errand, request)).await;
        let answer = answer.map_err(|error| self.unreachable(error))?;
        let status = answer.status();
        if status.is_server_error() || matches!(status.as_u16(), 408 | 425 | 429) {
            return Err(Trouble::away(
                self.name(),
                retry_after(answer.headers(), self.guard.now()),
                format!("status {status}"),
            ));
        }
        if status.is_client_error() {
            let body = self.read(answer, LONGEST_REFUSAL).await?;
            return Ok(Reply::Declined { status: status.as_u16(), body });
        }
        if !status.is_success() {
            return Err(Trouble::wrong_shape(self.name(), format!("status {status}")));
        }
        self.shaped(status, answer, request.answers).await.map(Reply::Good)
    }

    fn prepare(&self, errand: &Errand, request: &Request) -> reqwest::Request {
        let mut url = self.base.clone();
        // Without segments the address is meant as it stands, down to a slash at its end.
        if !request.segments.is_empty()
            && let Ok(mut path) = url.path_segments_mut()
        {
            path.pop_if_empty().extend(&request.segments);
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut prepared = reqwest::Request::new(request.method.clone(), url);
        let headers = prepared.headers_mut();
        headers.extend(self.standing.clone());
        headers.extend(request.headers.clone());
        name_errand(headers, errand);
        if let Some((body, media_type)) = &request.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            *prepared.body_mut() = Some(body.clone().into());
        }
        prepared
    }

    async fn shaped<T: DeserializeOwned>(
        &self,
        status: StatusCode,
        answer: Response,
        answers: Answers,
    ) -> Result<T, Trouble> {
        let is_json = speaks_json(answer.headers());
        let body = self.read(answer, self.answer_bytes).await?;
        let text: &[u8] = if answers == Answers::Anything || body.is_empty() { b"null" } else { &body };
        if !is_json && text != b"null" {
            return Err(Trouble::wrong_shape(self.name(), format!("status {status}, but not JSON")));
        }
        serde_json::from_slice(text).map_err(|error| Trouble::wrong_shape(self.name(), error.to_string()))
    }

    /// The decompressed body, cut off at the first chunk beyond the limit.
    async fn read(&self, mut answer: Response, most: usize) -> Result<Bytes, Trouble> {
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.unreachable(error))? {
            if body.len() + chunk.len() > most {
                return Err(Trouble::new(self.name(), TroubleKind::TooLarge, format!("more than {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn unreachable(&self, error: reqwest::Error) -> Trouble {
        let decoding = error.is_decode();
        let note = chain(&error.without_url());
        if decoding {
            Trouble::wrong_shape(self.name(), note)
        } else {
            Trouble::away(self.name(), Duration::ZERO, note)
        }
    }
}

/// The settings every client shares: no redirects, no proxy from the environment, few idle connections.
#[expect(clippy::disallowed_methods, reason = "this is where calls go out")]
pub fn client(limits: &Limits) -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .connect_timeout(Duration::from_millis(limits.timeout_ms.min(3_000)))
        .pool_max_idle_per_host(limits.calls_at_once)
        .pool_idle_timeout(Duration::from_secs(30))
        .user_agent(concat!("haulgate/", env!("CARGO_PKG_VERSION")))
}

fn name_errand(headers: &mut HeaderMap, errand: &Errand) {
    let mut set = |name, text: String| {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("traceparent", errand.child_traceparent());
    set("x-correlation-id", errand.correlation_id.clone());
    if let Some(key) = &errand.idempotency_key {
        set("idempotency-key", format!("\"{}\"", key.replace(['"', '\\'], "")));
    }
}

fn speaks_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}
