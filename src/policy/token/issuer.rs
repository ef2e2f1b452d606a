//! Issuers: whose tokens are accepted, where their keys are found, and which of their claims mean what here.

use super::{claims::text_at, key::Algorithm};
use axum::http::Uri;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// An issuer whose tokens are accepted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Exactly as in `iss`.
    pub issuer: String,
    /// What `aud` has to contain. Several issuers may share one.
    pub audience: String,
    /// Where its key set is found (RFC 7517); empty: where its metadata says.
    #[serde(default)]
    pub jwks_url: String,
    /// Where its metadata is found (RFC 8414); empty: at `/.well-known/openid-configuration` below the issuer.
    #[serde(default)]
    pub discovery_url: String,
    /// The algorithms its keys may be for.
    #[serde(default = "all_algorithms")]
    pub algorithms: Vec<Algorithm>,
    /// The consumers it speaks for; empty: all of them.
    #[serde(default)]
    pub consumers: BTreeSet<String>,
    /// Whether its keys may be fetched without TLS from another machine. From this one they always may.
    #[serde(default)]
    pub plain_http: bool,
    /// Which claim says what.
    #[serde(default)]
    pub claims: ClaimNames,
}

/// The claims that say who the caller is here: a name, or a JSON pointer (RFC 6901) where it begins with `/`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimNames {
    /// The registered consumer that calls.
    pub consumer: String,
    /// The party whose orders the caller may see.
    pub party: String,
    /// The regions the caller is confined to: one, or a list.
    pub region: String,
    /// The driver who holds the app.
    pub driver: String,
}

impl Default for ClaimNames {
    fn default() -> Self {
        let name = str::to_owned;
        Self { consumer: name("client_id"), party: name("party"), region: name("region"), driver: name("driver") }
    }
}

fn all_algorithms() -> Vec<Algorithm> {
    Algorithm::ALL.into()
}

impl Issuer {
    /// Where the key set is; an error says that the metadata has to be asked, and where that is.
    pub fn key_address(&self) -> Result<&str, String> {
        if !self.jwks_url.is_empty() {
            return Ok(&self.jwks_url);
        }
        let below = || format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        Err(if self.discovery_url.is_empty() { below() } else { self.discovery_url.clone() })
    }

    /// Whether keys from this address are the issuer's own: nobody on the way can have exchanged them.
    pub fn trusts_address(&self, url: &str) -> bool {
        let Ok(uri) = url.parse::<Uri>() else { return false };
        match (uri.scheme_str(), uri.host()) {
            (Some("https"), Some(_)) => true,
            (Some("http"), Some(host)) => self.plain_http || is_this_machine(host),
            _ => false,
        }
    }

    /// The consumer these claims name, if this issuer speaks for it.
    pub fn consumer<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c str> {
        let named = text_at(claims, &self.claims.consumer)?;
        (self.consumers.is_empty() || self.consumers.contains(named)).then_some(named)
    }
}

/// Everything that is wrong with the issuers.
pub fn mistakes(issuers: &[Issuer]) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut known = BTreeSet::new();
    for one in issuers {
        let address = one.key_address().map_or_else(|discovery| discovery, str::to_owned);
        let wrong = [
            (one.issuer.is_empty(), "issuer is empty"),
            (one.audience.is_empty(), "audience is empty"),
            (!known.insert(&one.issuer), "the issuer stands there twice"),
            (!one.jwks_url.is_empty() && !one.discovery_url.is_empty(), "give jwks_url or discovery_url, not both"),
            (one.algorithms.is_empty(), "no algorithm is allowed"),
            (!one.trusts_address(&address), "keys are fetched over https, or with plain_http = true"),
        ];
        let found = wrong.into_iter().filter(|(found, _)| *found);
        mistakes.extend(found.map(|(_, mistake)| format!("auth.issuers: {}: {mistake}", one.issuer)));
    }
    mistakes
}

fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuer(more: &str) -> Issuer {
        toml::from_str(&format!("issuer = \"https://login.example\"\naudience = \"haulgate\"\n{more}")).unwrap()
    }

    #[test]
    fn keys_are_found_where_the_settings_say_or_below_the_issuer() {
        assert_eq!(issuer("jwks_url = \"https://a/jwks\"").key_address(), Ok("https://a/jwks"));
        let below = "https://login.example/.well-known/openid-configuration".to_owned();
        assert_eq!(issuer("").key_address(), Err(below));
        let elsewhere = "https://b/.well-known/oauth-authorization-server";
        assert_eq!(issuer(&format!("discovery_url = \"{elsewhere}\"")).key_address(), Err(elsewhere.to_owned()));
    }

    #[test]
    fn keys_come_over_tls_or_from_this_machine_unless_told_otherwise() {
        let strict = issuer("");
        let told = issuer("plain_http = true");
        for (url, one, other) in [
            ("https://keys.example/jwks", true, true),
            ("http://127.0.0.1:8090/jwks", true, true),
            ("http://[::1]:8090/jwks", true, true),
            ("http://localhost/jwks", true, true),
            ("http://127.0.0.1.example/jwks", false, true),
            ("http://10.0.0.1/jwks", false, true),
            ("file:///etc/jwks", false, false),
            ("jwks", false, false),
        ] {
            assert_eq!((strict.trusts_address(url), told.trusts_address(url)), (one, other), "{url}");
        }
    }

    #[test]
    fn every_mistake_of_every_issuer_is_listed() {
        let bad = "jwks_url = \"http://a/jwks\"\ndiscovery_url = \"https://a/x\"\nalgorithms = []";
        let found = mistakes(&[issuer(""), issuer(bad)]);
        assert_eq!(found.len(), 4, "{found:?}");
        for unknown in ["claims = { scope = \"scp\" }", "algorithms = [\"HS256\"]", "algorithms = [\"none\"]"] {
            let text = format!("issuer = \"https://a\"\naudience = \"b\"\n{unknown}");
            assert!(toml::from_str::<Issuer>(&text).is_err(), "{unknown}");
        }
    }
}
