//! The people of the stories, what they say, and what they hear.

use crate::gateway::Gateway;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header},
};
use serde_json::Value;
use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

/// Someone who calls, with a token.
pub struct Person<'g> {
    gateway: &'g Gateway,
    pub token: String,
}

impl<'g> Person<'g> {
    pub fn new(gateway: &'g Gateway, token: String) -> Self {
        Self { gateway, token }
    }

    pub fn get(&self, path: &str) -> Said<'g> {
        self.say(Method::GET, path)
    }

    /// Posts with a key nobody has used; `key` gives another, `without` leaves it out.
    pub fn post(&self, path: &str, body: &Value) -> Said<'g> {
        self.say(Method::POST, path).json(body)
    }

    /// Posts without a body.
    pub fn tell(&self, path: &str) -> Said<'g> {
        self.say(Method::POST, path)
    }

    pub fn put(&self, path: &str, body: &Value) -> Said<'g> {
        self.say(Method::PUT, path).json(body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> Said<'g> {
        self.say(Method::PATCH, path).json(body)
    }

    pub fn delete(&self, path: &str) -> Said<'g> {
        self.say(Method::DELETE, path)
    }

    pub fn say(&self, method: Method, path: &str) -> Said<'g> {
        let mut headers = HeaderMap::new();
        let bearer = HeaderValue::from_str(&format!("Bearer {}", self.token)).expect("a token is visible text");
        headers.insert(header::AUTHORIZATION, bearer);
        if method != Method::GET && method != Method::HEAD {
            let key = HeaderValue::from_str(&self.gateway.fresh_key()).expect("a key is visible text");
            headers.insert("idempotency-key", key);
        }
        Said { gateway: self.gateway, method, path: path.to_owned(), headers, body: Vec::new() }
    }
}

/// A request being put together; awaiting it knocks at the door.
pub struct Said<'g> {
    gateway: &'g Gateway,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'g> Said<'g> {
    pub fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = HeaderValue::from_str(value.as_ref()).expect("a header is visible text");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    pub fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Under this key.
    pub fn key(self, key: &str) -> Self {
        self.with("idempotency-key", key)
    }

    pub fn if_match(self, tag: &str) -> Self {
        self.with("if-match", tag)
    }

    pub fn json(self, body: &Value) -> Self {
        self.bytes("application/json", body.to_string())
    }

    pub fn bytes(mut self, media: impl AsRef<str>, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("content-type", media)
    }

    pub fn request(self) -> Request<Body> {
        let mut request = Request::new(Body::from(self.body));
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers;
        request
    }

    /// Knocks without waiting for the end of the answer.
    pub async fn listen(self) -> axum::response::Response {
        let gateway = self.gateway;
        gateway.listen(self.request()).await
    }
}

impl<'g> IntoFuture for Said<'g> {
    type Output = Answered;
    type IntoFuture = Pin<Box<dyn Future<Output = Answered> + Send + 'g>>;

    fn into_future(self) -> Self::IntoFuture {
        let gateway = self.gateway;
        Box::pin(async move { gateway.knock(self.request()).await })
    }
}

/// What was heard.
#[derive(Clone, Debug)]
pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answered {
    /// 200, and what it says.
    #[track_caller]
    pub fn ok(&self) -> Value {
        self.status(200)
    }

    /// 201, and what it says.
    #[track_caller]
    pub fn created(&self) -> Value {
        self.status(201)
    }

    /// 202, and what it says.
    #[track_caller]
    pub fn accepted(&self) -> Value {
        self.status(202)
    }

    /// This status, and what it says.
    #[track_caller]
    pub fn status(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()
    }

    /// A problem with this code.
    #[track_caller]
    pub fn problem(&self, code: &str) -> Value {
        let problem = self.json();
        assert_eq!(problem["code"], code, "{} {problem}", self.status);
        assert_eq!(problem["status"], self.status, "{problem}");
        problem
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header that has to be there.
    #[track_caller]
    pub fn header(&self, name: &str) -> String {
        self.maybe(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
    }

    pub fn maybe(&self, name: &str) -> Option<String> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }
}
