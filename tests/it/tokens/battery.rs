//! The token battery: none of them gets in, whatever a careless verifier would have made of it.

use super::{LOGIN, Mint, Yard, mint::SigningKey};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use std::net::TcpListener;

on_both_databases! {

async fn honest_tokens_of_every_algorithm_get_in(database) {
    let yard = Yard::open(database).await;
    let (mint, claims) = (&yard.mint, yard.claims(json!({})));
    for key in [&mint.es256, &mint.eddsa, &mint.ps256, &mint.rs256] {
        yard.takes(&key.token(json!({}), &claims)).await;
    }
    for spelled in ["application/at+jwt", "AT+JWT"] {
        yard.takes(&mint.es256.token(json!({"typ": spelled}), &claims)).await;
    }
    yard.takes(&yard.token(json!({"aud": ["another", "haulgate"]}))).await;
    assert_eq!(yard.world.asked(), [mint.jwks_url()]);
}

async fn no_algorithm_but_the_keys_own_counts(database) {
    let yard = Yard::open(database).await;
    let (mint, claims) = (&yard.mint, yard.claims(json!({})));
    for algorithm in ["none", "None", "nOnE", "NONE", "", "es256", "ES256 ", "HS256", "RS256", "ES384", "dir"] {
        let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": "es"}).to_string();
        let token = mint.es256.token_of(&header, &claims.to_string());
        yard.refuses(&token, algorithm).await;
        let unsigned = token.rsplit_once('.').unwrap().0;
        yard.refuses(&format!("{unsigned}."), algorithm).await;
    }
    for alg in [Value::Null, json!(["ES256"]), json!(7)] {
        yard.refuses(&mint.es256.token(json!({"alg": alg}), &claims), &alg.to_string()).await;
    }
    // One RSA key does not verify in the other RSA algorithm, either.
    let other = mint.rs256.token(json!({"kid": "ps", "alg": "PS256"}), &claims);
    yard.refuses(&other, "PS256 signed by the key for RS256").await;
    yard.refuses(&mint.rs256.token(json!({"alg": "PS256"}), &claims), "the key for RS256 as PS256").await;
    yard.refuses(&mint.es384.token(json!({}), &claims), "another curve, published").await;
    yard.refuses(&mint.es384.token(json!({"alg": "ES256", "kid": "es"}), &claims), "another curve").await;
}

async fn a_public_key_is_nobodys_secret(database) {
    let yard = Yard::open(database).await;
    for key in [&yard.mint.rs256, &yard.mint.es256] {
        for form in key.public_forms() {
            let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": key.id}).to_string();
            let content = [header, yard.claims(json!({})).to_string()].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &form), content.as_bytes());
            yard.refuses(&format!("{content}.{}", URL_SAFE_NO_PAD.encode(tag)), "HS256 with a public key").await;
        }
    }
}

async fn a_signature_of_zeros_is_none(database) {
    let yard = Yard::open(database).await;
    let token = yard.token(json!({}));
    let content = token.rsplit_once('.').unwrap().0;
    for bytes in [vec![0; 64], vec![0; 63], vec![255; 64], vec![0; 1], Vec::new()] {
        yard.refuses(&format!("{content}.{}", URL_SAFE_NO_PAD.encode(&bytes)), "r = s = 0").await;
    }
    // Somebody else's signature, and the other claims' signature.
    let other = yard.token(json!({"sub": "somebody"}));
    yard.refuses(&format!("{content}.{}", other.rsplit_once('.').unwrap().1), "another signature").await;
}

async fn a_key_id_is_only_a_name(database) {
    let yard = Yard::open(database).await;
    let ids = [
        "../../dev/null", "/etc/passwd", "es' OR '1'='1", "es\0", "es\u{0}", "ES", " es", "", "http://127.0.0.1/key",
    ];
    for id in ids {
        yard.refuses(&yard.mint.es256.token(json!({"kid": id}), &yard.claims(json!({}))), id).await;
    }
    let long = "e".repeat(1 << 20);
    for id in [json!(long), Value::Null, json!(["es"]), json!(7)] {
        yard.refuses(&yard.mint.es256.token(json!({"kid": id}), &yard.claims(json!({}))), "an id that is none").await;
    }
    assert_eq!(yard.world.asked(), [yard.mint.jwks_url()]);
}

async fn keys_in_a_header_are_neither_fetched_nor_used(database) {
    let yard = Yard::open(database).await;
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let address = format!("http://{}/keys", trap.local_addr().unwrap());
    let thief = SigningKey::es256("thief");
    let claims = yard.claims(json!({}));
    for header in [
        json!({"jwk": thief.jwk()}), json!({"jku": address}), json!({"x5u": address}),
        json!({"x5c": ["MIIB"]}), json!({"jku": address, "jwk": thief.jwk(), "kid": null}),
        json!({"jku": address, "kid": "es"}), json!({"jwk": thief.jwk(), "kid": "es"}),
    ] {
        yard.refuses(&thief.token(header.clone(), &claims), &header.to_string()).await;
    }
    // On an honest token they mean nothing.
    yard.takes(&yard.mint.es256.token(json!({"jku": address, "x5u": address, "jwk": thief.jwk()}), &claims)).await;
    assert!(trap.accept().is_err(), "somebody followed a header");
    assert_eq!(yard.world.asked(), [yard.mint.jwks_url()]);
}

