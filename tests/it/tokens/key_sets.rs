//! Key sets: fetched ahead of need, seldom asked for by strangers, given up when nobody confirms them.

use super::{LOGIN, Yard, issuer, mint::SigningKey};
use futures_util::future::join_all;
use haulgate::policy::{Issuer, PolicyFiles};
use jiff::{SignedDuration, ToSpan};
use serde_json::json;

on_both_databases! {

async fn a_flood_of_made_up_keys_asks_the_issuer_once_a_minute(database) {
    let yard = Yard::open(database).await;
    yard.takes(&yard.token(json!({}))).await;
    let flood = |from: usize| (from..from + 1_000).map(|number| {
        yard.mint.es256.token(json!({"kid": format!("made-up-{number}")}), &yard.claims(json!({})))
    });
    for minute in 1..=3 {
        for token in flood(minute * 1_000) {
            yard.refuses(&token, "a key nobody has").await;
        }
        assert_eq!(yard.world.asked().len(), minute, "within minute {minute}");
        yard.gateway.clock.advance(seconds(60));
    }
}

async fn many_strangers_at_once_share_one_flight(database) {
    let yard = Yard::open(database).await;
    yard.takes(&yard.token(json!({}))).await;
    yard.gateway.clock.advance(seconds(60));
    let fresh = SigningKey::es256("fresh");
    yard.world.publish(&yard.mint.jwks_url(), json!({"keys": [fresh.jwk()]}));
    let token = fresh.token(json!({}), &yard.claims(json!({})));
    join_all((0..100).map(|_| yard.takes(&token))).await;
    assert_eq!(yard.world.asked().len(), 2);
}

async fn a_key_that_is_removed_is_refused_with_the_next_refresh(database) {
    let yard = Yard::open_with(database, PolicyFiles::embedded(), 30, vec![issuer(LOGIN)]).await;
    let token = yard.token(json!({}));
    yard.takes(&token).await;
    yard.world.publish(&yard.mint.jwks_url(), json!({"keys": [yard.mint.eddsa.jwk()]}));
    yard.gateway.clock.advance(seconds(29));
    yard.refresh().await;
    yard.takes(&token).await;
    yard.gateway.clock.advance(seconds(1));
    yard.refresh().await;
    yard.refuses(&token, "its key is revoked, remembered or not").await;
}

async fn keys_are_believed_for_a_day_while_the_issuer_is_away(database) {
    let yard = Yard::open(database).await;
    yard.takes(&yard.token(json!({}))).await;
    yard.world.withdraw(&yard.mint.jwks_url());
    yard.gateway.clock.advance(SignedDuration::from_hours(24) - SignedDuration::from_secs(1));
    yard.refresh().await;
    yard.takes(&yard.token(json!({}))).await;
    yard.gateway.clock.advance(seconds(1));
    let answered = yard.shows(&yard.token(json!({}))).await;
    assert_eq!(answered.status, 503);
    answered.problem("keys_unavailable");
    assert_eq!(answered.header("retry-after"), "5");
    yard.world.publish(&yard.mint.jwks_url(), yard.mint.key_set());
    yard.gateway.clock.advance(seconds(60));
    yard.takes(&yard.token(json!({}))).await;
}

async fn an_answer_that_is_no_key_set_changes_nothing(database) {
    let yard = Yard::open(database).await;
    yard.takes(&yard.token(json!({}))).await;
    for nonsense in [json!({}), json!([]), json!("keys"), json!({"keys": {}}), json!(null)] {
        yard.world.publish(&yard.mint.jwks_url(), nonsense);
        yard.gateway.clock.advance(seconds(300));
        yard.refresh().await;
        yard.takes(&yard.token(json!({}))).await;
    }
    let odd = json!([7, {}, {"kty": "RSA"}, {"kty": "oct", "k": "AAAA", "kid": "es"}, yard.mint.es256.jwk()]);
    yard.world.publish(&yard.mint.jwks_url(), json!({"keys": odd}));
    yard.gateway.clock.advance(seconds(300));
    yard.refresh().await;
    yard.takes(&yard.token(json!({}))).await;
    yard.refuses(&yard.mint.eddsa.token(json!({}), &yard.claims(json!({}))), "its key went").await;
}

async fn keys_are_found_through_the_issuers_own_metadata(database) {
    let discovered = Issuer { jwks_url: String::new(), ..issuer(LOGIN) };
    let yard = Yard::open_with(database, PolicyFiles::embedded(), 300, vec![discovered]).await;
    let metadata = format!("{LOGIN}/.well-known/openid-configuration");
    for (says, taken) in [
        (json!({"issuer": "https://thief.example", "jwks_uri": yard.mint.jwks_url()}), false),
        (json!({"issuer": LOGIN, "jwks_uri": "http://10.0.0.1/jwks"}), false),
        (json!({"issuer": LOGIN}), false),
        (json!({"issuer": LOGIN, "jwks_uri": yard.mint.jwks_url()}), true),
    ] {
        yard.world.publish(&metadata, says.clone());
        yard.gateway.clock.advance(seconds(60));
        let answered = yard.shows(&yard.token(json!({}))).await;
        assert_eq!(answered.status, if taken { 200 } else { 503 }, "{says}: {}", answered.text());
    }
    assert!(!yard.world.asked().contains(&"http://10.0.0.1/jwks".to_owned()));
}

}

impl Yard {
    async fn refresh(&self) {
        self.gateway.app.gate.tokens.refresh(self.gateway.clock.now()).await;
    }
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::try_from(seconds.seconds()).unwrap()
}
