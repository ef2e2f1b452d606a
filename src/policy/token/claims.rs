//! What a token says of its caller, once its signature holds: the checks of RFC 9068 and RFC 7519, claim by claim.

use super::{issuer::Issuer, jws::Jws, possession::Binding};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What a verified token says.
#[derive(Clone, Debug)]
pub struct Claims {
    /// The consumer that calls.
    pub client: String,
    pub subject: String,
    pub scopes: BTreeSet<String>,
    pub party: Option<String>,
    /// The regions the token confines its caller to; none where it says nothing of regions.
    pub regions: Option<BTreeSet<String>>,
    pub driver: Option<String>,
    pub expires_at: Timestamp,
    /// What whoever sends the token has to hold.
    pub(super) binding: Binding,
}

/// Clocks differ by no more.
pub const LEEWAY_SECONDS: i64 = 30;
/// Of a token's subject (OpenID Connect Core 1.0, 2): it stands in every row its bearer leaves.
const LONGEST_SUBJECT: usize = 255;

impl Claims {
    /// Of a token of this issuer whose signature holds; an error is the reason for the log.
    pub(super) fn of(jws: &Jws<'_>, issuer: &Issuer, now: Timestamp) -> Result<Self, &'static str> {
        if jws.text("iss") != Some(&issuer.issuer) {
            return Err("another issuer's key signed it");
        }
        if !is_for(jws.claims.get("aud"), &issuer.audience) {
            return Err("it is for another audience");
        }
        let expires_at = times(jws, now)?;
        for required in ["jti", "client_id"] {
            jws.text(required).ok_or("jti or client_id is missing")?;
        }
        let named = |name: &str| text_at(&jws.claims, name).map(str::to_owned);
        Ok(Self {
            client: issuer.consumer(&jws.claims).ok_or("it names no consumer of this issuer")?.to_owned(),
            subject: subject(jws)?,
            scopes: scopes(jws.claims.get("scope"))?,
            party: named(&issuer.claims.party),
            regions: regions(claim_at(&jws.claims, &issuer.claims.region))?,
            driver: named(&issuer.claims.driver),
            expires_at,
            binding: Binding::of(jws.claims.get("cnf"))?,
        })
    }

    /// Who calls in the consumer's name: the driver it names, or its subject.
    pub fn person(&self) -> &str {
        self.driver.as_deref().unwrap_or(&self.subject)
    }

    /// The regions its caller may see, of those the consumer may: the token narrows, it never widens. `allowed` empty
    /// means all of them. `None`: there is no region left.
    pub fn regions_of(&self, allowed: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let Some(named) = &self.regions else { return Some(allowed.clone()) };
        let left = named.iter().filter(|region| allowed.is_empty() || allowed.contains(*region));
        Some(left.cloned().collect::<BTreeSet<_>>()).filter(|left| !left.is_empty())
    }
}

fn subject(jws: &Jws<'_>) -> Result<String, &'static str> {
    let named = jws.text("sub").filter(|subject| subject.len() <= LONGEST_SUBJECT);
    named.map(str::to_owned).ok_or("sub is missing or longer than 255 characters")
}

/// When it ends. It has begun, and it is not over.
fn times(jws: &Jws<'_>, now: Timestamp) -> Result<Timestamp, &'static str> {
    let now = now.as_second();
    let expires = instant(jws.claims.get("exp")).ok_or("exp is missing or no instant")?;
    let issued = instant(jws.claims.get("iat")).ok_or("iat is missing or no instant")?;
    let begins = match jws.claims.get("nbf") {
        None => issued,
        begins => instant(begins).ok_or("nbf is no instant")?,
    };
    if now >= expires.as_second().saturating_add(LEEWAY_SECONDS) {
        return Err("it has expired");
    }
    if now.saturating_add(LEEWAY_SECONDS) < issued.max(begins).as_second() {
        return Err("it is not valid yet");
    }
    Ok(expires)
}

/// A NumericDate: seconds since the epoch, fractions dropped (RFC 7519, 2).
pub fn instant(value: Option<&Value>) -> Option<Timestamp> {
    let number = value?.as_number()?;
    let seconds = number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))?;
    Timestamp::from_second(seconds).ok()
}

/// `aud` is one audience or a list of them.
fn is_for(audience: Option<&Value>, ours: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == ours,
        Some(Value::Array(several)) => several.iter().all(Value::is_string) && several.iter().any(|one| one == ours),
        _ => false,
    }
}

/// Separated by spaces (RFC 8693, 4.2); a token without scopes is allowed nothing.
fn scopes(scope: Option<&Value>) -> Result<BTreeSet<String>, &'static str> {
    match scope {
        None => Ok(BTreeSet::new()),
        Some(Value::String(text)) => Ok(text.split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect()),
        Some(_) => Err("scope is no text"),
    }
}

fn regions(value: Option<&Value>) -> Result<Option<BTreeSet<String>>, &'static str> {
    let wrong = "the regions are no texts";
    match value {
        None => Ok(None),
        Some(Value::String(one)) => Ok(Some(BTreeSet::from([one.clone()]))),
        Some(Value::Array(several)) => {
            let texts = several.iter().map(|one| one.as_str().map(str::to_owned));
            texts.collect::<Option<_>>().map(Some).ok_or(wrong)
        }
        Some(_) => Err(wrong),
    }
}

/// A claim by its name, or by a JSON pointer.
fn claim_at<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    let Some(path) = name.strip_prefix('/') else { return claims.get(name) };
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let outer = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
    rest.map_or(Some(outer), |rest| outer.pointer(&format!("/{rest}")))
}

/// The same, where it is a text and not an empty one.
pub fn text_at<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    claim_at(claims, name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_claim_is_found_by_name_or_by_pointer() {
        let claims = json!({"https://a/party": "acme", "haulgate": {"driver": "drv_ana"}, "": "x"});
        let claims = claims.as_object().unwrap();
        assert_eq!(text_at(claims, "https://a/party"), Some("acme"));
        assert_eq!(text_at(claims, "/haulgate/driver"), Some("drv_ana"));
        assert_eq!(text_at(claims, "/https:~1~1a~1party"), Some("acme"));
        assert_eq!(text_at(claims, "/haulgate/party"), None);
    }

    #[test]
    fn an_instant_is_a_number_that_a_clock_can_show() {
        assert_eq!(instant(Some(&json!(1.9))).unwrap().as_second(), 1);
        for wrong in [json!("1"), json!(1e300), json!(-1e300), json!(null), json!([1])] {
            assert!(instant(Some(&wrong)).is_none(), "{wrong}");
        }
    }
}
