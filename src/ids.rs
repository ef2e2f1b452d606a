//! Ids: the only place that makes them up.

use crate::domain::id::OrderId;
use aws_lc_rs::digest::{SHA256, digest};
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

/// Lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes any text");
        text
    })
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(digest(&SHA256, bytes).as_ref())
}
