//! Idempotency keys: what is read is a key, one and the same with quotes and without, and never made of two fields.

#![no_main]

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use haulgate::policy::{Idempotency, key_of};
use libfuzzer_sys::fuzz_target;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

fuzz_target!(|bytes: &[u8]| {
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n') {
        headers.extend(HeaderValue::from_bytes(line).map(|value| (IDEMPOTENCY_KEY, value)));
    }
    let fields = headers.get_all(IDEMPOTENCY_KEY).iter().count();
    let asked = read(&headers, Idempotency::Optional);
    assert_eq!(asked.is_ok(), fields == 0 || read(&headers, Idempotency::Required).is_ok());
    assert_eq!(read(&headers, Idempotency::None), Ok(None));
    let Ok(Some(key)) = asked else { return };
    assert_eq!(fields, 1);
    assert!((8..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
    for shown in [key.clone(), format!("\"{key}\""), format!(" {key}\t")] {
        let value = HeaderValue::from_str(&shown).expect("a key can stand in a field");
        let again = read(&HeaderMap::from_iter([(IDEMPOTENCY_KEY, value)]), Idempotency::Required);
        assert_eq!(again, Ok(Some(key.clone())), "{shown}");
    }
});

/// The key, or the code of its refusal.
fn read(headers: &HeaderMap, idempotency: Idempotency) -> Result<Option<String>, String> {
    key_of(headers, idempotency).map_err(|error| error.problem().code)
}
