//! Idempotency (draft-ietf-httpapi-idempotency-key-header): which key came, whether it is being worked on, and what
//! it was answered before. The record itself is kept by the ledger, in the same commit as its effect.

use super::operation::Idempotency;
use crate::{
    error::Error,
    store::{Answer, OnceKey, OnceRecord},
};
use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderMap, HeaderName};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A key together with what it was used for: whoever comes with the same key must ask the same.
#[derive(Clone, Debug)]
pub struct Once {
    pub key: OnceKey,
    pub fingerprint: String,
    pub expires_at: Timestamp,
}

impl Once {
    pub fn record(&self, answer: Answer) -> OnceRecord {
        OnceRecord { key: self.key.clone(), fingerprint: self.fingerprint.clone(), answer, expires_at: self.expires_at }
    }
}

/// The keys being worked on in this process. A claim is given back when it is dropped.
#[derive(Clone, Debug, Default)]
pub struct Claims(Arc<Mutex<HashSet<OnceKey>>>);

/// A key being worked on.
#[derive(Debug)]
pub struct Claim {
    claims: Claims,
    key: OnceKey,
}

impl Claims {
    pub fn take(&self, key: &OnceKey) -> Result<Claim, Error> {
        let mut taken = self.0.lock().expect("no holder of this lock panics");
        if taken.insert(key.clone()) {
            return Ok(Claim { claims: self.clone(), key: key.clone() });
        }
        Err(Error::gate(
            "in_progress",
            "A request with this Idempotency-Key is being worked on; ask again in a second.",
        ))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.0.lock().expect("no holder of this lock panics").remove(&self.key);
    }
}

/// The key of a request: a quoted string as the draft has it, or a bare token as others send it.
pub fn key_of(headers: &HeaderMap, idempotency: Idempotency) -> Result<Option<String>, Error> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (values.next(), values.next());
    let value = match (first, second, idempotency) {
        (_, _, Idempotency::None) | (None, _, Idempotency::Optional) => return Ok(None),
        (None, _, Idempotency::Required) => {
            return Err(Error::gate("idempotency_key_missing", "Send an Idempotency-Key and keep it over retries."));
        }
        (Some(_), Some(_), _) => return Err(malformed()),
        (Some(value), None, _) => value,
    };
    let text = value.to_str().map_err(|_| malformed())?.trim();
    let bare = text.strip_prefix('"').map_or(Some(text), |rest| rest.strip_suffix('"')).ok_or_else(malformed)?;
    let visible = bare.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',' | b';'));
    let fits = (8..=128).contains(&bare.len());
    if visible && fits { Ok(Some(bare.to_owned())) } else { Err(malformed()) }
}

fn malformed() -> Error {
    Error::gate("idempotency_key_malformed", "The key is one quoted string or token of 8 to 128 visible characters.")
}

/// SHA-256 over method, path and the body in canonical form: the same request, however it was written.
pub fn fingerprint(method: &str, path: &str, body: Option<&Value>) -> String {
    let mut text = format!("{method}\n{path}\n");
    if let Some(body) = body {
        canonical(body, &mut text);
    }
    crate::ids::hexadecimal(digest(&SHA256, text.as_bytes()).as_ref())
}

/// Members sorted by name, no spaces.
fn canonical(value: &Value, to: &mut String) {
    match value {
        Value::Object(members) => {
            let mut names: Vec<_> = members.keys().collect();
            names.sort_unstable();
            to.push('{');
            for name in names {
                to.push_str(&Value::from(name.as_str()).to_string());
                to.push(':');
                canonical(&members[name], to);
                to.push(',');
            }
            to.push('}');
        }
        Value::Array(items) => {
            to.push('[');
            for item in items {
                canonical(item, to);
                to.push(',');
            }
            to.push(']');
        }
        plain => to.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use serde_json::json;

    fn key(value: &str) -> Result<Option<String>, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(value).unwrap());
        key_of(&headers, Idempotency::Required)
    }

    #[test]
    fn quoted_and_bare_keys_are_the_same_key() {
        assert_eq!(key("\"8e03978e-40d5-43e8\"").unwrap(), key("8e03978e-40d5-43e8").unwrap());
    }

    #[test]
    fn malformed_keys_are_refused_rather_than_ignored() {
        for bad in ["short", "\"unclosed-quote", "two words here", "a;b;c;d;e;f", &"x".repeat(129)] {
            assert!(key(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_order_of_members_is_not_part_of_a_request() {
        let one = fingerprint("POST", "/a", Some(&json!({"a": 1, "b": [{"c": 2, "d": 3}]})));
        let two = fingerprint("POST", "/a", Some(&json!({"b": [{"d": 3, "c": 2}], "a": 1})));
        assert_eq!(one, two);
        assert_ne!(one, fingerprint("POST", "/b", Some(&json!({"a": 1, "b": [{"c": 2, "d": 3}]}))));
    }
}
