//! Ids: the only place that makes them up.

use crate::domain::id::OrderId;
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use uuid::Uuid;

/// A fresh token that sorts by when it was made (UUID version 7, without hyphens).
#[expect(clippy::disallowed_methods, reason = "this is where ids are made")]
pub fn fresh_token() -> String {
    Uuid::now_v7().simple().to_string()
}

/// The id of the order with this ERP number: the same number always gives the same id, so it can exist only once.
pub fn order_id(number: &str) -> OrderId {
    let hash = digest(&SHA256, number.as_bytes());
    OrderId::from_token(&hexadecimal(&hash.as_ref()[..10]))
}

/// A fresh secret as Standard Webhooks writes them: 32 random bytes.
pub fn webhook_secret() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the operating system gives random bytes");
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| char::from(DIGITS[usize::from(half)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(digest(&SHA256, bytes).as_ref())
}
