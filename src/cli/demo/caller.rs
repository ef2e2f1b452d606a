//! Someone who calls the gateway over HTTP, with a token: the demo's people and systems.

use crate::{
    ids,
    system::{http, settings::Limits},
};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::Value;

/// A caller with a token. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    base: String,
    token: String,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Heard {
    pub status: StatusCode,
    pub etag: Option<String>,
    pub body: Value,
}

impl Heard {
    pub fn is_good(&self) -> bool {
        self.status.is_success()
    }

    /// The body, or the problem in a sentence.
    pub fn good(self) -> Result<Value, String> {
        if self.is_good() { Ok(self.body) } else { Err(format!("{}: {}", self.status, self.body)) }
    }
}

impl Caller {
    pub fn new(client: Client, base: String, token: String) -> Self {
        Self { client, base, token }
    }

    /// The connections all callers share.
    pub fn connections() -> Client {
        let limits = Limits { timeout_ms: 60_000, ..Limits::default() };
        http::client(&limits).build().expect("a client without certificates of its own can be built")
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub async fn get(&self, path: &str) -> Result<Heard, String> {
        self.send(self.request(Method::GET, path)).await
    }

    /// Posts under a fresh key.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Heard, String> {
        self.post_as(&ids::fresh_token(), path, body).await
    }

    /// Posts under this key.
    pub async fn post_as(&self, key: &str, path: &str, body: &Value) -> Result<Heard, String> {
        self.send(self.request(Method::POST, path).header("idempotency-key", format!("\"{key}\"")).json(body)).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Result<Heard, String> {
        let key = format!("\"{}\"", ids::fresh_token());
        self.send(self.request(Method::PUT, path).header("idempotency-key", key).json(body)).await
    }

    /// Puts bytes that are what they are.
    pub async fn upload(&self, path: &str, media: &str, bytes: Vec<u8>) -> Result<Heard, String> {
        self.send(self.request(Method::PUT, path).header(header::CONTENT_TYPE, media).body(bytes)).await
    }

    /// Posts a file.
    pub async fn post_file(&self, path: &str, media: &str, bytes: Vec<u8>) -> Result<Heard, String> {
        let key = format!("\"{}\"", ids::fresh_token());
        let request = self.request(Method::POST, path).header("idempotency-key", key);
        self.send(request.header(header::CONTENT_TYPE, media).body(bytes)).await
    }

    /// Amends a resource as it was read.
    pub async fn patch(&self, path: &str, etag: &str, body: &Value) -> Result<Heard, String> {
        let key = format!("\"{}\"", ids::fresh_token());
        let request = self.request(Method::PATCH, path).header("idempotency-key", key);
        self.send(request.header(header::IF_MATCH, etag).json(body)).await
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Heard, String> {
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let status = answer.status();
        let etag = answer.headers().get(header::ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
        let bytes = answer.bytes().await.map_err(|error| error.to_string())?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Heard { status, etag, body })
    }
}
