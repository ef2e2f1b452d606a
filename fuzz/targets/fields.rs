//! Structured and other listed fields: preferences, conditions, what an upload says of itself, trace context. A list may
//! stand in one line or in several, and nothing is read that was not written.
//!
//! An input is lines, each a field's name (its first letter) and value.

#![no_main]

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use haulgate::{
    experience::driver::upload,
    policy::{Conditions, Preferences, TraceContext},
};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        let Some((letter, value)) = line.split_first() else { continue };
        if let (Some(name), Ok(value)) = (name(*letter), HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    preferences(&headers);
    conditions(&headers);
    uploaded(&headers);
    traced(&headers);
});

fn name(letter: u8) -> Option<HeaderName> {
    Some(match letter {
        b'p' => PREFER,
        b'm' => header::IF_MATCH,
        b'n' => header::IF_NONE_MATCH,
        b't' => HeaderName::from_static("traceparent"),
        b'o' => HeaderName::from_static("upload-offset"),
        b'c' => HeaderName::from_static("upload-complete"),
        b'd' => HeaderName::from_static("content-digest"),
        _ => return None,
    })
}

/// The lines of a field that are text.
fn texts(headers: &HeaderMap, name: HeaderName) -> Vec<&str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect()
}

fn preferences(headers: &HeaderMap) {
    let read = Preferences::of(headers);
    let lines = texts(headers, PREFER);
    let allowed = Duration::from_secs(9);
    assert!(read.within(allowed) <= allowed);
    // A quoted text does not go on in the next line.
    if lines.iter().all(|line| line.matches('"').count() % 2 == 0 && !line.contains('\\')) {
        let value = HeaderValue::from_str(&lines.join(", ")).expect("lines that are text");
        assert_eq!(Preferences::of(&HeaderMap::from_iter([(PREFER, value)])), read, "{lines:?}");
    }
}

fn conditions(headers: &HeaderMap) {
    let read = Conditions::of(headers);
    let named = |name: HeaderName| {
        let lines = texts(headers, name);
        lines.iter().any(|line| line.contains("\"3\"")) || lines.join(",").trim() == "*"
    };
    assert!(read.expects(3).is_err() || named(header::IF_MATCH));
    assert!(!read.holds(3).unwrap_or(false) || named(header::IF_NONE_MATCH));
    assert!(read.expects_known(None).is_err() || !headers.contains_key(header::IF_MATCH));
}

fn uploaded(headers: &HeaderMap) {
    let mut headers = headers.clone();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    let Ok(upload) = upload::read(SHA256, &headers, 1 << 20) else { return };
    let text = |name: &str| headers.get(name).map(|value| value.to_str().expect("it was read").trim());
    // An integer of RFC 9651, §3.3.1, that is not negative.
    let offset = text("upload-offset").unwrap_or("0");
    assert!((1..=15).contains(&offset.len()) && offset.bytes().all(|byte| byte.is_ascii_digit()), "{offset:?}");
    assert_eq!(offset.parse(), Ok(upload.offset));
    assert_eq!(upload.last, text("upload-complete") != Some("?0"));
    if let Some(digest) = upload.digest {
        let written = format!("sha-256=:{}:", STANDARD.encode(&digest));
        assert!(digest.len() == 32 && text("content-digest").is_some_and(|field| field.contains(&written)));
    }
}

fn traced(headers: &HeaderMap) {
    for line in texts(headers, HeaderName::from_static("traceparent")) {
        let Some(read) = TraceContext::parse(line) else { continue };
        let written = read.traceparent();
        assert_eq!(TraceContext::parse(&written), Some(read));
        assert_eq!(written.get(3..52), line.get(3..52));
    }
}
