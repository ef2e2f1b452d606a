//! Strangers at every door: nobody gets in without a token, with somebody else's, without the scope, or without having
//! subscribed; and nobody more often than agreed.

use super::{Door, every_door, patient_gateway};
use crate::{gateway::Gateway, people::Person};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use haulgate::policy::PolicyFiles;
use serde_json::{Value, json};

on_both_databases! {

async fn nobody_gets_in_without_a_token(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway) {
        let answer = door.knock(&gateway).without("authorization").await;
        assert_eq!(answer.problem("credentials_missing")["status"], 401, "{}", door.name());
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"haulgate\"", "{}", door.name());
        let answer = door.knock(&gateway).with("authorization", "Basic ZXJwOmVycA==").await;
        assert!([400, 401].contains(&answer.status), "{} {}", door.name(), answer.text());
    }
}

async fn nobody_gets_in_with_a_token_that_is_not_for_us(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway) {
        for wrong in [
            json!({"iss": "https://login.example"}), json!({"aud": "another"}), json!({"exp": 1}), json!({"client_id": null}),
        ] {
            let answer = door.knock_as(&door.visitor(&gateway, &wrong)).await;
            assert_eq!(answer.problem("token_invalid")["status"], 401, "{} {wrong}", door.name());
            assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
        }
        let token = door.visitor(&gateway, &json!({})).token;
        let forged = format!("{}.{}", token.rsplit_once('.').expect("a token").0, "A".repeat(86));
        door.knock_as(&Person::new(&gateway, forged)).await.problem("token_invalid");
    }
}

async fn nobody_gets_in_with_a_token_that_was_tampered_with(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway) {
        let token = door.visitor(&gateway, &json!({})).token;
        let (content, signature) = token.rsplit_once('.').expect("a token");
        let (header, claims) = content.split_once('.').expect("a token");
        let headed = |header: Value| format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header.to_string()));
        for (why, tampered) in [
            ("no algorithm", format!("{}.", headed(json!({"alg": "none", "typ": "at+jwt"})))),
            ("another algorithm", format!("{}.{signature}", headed(json!({"alg": "HS256", "typ": "at+jwt"})))),
            ("no signature", format!("{content}.")), ("half a signature", format!("{content}.{}", &signature[..43])),
            ("r = s = 0", format!("{content}.{}", "A".repeat(86))), ("five parts", format!("{token}.AA.AA")),
            ("a trailing dot", format!("{token}.")), ("padding", format!("{token}==")),
            ("claims twice", format!("{claims}.{claims}.{signature}")), ("a header for a token", header.to_owned()),
            ("100 kB", format!("{content}{}.{signature}", "A".repeat(100_000))),
        ] {
            let answer = door.knock_as(&Person::new(&gateway, tampered)).await;
            assert_eq!(answer.problem("token_invalid")["status"], 401, "{} {why}", door.name());
        }
        let in_the_query = door.knock_at(&door.visitor(&gateway, &json!({})), &format!("{}?access_token={token}", door.path()));
        assert_eq!(in_the_query.await.problem("credentials_ambiguous")["status"], 400, "{}", door.name());
        let without_proof = door.knock(&gateway).with("authorization", format!("DPoP {token}")).await;
        assert!([400, 401].contains(&without_proof.status), "{} {}", door.name(), without_proof.text());
    }
}

async fn nobody_gets_in_without_the_scope_or_the_contract(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway) {
        let answer = door.knock_as(&door.visitor(&gateway, &json!({"scope": "another:scope"}))).await;
        assert_eq!(answer.problem("scope_insufficient")["status"], 403, "{}", door.name());
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
        assert!(challenge.contains(&format!("scope=\"{}\"", door.policy.scope)), "{challenge}");
        let other = stranger(&gateway, &door);
        let claims = json!({"scope": door.policy.scope, "driver": "drv_ana"});
        let answer = door.knock_as(&gateway.person(&other, "drv_ana", &claims)).await;
        // A deprecated contract tells where to go instead.
        let refused = ["contract_not_subscribed", "contract_deprecated", "access_denied"].map(serde_json::Value::from);
        assert!(answer.status == 403 && refused.contains(&answer.json()["code"]), "{} {other}", door.name());
        door.knock_as(&gateway.person("nobody", "x", &json!({"scope": door.policy.scope}))).await.problem("consumer_unknown");
    }
}

async fn nobody_calls_more_often_than_agreed(database) {
    let once = |text: &str| with_each(text, "requests = ", "1");
    let embedded = PolicyFiles::embedded();
    let policies = ["quotas.toml", "consumers.toml"].into_iter().fold(embedded.clone(), |policies, file| {
        policies.with(file, &once(embedded.get(file).expect("a file")))
    });
    let gateway = Gateway::start_with(database, policies, |_| {}).await;
    for door in every_door(&gateway) {
        if door.operation.path.ends_with("/follow") {
            continue;
        }
        door.knock(&gateway).await;
        let answer = door.knock(&gateway).await;
        let problem = answer.problem("quota_exceeded");
        assert_eq!(problem["status"], 429, "{}", door.name());
        assert!(!problem["violated-policies"].as_array().expect("policies").is_empty(), "{problem}");
        assert!(answer.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
        assert!(answer.header("ratelimit").contains(";r=0"), "{}", answer.header("ratelimit"));
        answer.header("ratelimit-policy");
    }
}

async fn whoever_is_known_hears_how_the_quota_stands_whatever_the_answer(database) {
    let gateway = patient_gateway(database).await;
    for door in every_door(&gateway) {
        if door.operation.path.ends_with("/follow") {
            continue;
        }
        let visitor = door.visitor(&gateway, &json!({}));
        let other_scope = door.visitor(&gateway, &json!({"scope": "another:scope"}));
        for said in [
            door.knock(&gateway), door.knock(&gateway).key("short"), door.knock(&gateway).bytes("text/html", "<p>"),
            door.knock_at(&visitor, &format!("{}?nothing=like-it", door.path())), door.knock_as(&other_scope),
        ] {
            let answer = said.await;
            let names = |field: &str| -> Vec<String> {
                let field = answer.header(field);
                field.split(',').map(|item| item.split(';').next().unwrap_or_default().to_owned()).collect()
            };
            assert!(names("ratelimit").contains(&"\"burst\"".to_owned()), "{} {}", door.name(), answer.status);
            assert_eq!(names("ratelimit"), names("ratelimit-policy"), "{} {}", door.name(), answer.status);
        }
    }
}

}

/// A consumer that has not subscribed to what the door belongs to.
fn stranger(gateway: &Gateway, door: &Door) -> String {
    let law = gateway.app.law();
    let mut others: Vec<_> = law
        .consumers()
        .filter(|one| !one.entry.contracts.contains_key(&door.contract.name()))
        .map(|one| one.id.clone())
        .collect();
    others.sort_unstable();
    others.into_iter().next().expect("somebody has not subscribed")
}

/// The text with this number after every mention.
pub fn with_each(text: &str, mention: &str, number: &str) -> String {
    let mut parts = text.split(mention);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        format!("{text}{mention}{number}{}", part.trim_start_matches(|digit: char| digit.is_ascii_digit()))
    })
}
