//! Stories of tokens: who gets in, and everybody who does not.

mod battery;
mod bound;
mod claims;
mod credentials;
mod key_sets;
mod mint;

use crate::{
    databases::Database,
    gateway::Gateway,
    people::{Answered, Person, Said},
};
use haulgate::policy::{Issuer, PeerCertificate, PolicyFiles};
use mint::{Mint, World};
use serde_json::{Value, json};
use std::sync::Arc;

const LOGIN: &str = "https://login.example";
const VEHICLES: &str = "/system/master-data/v1/vehicles";

/// A gateway that trusts one issuer, and the issuer.
struct Yard {
    gateway: Gateway,
    world: Arc<World>,
    mint: Mint,
}

impl Yard {
    async fn open(database: Database) -> Self {
        Self::open_with(database, PolicyFiles::embedded(), 300, vec![issuer(LOGIN)]).await
    }

    /// With other policies, another age of key sets in seconds, and other issuers.
    async fn open_with(database: Database, policies: PolicyFiles, refresh_seconds: u64, issuers: Vec<Issuer>) -> Self {
        let (world, mint) = (Arc::new(World::default()), Mint::new(LOGIN));
        world.publish(&mint.jwks_url(), mint.key_set());
        let gateway = Gateway::start_keyed(database, policies, world.source(), |settings| {
            settings.auth.issuers = issuers;
            settings.auth.refresh_seconds = refresh_seconds;
        });
        Self { gateway: gateway.await, world, mint }
    }

    /// The claims of an honest token of the planner; some may be other ones, or left out with null.
    fn claims(&self, other: Value) -> Value {
        let now = self.gateway.clock.now().as_second();
        let scope = self.gateway.app.law().scopes_of("planner");
        let honest = json!({
            "iss": LOGIN, "aud": "haulgate", "sub": "system:planner", "client_id": "planner", "scope": scope,
            "iat": now, "exp": now + 3_600, "jti": "one",
        });
        over(honest, other)
    }

    /// An honest token but for these claims.
    fn token(&self, other: Value) -> String {
        self.mint.es256.token(json!({}), &self.claims(other))
    }

    fn shows(&self, token: &str) -> Said<'_> {
        Person::new(&self.gateway, token.to_owned()).get(VEHICLES)
    }

    /// Shows it on a connection whose other end has shown this certificate.
    async fn shows_with(&self, token: &str, certificate: [u8; 32]) -> Answered {
        let mut request = self.shows(token).request();
        request.extensions_mut().insert(PeerCertificate(certificate));
        self.gateway.knock(request).await
    }

    async fn takes(&self, token: &str) {
        self.shows(token).await.ok();
    }

    async fn refuses(&self, token: &str, why: &str) {
        let answered = self.shows(token).await;
        assert_eq!(answered.status, 401, "{why}: {}", answered.text());
        answered.problem("token_invalid");
        let challenge = "Bearer realm=\"haulgate\", error=\"invalid_token\"";
        assert_eq!(answered.header("www-authenticate"), challenge, "{why}");
    }
}

fn issuer(url: &str) -> Issuer {
    toml::from_str(&format!("issuer = \"{url}\"\naudience = \"haulgate\"\njwks_url = \"{url}/jwks\""))
        .expect("an issuer")
}

/// One object over another; null takes a member out.
fn over(mut all: Value, other: Value) -> Value {
    for (name, value) in other.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    if let Some(all) = all.as_object_mut() {
        all.retain(|_, value| !value.is_null());
    }
    all
}
