//! Access tokens: JWTs of configured issuers (RFC 9068), verified by the rules of RFC 8725, and the proofs that whoever
//! sends a bound token may (RFC 8705, RFC 9449). Answers by RFC 6750.
//!
//! The algorithm comes from the key, never from the token; keys are found by issuer and key id; nothing in a token's
//! header is followed. Never knows what the token is shown for.

mod claims;
mod dpop;
mod issuer;
mod jws;
mod key;
mod key_set;
mod possession;
mod presented;
mod refusal;
mod replays;
mod tokens;

pub use claims::Claims;
pub use issuer::{ClaimNames, Issuer, mistakes};
pub use jws::Jws;
pub use key::Algorithm;
pub use key_set::KeySource;
pub use possession::PeerCertificate;
pub use presented::Presented;
pub use tokens::Tokens;

pub(super) use refusal::insufficient_scope;
