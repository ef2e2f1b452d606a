//! What a token has to say (RFC 9068), and what it may say of its caller.

use super::{LOGIN, Mint, Yard, issuer};
use crate::people::Person;
use haulgate::policy::{ClaimNames, Issuer, PolicyFiles};
use jiff::ToSpan;
use serde_json::{Value, json};

on_both_databases! {

async fn every_claim_that_is_required_is_there_and_of_its_kind(database) {
    let yard = Yard::open(database).await;
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        for wrong in [Value::Null, json!(""), json!([]), json!({}), json!(true)] {
            yard.refuses(&yard.token(json!({claim: wrong})), &format!("{claim}: {wrong}")).await;
        }
    }
    for (claim, wrong) in [
        ("aud", json!("haulgate2")), ("aud", json!(["another"])), ("aud", json!([["haulgate"]])),
        ("aud", json!(["haulgate", 7])), ("aud", json!("Haulgate")), ("aud", json!({"haulgate": 1})),
        ("exp", json!("9999999999")), ("exp", json!(0)), ("exp", json!(-1)), ("exp", json!(1e300)),
        ("nbf", json!("1")), ("nbf", json!(9_999_999_999i64)), ("iat", json!(9_999_999_999i64)),
        ("scope", json!(["master-data:read"])), ("sub", json!(7)), ("sub", json!("s".repeat(256))), ("client_id", json!(["planner"])),
    ] {
        yard.refuses(&yard.token(json!({claim: wrong})), &format!("{claim}: {wrong}")).await;
    }
    let header = json!({"alg": "ES256", "typ": "at+jwt", "kid": "es"}).to_string();
    let endless = yard.claims(json!({"exp": "ENDLESS"})).to_string().replace("\"ENDLESS\"", "1e400");
    yard.refuses(&yard.mint.es256.token_of(&header, &endless), "exp: 1e400").await;
}

async fn clocks_may_differ_by_thirty_seconds_and_no_more(database) {
    let yard = Yard::open(database).await;
    let now = yard.gateway.clock.now().as_second();
    for (claim, seconds, taken) in [
        ("exp", -29, true), ("exp", -30, false), ("exp", 1, true),
        ("nbf", 30, true), ("nbf", 31, false), ("iat", 30, true), ("iat", 31, false),
    ] {
        let token = yard.token(json!({claim: now + seconds}));
        let answered = yard.shows(&token).await;
        assert_eq!(answered.status == 200, taken, "{claim} {seconds}: {}", answered.text());
    }
}

async fn a_token_that_is_remembered_still_expires(database) {
    let yard = Yard::open(database).await;
    let token = yard.token(json!({"exp": yard.gateway.clock.now().as_second() + 10}));
    yard.takes(&token).await;
    yard.gateway.clock.advance(39.seconds().try_into().unwrap());
    yard.takes(&token).await;
    yard.gateway.clock.advance(1.seconds().try_into().unwrap());
    yard.refuses(&token, "expired, leeway and all").await;
}

async fn each_issuer_says_in_its_own_words_who_calls(database) {
    let names = ClaimNames {
        consumer: "azp".into(),
        party: "https://haulgate.example/party".into(),
        driver: "/haulgate/driver".into(),
        ..ClaimNames::default()
    };
    let other = Issuer { claims: names, consumers: ["driver-app".to_owned()].into(), ..issuer("https://other.example") };
    let yard = Yard::open_with(database, PolicyFiles::embedded(), 300, vec![issuer(LOGIN), other]).await;
    let mint = Mint::new("https://other.example");
    yard.world.publish(&mint.jwks_url(), mint.key_set());
    // Its keys may have been asked for already, before there were any.
    yard.gateway.clock.advance(1.minute().try_into().unwrap());
    let scope = yard.gateway.app.law().scopes_of("driver-app");
    let says = |consumer: &str, haulgate: Value| {
        let claims = json!({
            "iss": mint.url, "client_id": "app-4711", "azp": consumer, "sub": "ana", "scope": scope,
            "haulgate": haulgate,
        });
        mint.es256.token(json!({}), &yard.claims(claims))
    };
    let driver = |haulgate| Person::new(&yard.gateway, says("driver-app", haulgate)).get("/experience/driver/v1/run");
    driver(json!({"driver": "drv_ana"})).await.problem("not_found");
    driver(json!({"person": "drv_ana"})).await.problem("access_denied");
    // It does not speak for the planner, whatever it says; the planner's own issuer does, to the same audience.
    yard.refuses(&says("planner", json!({})), "another issuer's consumer").await;
    yard.refuses(&says("", json!({})), "no consumer").await;
    yard.takes(&yard.token(json!({}))).await;
}

async fn a_token_narrows_what_its_consumer_may_see_and_never_widens_it(database) {
    let file = PolicyFiles::embedded().get("consumers.toml").unwrap().to_owned();
    let (before, planner) = file.split_once("[consumers.planner]").unwrap();
    let planner = planner.replacen("regions = []", "regions = [\"reg_north\"]", 1);
    let consumers = format!("{before}[consumers.planner]{planner}");
    let policies = PolicyFiles::embedded().with("consumers.toml", &consumers);
    let yard = Yard::open_with(database, policies, 300, vec![issuer(LOGIN)]).await;
    for (region, status) in [
        (json!("reg_north"), 200), (json!(["reg_north", "reg_south"]), 200), (Value::Null, 200),
        (json!("reg_south"), 403), (json!([]), 403), (json!(["reg_south"]), 403), (json!(7), 401), (json!([7]), 401),
    ] {
        let answered = yard.shows(&yard.token(json!({"region": region}))).await;
        assert_eq!(answered.status, status, "{region}: {}", answered.text());
    }
    let scope = yard.gateway.app.law().scopes_of("partner-acme");
    for (party, status) in [(json!("pty_acme"), 200), (Value::Null, 200), (json!("pty_globex"), 403)] {
        let token = yard.token(json!({"client_id": "partner-acme", "scope": scope, "party": party}));
        let answered = Person::new(&yard.gateway, token).get("/experience/partner/v1/shipments").await;
        assert_eq!(answered.status, status, "{party}: {}", answered.text());
    }
}

}
