//! Tokens that are bound to a certificate (RFC 8705) or to a key (RFC 9449): worth nothing to whoever steals them.

use super::{LOGIN, VEHICLES, Yard, issuer, mint::SigningKey, over};
use crate::people::Answered;
use axum::http::{HeaderValue, Request};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use haulgate::{
    ids::{hexadecimal, sha256},
    policy::PolicyFiles,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

const OURS: &str = "http://127.0.0.1:8080";

on_both_databases! {

async fn a_token_bound_to_a_certificate_counts_only_with_it(database) {
    let yard = Yard::open(database).await;
    let hash = URL_SAFE_NO_PAD.encode([7; 32]);
    let token = yard.token(json!({"cnf": {"x5t#S256": hash}}));
    yard.shows_with(&token, [7; 32]).await.ok();
    yard.shows_with(&token, [8; 32]).await.problem("token_invalid");
    // It was remembered, and still needs its certificate.
    yard.refuses(&token, "no certificate").await;
    // No header says which certificate was shown.
    for name in ["client-cert", "x-client-cert", "x-ssl-client-cert", "x-forwarded-client-cert", "ssl-client-cert"] {
        yard.shows(&token).with(name, &hash).await.problem("token_invalid");
    }
    for cnf in [json!({}), json!({"x5t#S256": "x"}), json!({"x5t": hash}), json!({"jwk": {}}), json!("x"), json!([])] {
        let answered = yard.shows_with(&yard.token(json!({"cnf": cnf})), [7; 32]).await;
        answered.problem("token_invalid");
    }
}

async fn a_consumer_that_calls_with_certificates_calls_with_one_of_them(database) {
    let entry = format!("[consumers.planner]\ncertificates = [\"{}\"]\n", hexadecimal(&[7; 32]));
    let consumers = PolicyFiles::embedded().get("consumers.toml").unwrap().replace("[consumers.planner]\n", &entry);
    let policies = PolicyFiles::embedded().with("consumers.toml", &consumers);
    let yard = Yard::open_with(database, policies, 300, vec![issuer(LOGIN)]).await;
    let token = yard.token(json!({}));
    yard.shows_with(&token, [7; 32]).await.ok();
    yard.shows_with(&token, [8; 32]).await.problem("access_denied");
    yard.shows(&token).await.problem("access_denied");
}

async fn a_proof_lets_the_holder_of_the_key_in_and_only_once(database) {
    let (yard, phone) = (Yard::open(database).await, Phone::new());
    let token = phone.token(&yard);
    let proof = phone.proof(&yard, &token, json!({}));
    yard.proves(&token, &[&proof]).await.ok();
    refused(&yard.proves(&token, &[&proof]).await, "used before");
    yard.proves(&token, &[&phone.proof(&yard, &token, json!({"jti": "another"}))]).await.ok();
}

async fn a_bound_token_is_no_bearer_token_and_an_unbound_one_needs_no_proof(database) {
    let (yard, phone) = (Yard::open(database).await, Phone::new());
    yard.refuses(&phone.token(&yard), "bound, sent as Bearer").await;
    let unbound = yard.token(json!({}));
    let answered = yard.proves(&unbound, &[&phone.proof(&yard, &unbound, json!({}))]).await;
    answered.problem("token_invalid");
    let challenge = "DPoP realm=\"haulgate\", error=\"invalid_token\", algs=\"ES256 EdDSA PS256 RS256\"";
    assert_eq!(answered.header("www-authenticate"), challenge);
    // Bound twice: both count.
    let both = yard.token(json!({"cnf": {"jkt": phone.thumbprint(), "x5t#S256": URL_SAFE_NO_PAD.encode([7; 32])}}));
    let answered = yard.proves(&both, &[&phone.proof(&yard, &both, json!({}))]).await;
    answered.problem("token_invalid");
    // What the scheme lacks is said in the scheme.
    let poor = yard.token(json!({"cnf": {"jkt": phone.thumbprint()}, "scope": "other"}));
    let answered = yard.proves(&poor, &[&phone.proof(&yard, &poor, json!({"jti": "poor"}))]).await;
    answered.problem("scope_insufficient");
    assert!(answered.header("www-authenticate").starts_with("DPoP realm=\"haulgate\", error=\"insufficient_scope\""));
}

async fn a_proof_is_of_this_request_with_this_token_and_fresh(database) {
    let (yard, phone) = (Yard::open(database).await, Phone::new());
    let token = phone.token(&yard);
    let now = yard.gateway.clock.now().as_second();
    for claims in [
        json!({"htm": "POST"}), json!({"htm": "get"}), json!({"htm": null}),
        json!({"htu": format!("{OURS}/elsewhere")}), json!({"htu": VEHICLES}), json!({"htu": null}),
        json!({"htu": format!("https://thief.example{VEHICLES}")}),
        json!({"ath": URL_SAFE_NO_PAD.encode([0; 32])}), json!({"ath": null}),
        json!({"iat": now - 61}), json!({"iat": now + 31}), json!({"iat": null}), json!({"iat": "now"}),
        json!({"jti": null}), json!({"jti": ""}), json!({"jti": 7}),
    ] {
        refused(&yard.proves(&token, &[&phone.proof(&yard, &token, claims.clone())]).await, &claims.to_string());
    }
    for (number, claims) in [
        json!({"iat": now - 60}), json!({"iat": now + 30}), json!({"htu": format!("{OURS}{VEHICLES}?limit=1#x")}),
        json!({"htu": format!("HTTP://127.0.0.1:8080{VEHICLES}")}), json!({"nonce": "nobody asked for one"}),
    ].into_iter().enumerate() {
        let claims = over(claims, json!({"jti": format!("good-{number}")}));
        let answered = yard.proves(&token, &[&phone.proof(&yard, &token, claims.clone())]).await;
        assert_eq!(answered.status, 200, "{claims}: {}", answered.text());
    }
}

async fn a_proof_is_signed_by_the_public_key_it_names(database) {
    let (yard, phone) = (Yard::open(database).await, Phone::new());
    let token = phone.token(&yard);
    let claims = phone.claims(&yard, &token, json!({}));
    let (public, other) = (phone.public(), SigningKey::es256("other"));
    let private = over(public.clone(), json!({"d": "AAAA"}));
    for header in [
        json!({"typ": "JWT"}), json!({"typ": "at+jwt"}), json!({"typ": null}), json!({"alg": "none"}),
        json!({"alg": "HS256"}), json!({"alg": "RS256"}), json!({"alg": null}), json!({"jwk": null}),
        json!({"jwk": private}), json!({"jwk": "x"}), json!({"jwk": {"kty": "oct", "k": "AAAA"}}),
        json!({"crit": ["jwk"]}),
    ] {
        refused(&yard.proves(&token, &[&phone.signed(header.clone(), &claims)]).await, &header.to_string());
    }
    // The key it names did not sign it.
    let forged = other.token(json!({"typ": "dpop+jwt", "kid": null, "jwk": public}), &claims);
    refused(&yard.proves(&token, &[&forged]).await, "forged");
    // The key that signed it is not the one the token is bound to.
    let stolen = other.token(json!({"typ": "dpop+jwt", "kid": null, "jwk": other.jwk()}), &claims);
    yard.proves(&token, &[&stolen]).await.problem("token_invalid");
    let good = phone.proof(&yard, &token, json!({}));
    for several in [vec![], vec![good.as_str(), good.as_str()], vec!["x"], vec![""]] {
        refused(&yard.proves(&token, &several).await, "exactly one");
    }
    yard.proves(&token, &[&good]).await.ok();
}

async fn a_used_proof_is_remembered_until_it_is_too_old(database) {
    let (yard, phone) = (Yard::open(database).await, Phone::new());
    let token = phone.token(&yard);
    let latest = yard.gateway.clock.now().as_second() + 30;
    let proof = phone.proof(&yard, &token, json!({"iat": latest}));
    yard.proves(&token, &[&proof]).await.ok();
    for _ in 0..10 {
        refused(&yard.proves(&token, &[&proof]).await, "used before, or too old");
        yard.gateway.clock.advance(SignedDuration::from_secs(10));
    }
}

}

/// An app with a key of its own, which never leaves the phone.
struct Phone(SigningKey);

impl Phone {
    fn new() -> Self {
        Self(SigningKey::es256("phone"))
    }

    fn public(&self) -> Value {
        over(self.0.jwk(), json!({"kid": null, "use": null, "alg": null}))
    }

    fn thumbprint(&self) -> String {
        let jwk = self.0.jwk();
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
        URL_SAFE_NO_PAD.encode(hash(members.as_bytes()))
    }

    /// The planner's token, bound to this phone.
    fn token(&self, yard: &Yard) -> String {
        yard.token(json!({"cnf": {"jkt": self.thumbprint()}}))
    }

    fn claims(&self, yard: &Yard, token: &str, other: Value) -> Value {
        let honest = json!({
            "jti": "one", "htm": "GET", "htu": format!("{OURS}{VEHICLES}"),
            "iat": yard.gateway.clock.now().as_second(), "ath": URL_SAFE_NO_PAD.encode(hash(token.as_bytes())),
        });
        over(honest, other)
    }

    fn signed(&self, header: Value, claims: &Value) -> String {
        let honest = json!({"typ": "dpop+jwt", "kid": null, "jwk": self.public()});
        // Null takes a member out of the header; it has to arrive there.
        let mut all = honest;
        for (name, value) in header.as_object().into_iter().flatten() {
            all[name] = value.clone();
        }
        self.0.token(all, claims)
    }

    fn proof(&self, yard: &Yard, token: &str, other: Value) -> String {
        self.signed(json!({}), &self.claims(yard, token, other))
    }
}

impl Yard {
    async fn proves(&self, token: &str, proofs: &[&str]) -> Answered {
        let mut request: Request<_> = self.shows(token).request();
        let dpop = HeaderValue::from_str(&format!("DPoP {token}")).unwrap();
        request.headers_mut().insert("authorization", dpop);
        for proof in proofs {
            request.headers_mut().append("dpop", HeaderValue::from_str(proof).unwrap());
        }
        self.gateway.knock(request).await
    }
}

#[track_caller]
fn refused(answered: &Answered, why: &str) {
    assert_eq!(answered.status, 401, "{why}: {}", answered.text());
    assert_eq!(answered.json()["code"], "proof_invalid", "{why}");
    let challenge = "DPoP realm=\"haulgate\", error=\"invalid_dpop_proof\", algs=\"ES256 EdDSA PS256 RS256\"";
    assert_eq!(answered.header("www-authenticate"), challenge, "{why}");
}

fn hash(bytes: &[u8]) -> Vec<u8> {
    let text = sha256(bytes);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
