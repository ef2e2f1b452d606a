//! Access tokens and proofs: whatever is shown, nobody comes in who has not the issuer's key, and a token that is read
//! has one spelling.
//!
//! An input is lines: header and claims of a token, header and claims of a proof, each as JSON or as it is, and what
//! stands before the token in its field.

#![no_main]

use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use haulgate::policy::{Issuer, Jws, KeySource, Presented, Tokens};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));
static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    let issuer = json!({"issuer": "https://id.example", "audience": "haulgate", "jwks_url": "https://id.example/keys"});
    let issuer: Issuer = serde_json::from_value(issuer).expect("an issuer");
    let source: KeySource = Arc::new(|_| Box::pin(std::future::ready(Ok(keys()))));
    Tokens::new(vec![issuer], &source, "https://api.example", 600)
});

fuzz_target!(|text: &str| {
    let lines: Vec<&str> = text.split('\n').collect();
    let line = |place: usize| lines.get(place).copied().unwrap_or_default();
    has_one_spelling(text);
    let (token, proof) = (signed(line(0), line(1)), signed(line(2), line(3)));
    has_one_spelling(&token);
    let scheme = if line(4).is_empty() { "Bearer " } else { line(4) };
    for token in [token.as_str(), line(0)] {
        let fields =
            [(header::AUTHORIZATION, format!("{scheme}{token}")), ("dpop".parse().expect("a name"), proof.clone())];
        let fields = fields.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::from_str(&text).ok()?)));
        nobody_comes_in(&fields.collect());
    }
});

fn has_one_spelling(text: &str) {
    let Ok(jws) = Jws::read(text) else { return };
    assert_eq!(format!("{}.{}", jws.signed, jws.signature), text);
    assert!(!jws.header.contains_key("crit") && !jws.header.contains_key("b64"));
    for (part, object) in jws.signed.split('.').zip([&jws.header, &jws.claims]) {
        let json = URL_SAFE_NO_PAD.decode(part).expect("a part is base64url");
        assert_eq!(URL_SAFE_NO_PAD.encode(&json), part);
        let read: Value = serde_json::from_slice(&json).expect("a part is JSON");
        assert_eq!(read.as_object().map(serde_json::Map::len), Some(object.len()));
    }
}

fn nobody_comes_in(headers: &HeaderMap) {
    let shown = Presented {
        method: &Method::POST,
        uri: &Uri::from_static("/process/orders/v1/orders"),
        headers,
        certificate: None,
    };
    let now = Timestamp::from_second(1_795_440_131).expect("an instant");
    let refused = RUNTIME.block_on(TOKENS.verify(&shown, now)).expect_err("nobody has the issuer's key").problem();
    assert!([400, 401].contains(&refused.status), "{refused:?}");
}

/// A token of these parts under a signature of nobody's.
fn signed(header: &str, claims: &str) -> String {
    let parts = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{}.{}", parts.join("."), URL_SAFE_NO_PAD.encode([7; 64]))
}

/// Public keys whose other halves are nowhere: the examples of RFC 7515 (A.3) and RFC 8037 (A.2).
fn keys() -> Value {
    json!({"keys": [
        {"kid": "es", "kty": "EC", "crv": "P-256", "alg": "ES256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"},
        {"kid": "ed", "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ]})
}
