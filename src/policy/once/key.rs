//! The key a request brings (draft-ietf-httpapi-idempotency-key-header): one quoted string, as the draft has it, or one
//! bare token, as others send it. Both name the same. What is no key is refused: to ignore it would drop the guarantee
//! without a word.

use crate::{error::Error, policy::operation::Idempotency};
use axum::http::{HeaderMap, HeaderName};
use std::collections::HashSet;

pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// How many different characters a key has at least: one with fewer is easily somebody else's, too.
const VARIETY: usize = 4;

/// The key of a request, without its quotes.
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
    let key = bare(text).ok_or_else(malformed)?;
    let characters: HashSet<u8> = key.bytes().collect();
    if characters.len() < VARIETY {
        let detail = format!("A key has {VARIETY} different characters at least; a UUID is a good one.");
        return Err(Error::gate("idempotency_key_weak", detail));
    }
    Ok(Some(key.to_owned()))
}

/// What stands between the quotes, or without any.
fn bare(text: &str) -> Option<&str> {
    let bare = text.strip_prefix('"').map_or(Some(text), |rest| rest.strip_suffix('"'))?;
    let visible = bare.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',' | b';'));
    (visible && (8..=128).contains(&bare.len())).then_some(bare)
}

fn malformed() -> Error {
    Error::gate("idempotency_key_malformed", "The key is one quoted string or token of 8 to 128 visible characters.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    fn key(value: &str) -> Result<Option<String>, Error> {
        let mut headers = HeaderMap::new();
        headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(value).unwrap());
        key_of(&headers, Idempotency::Required)
    }

    fn refusal(value: &str) -> String {
        key(value).unwrap_err().problem().code
    }

    #[test]
    fn malformed_keys_are_refused_rather_than_ignored() {
        let (long, quoted) = ("x".repeat(129), format!("\"{}\"", "x".repeat(129)));
        for bad in [
            "",
            "\"\"",
            "\"",
            "short",
            "\"short\"",
            "\"unclosed-quote",
            "unopened-quote\"",
            "two words here",
            "a;b;c;d;e;f",
            "\"a-key-with\\\\escape\"",
            "\"key-one-1\", \"key-two-2\"",
            "\"key-one-1\";p=1",
            ":YS1rZXktaW4tYnl0ZXM=:;",
            "\"tab\there-it-is\"",
            long.as_str(),
            quoted.as_str(),
        ] {
            assert_eq!(refusal(bad), "idempotency_key_malformed", "{bad}");
        }
    }

    #[test]
    fn a_key_that_anybody_could_think_of_is_refused() {
        for weak in ["00000000", "\"aaaaaaaaaaaaaaaaaaaaaaaa\"", "1212121212", "abcabcabc"] {
            assert_eq!(refusal(weak), "idempotency_key_weak", "{weak}");
        }
    }

    proptest! {
        #[test]
        fn quoted_and_bare_keys_are_the_same_key(text in "[!#-+\\--:<-\\[\\]-~]{8,128}") {
            let quoted = key(&format!("\"{text}\"")).ok();
            prop_assert_eq!(key(&text).ok(), quoted);
        }

        #[test]
        fn whatever_a_field_may_hold_is_a_key_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.insert(IDEMPOTENCY_KEY, value);
                if let Ok(Some(key)) = key_of(&headers, Idempotency::Required) {
                    prop_assert!((8..=128).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()));
                }
            }
        }
    }
}