async fn what_a_header_demands_and_nobody_understands_is_refused(database) {
    let yard = Yard::open(database).await;
    let claims = yard.claims(json!({}));
    for header in [
        json!({"crit": ["exp"]}), json!({"crit": []}), json!({"crit": ["b64"], "b64": false}), json!({"b64": true}),
        json!({"typ": "JWT"}), json!({"typ": null}), json!({"typ": "dpop+jwt"}), json!({"typ": "at+jwt2"}),
        json!({"typ": "application/application/at+jwt"}), json!({"typ": ["at+jwt"]}),
    ] {
        yard.refuses(&yard.mint.es256.token(header.clone(), &claims), &header.to_string()).await;
    }
}

async fn a_token_has_one_spelling(database) {
    let yard = Yard::open(database).await;
    let token = yard.token(json!({}));
    yard.takes(&token).await;
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    let [header, claims, signature] = &parts[..] else { panic!("three parts") };
    for (why, spelled) in [
        ("a trailing dot", format!("{token}.")),
        ("two trailing dots", format!("{token}..")),
        ("a leading dot", format!(".{token}")),
        ("five parts", format!("{token}.AA.AA")),
        ("four parts", format!("{token}.AA")),
        ("two parts", format!("{header}.{claims}")),
        ("one part", header.clone()),
        ("padding", format!("{token}==")),
        ("one more bit of padding", format!("{token}=")),
        ("another last bit", format!("{header}.{claims}.{}", other_last_bit(signature))),
        ("another last bit of the header", format!("{}.{claims}.{signature}", other_last_bit(header))),
        ("the other alphabet", format!("{header}.{claims}.{}", signature.replace('-', "+").replace('_', "/") + "+")),
        ("the claims as a header", format!("{claims}.{claims}.{signature}")),
    ] {
        yard.refuses(&spelled, why).await;
    }
    // Encrypted tokens (RFC 7516) have five parts.
    yard.refuses("eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", "JWE").await;
    yard.takes(&token).await;
}

async fn members_stand_once_and_texts_are_json(database) {
    let yard = Yard::open(database).await;
    let key = &yard.mint.es256;
    let (header, claims) = (r#"{"alg":"ES256","typ":"at+jwt","kid":"es"}"#, yard.claims(json!({})).to_string());
    yard.takes(&key.token_of(header, &claims)).await;
    let twice = |text: &str, member: &str| format!("{},{member}}}", text.strip_suffix('}').unwrap());
    for (header, claims) in [
        (twice(header, r#""kid":"es""#), claims.clone()),
        (twice(header, r#""alg":"none""#), claims.clone()),
        (twice(header, r#""typ":"JWT""#), claims.clone()),
        (header.to_owned(), twice(&claims, r#""client_id":"erp""#)),
        (header.to_owned(), twice(&claims, r#""exp":9999999999"#)),
        (header.to_owned(), twice(&claims, r#""x":{"a":1,"a":2}"#)),
        (header.to_owned(), twice(&claims, r#""x":"\ud800""#)),
        (header.to_owned(), twice(&claims, r#""x":"\u0000""#)),
        (header.to_owned(), format!("[{claims}]")),
        (header.to_owned(), format!("{claims} {claims}")),
        (header.to_owned(), format!("\u{feff}{claims}")),
        (header.to_owned(), "null".to_owned()),
        (header.to_owned(), "{".repeat(2_000)),
        (String::new(), claims.clone()),
    ] {
        yard.refuses(&key.token_of(&header, &claims), &format!("{header} {claims}")).await;
    }
    let content = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(b"{\"a\":\"\xff\xfe\"}"));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(content.as_bytes()));
    yard.refuses(&format!("{content}.{signature}"), "UTF-8 only").await;
}

async fn a_token_that_is_too_large_is_not_looked_at(database) {
    let yard = Yard::open(database).await;
    let long = yard.token(json!({"long": "x".repeat(100_000)}));
    yard.refuses(&long, "100 kB").await;
    assert!(yard.world.asked().len() <= 1);
    yard.takes(&yard.token(json!({"long": "x".repeat(4_000)}))).await;
}

async fn another_issuer_does_not_speak_with_our_key_ids(database) {
    let yard = Yard::open(database).await;
    let thief = Mint::new("https://thief.example");
    yard.refuses(&thief.es256.token(json!({}), &yard.claims(json!({}))), "our issuer and key id, another key").await;
    let honest_about_itself = yard.claims(json!({"iss": thief.url}));
    yard.refuses(&thief.es256.token(json!({}), &honest_about_itself), "an issuer nobody trusts").await;
    yard.refuses(&yard.mint.es256.token(json!({}), &honest_about_itself), "our key for another issuer").await;
    for iss in [json!(null), json!(format!("{LOGIN}/")), json!([LOGIN]), json!(LOGIN.to_uppercase()), json!("")] {
        yard.refuses(&yard.token(json!({"iss": iss})), &iss.to_string()).await;
    }
}

}

/// The same bytes in a spelling that a lenient decoder takes: the last character's unused bits are set.
fn other_last_bit(part: &str) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (rest, last) = part.split_at(part.len() - 1);
    let place = alphabet.iter().position(|one| *one == last.as_bytes()[0]).unwrap();
    format!("{rest}{}", char::from(alphabet[place ^ 1]))
}
