//! Key sets of token issuers (RFC 7517), fetched for whoever verifies tokens.

use super::{http, settings::Limits};
use futures_util::future::BoxFuture;
use std::sync::Arc;

/// No key set is larger, in bytes.
const LARGEST: usize = 256 << 10;

/// Fetches the JSON at a URL.
pub type Fetch = Arc<dyn Fn(String) -> BoxFuture<'static, Result<serde_json::Value, String>> + Send + Sync>;

/// A fetch with a deadline of its own; the key set's address comes from the settings, never from a token.
pub fn key_source() -> Fetch {
    let limits = Limits { timeout_ms: 5_000, calls_at_once: 4, answer_bytes: LARGEST };
    let client = http::client(&limits).build().expect("a client without certificates of its own can be built");
    Arc::new(move |url| {
        let client = client.clone();
        Box::pin(async move {
            let answer = client.get(url).send().await.and_then(reqwest::Response::error_for_status);
            let mut answer = answer.map_err(|error| error.to_string())?;
            let mut bytes = Vec::new();
            while let Some(chunk) = answer.chunk().await.map_err(|error| error.to_string())? {
                if bytes.len() + chunk.len() > LARGEST {
                    return Err("the key set is too large".to_owned());
                }
                bytes.extend_from_slice(&chunk);
            }
            serde_json::from_slice(&bytes).map_err(|error| error.to_string())
        })
    })
}
