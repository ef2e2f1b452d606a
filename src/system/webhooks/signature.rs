//! Standard Webhooks signatures: HMAC-SHA256 over `id.timestamp.body`, one for each secret that is valid.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};

/// How old or new a timestamp may be for a receiver, in seconds.
const TOLERANCE: i64 = 300;

/// The value of `webhook-signature`. A secret that is none does not sign.
pub fn sign(secrets: &[SecretString], id: &str, timestamp: i64, body: &[u8]) -> Option<String> {
    let signatures: Vec<_> = secrets
        .iter()
        .filter_map(key)
        .map(|key| format!("v1,{}", STANDARD.encode(hmac::sign(&key, &signed(id, timestamp, body)))))
        .collect();
    (!signatures.is_empty()).then(|| signatures.join(" "))
}

/// Whether one of the signatures was made with this secret, lately. What a receiver does, and the sandbox with it.
pub fn verify(secret: &SecretString, id: &str, timestamp: i64, body: &[u8], signatures: &str, now: i64) -> bool {
    let Some(key) = key(secret) else { return false };
    let content = signed(id, timestamp, body);
    let genuine = signatures
        .split(' ')
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .any(|tag| hmac::verify(&key, &content, &tag).is_ok());
    genuine && (now - timestamp).abs() <= TOLERANCE
}

fn key(secret: &SecretString) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.expose_secret().strip_prefix("whsec_")?).ok()?;
    (24..=64).contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn signed(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    [format!("{id}.{timestamp}.").as_bytes(), body].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn the_published_vector_comes_out() {
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = sign(&[secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn both_secrets_sign_while_they_are_rotated_and_anything_changed_is_refused() {
        let secrets: Vec<SecretString> =
            ["a", "b"].map(|c| format!("whsec_{}", STANDARD.encode(c.repeat(32))).into()).into();
        let both = sign(&secrets, "evt_1", 1_000, b"{}").expect("signed");
        assert_eq!(both.split(' ').count(), 2);
        for secret in &secrets {
            assert!(verify(secret, "evt_1", 1_000, b"{}", &both, 1_010));
            assert!(!verify(secret, "evt_2", 1_000, b"{}", &both, 1_010));
            assert!(!verify(secret, "evt_1", 1_000, b"{ }", &both, 1_010));
            assert!(!verify(secret, "evt_1", 1_000, b"{}", &both, 2_000));
        }
    }
}
