//! The compact serialisation of a signed JWT (RFC 7515), read so strictly that every token has one spelling.
//!
//! What a header says of keys (`jwk`, `jku`, `x5u`, `x5c`) is not followed; what it says is critical is not understood.

use crate::body;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// A signed JWT, its signature not yet verified.
#[derive(Debug)]
pub struct Jws<'t> {
    pub header: Map<String, Value>,
    pub claims: Map<String, Value>,
    /// What was signed: header and claims as they were sent.
    pub signed: &'t str,
    /// In base64url, as it was sent.
    pub signature: &'t str,
}

impl<'t> Jws<'t> {
    /// Takes the text apart; an error is the reason for the log.
    pub fn read(text: &'t str) -> Result<Self, &'static str> {
        let (signed, signature) = text.rsplit_once('.').ok_or("it has no parts")?;
        let (header, claims) = signed.split_once('.').ok_or("it has two parts")?;
        if claims.contains('.') {
            return Err("it has more than three parts");
        }
        let (header, claims) = (object(header)?, object(claims)?);
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err("its header asks for what is not understood (crit, b64)");
        }
        Ok(Self { header, claims, signed, signature })
    }

    /// A member of the header that is a text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.header.get(name).and_then(Value::as_str)
    }

    /// A claim that is a text, and not an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Whether the header names one of these media types (RFC 8725, 3.11); `application/` may be left out.
    pub fn is_a(&self, kind: &str) -> bool {
        let named = self.header("typ").map(str::to_ascii_lowercase).unwrap_or_default();
        named.strip_prefix("application/").unwrap_or(&named) == kind
    }
}

/// The JSON object in this part. Padding, whitespace and bits that mean nothing are refused, duplicate members too.
fn object(part: &str) -> Result<Map<String, Value>, &'static str> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| "a part is not base64url")?;
    match body::parse(&bytes) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err("a part is not a JSON object with unique members"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*, sample::Index};

    fn part(json: &str) -> String {
        URL_SAFE_NO_PAD.encode(json)
    }

    proptest! {
        #[test]
        fn whatever_is_shown_is_read_or_refused(text in ".{0,300}", bytes in vec(any::<u8>(), 0..120)) {
            drop(Jws::read(&text));
            let parts = [URL_SAFE_NO_PAD.encode(&bytes), part(&text), part("{}")];
            drop(Jws::read(&parts.join(".")));
        }

        #[test]
        fn a_token_that_is_read_has_one_spelling(place: Index, put in "[A-Za-z0-9_=. -]") {
            let token = [part(r#"{"alg":"ES256","typ":"at+jwt"}"#), part(r#"{"sub":"x","n":1}"#), part("signature")].join(".");
            let place = place.index(token.len());
            let other = format!("{}{put}{}", &token[..place], &token[place + 1..]);
            let (one, other_read) = (Jws::read(&token).unwrap(), Jws::read(&other));
            if let Ok(read) = other_read && other != token {
                let told_apart = read.header != one.header || read.claims != one.claims || read.signature != one.signature;
                prop_assert!(told_apart, "{} is read like {}", other, token);
            }
        }
    }
}
