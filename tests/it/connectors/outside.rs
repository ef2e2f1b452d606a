//! Webhooks, mail and proofs: what leaves the house, and what is kept in it.

use super::{World, errand, is_refused};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use haulgate::{
    sandbox::{
        faults::{Fault, Target},
        issuer::Issuer,
    },
    system::{
        customers::Notification,
        proofs::{Artifact, SignedLink},
        webhooks::WebhookDelivery,
    },
};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn delivery(url: String, secret: &str) -> WebhookDelivery {
    let body = json!({"specversion": "1.0", "id": "evt_1", "type": "haulgate.delivery.completed.v1"});
    WebhookDelivery { id: "evt_1".to_owned(), url, secrets: vec![secret.into()], body: body.to_string().into_bytes() }
}

#[tokio::test]
async fn a_webhook_is_signed_and_carries_the_trace_and_the_key() {
    let world = World::open().await;
    world.receiver.trust(SECRET);
    let webhooks = &world.connectors.webhooks;
    let errand_with_key = errand().keyed("tsk_1");
    webhooks.deliver(&errand_with_key, &delivery(world.receiver.url("orders"), SECRET)).await.expect("delivered");
    let received = world.receiver.received();
    assert_eq!((received[0].id.as_str(), received[0].hook.as_str()), ("evt_1", "orders"));
    assert_eq!(received[0].idempotency_key.as_deref(), Some("\"tsk_1\""));
    assert_eq!(received[0].correlation_id.as_deref(), Some("cor-1"));
    let trace = received[0].traceparent.as_deref().expect("a trace");
    assert!(trace.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && !trace.contains("b7ad6b7169203331"));
    let forged = delivery(world.receiver.url("orders"), "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let refused = webhooks.deliver(&errand(), &forged).await.expect_err("not trusted");
    assert!(refused.is_worth_retrying() && world.receiver.refused() == 1);
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_told_apart_from_one_that_fails() {
    let world = World::open().await;
    world.receiver.trust(SECRET);
    world.faults.set(Target::Receiver, Fault::Status { status: 410 });
    let url = world.receiver.url("orders");
    let gone = world.connectors.webhooks.deliver(&errand(), &delivery(url.clone(), SECRET)).await.expect_err("gone");
    assert!(is_refused(&gone, "webhook_gone"));
    world.faults.set(Target::Receiver, Fault::Redirect { to: world.receiver.url("elsewhere") });
    let moved = world.connectors.webhooks.deliver(&errand(), &delivery(url, SECRET)).await.expect_err("redirected");
    assert!(moved.is_worth_retrying() && world.receiver.received().is_empty());
}

#[tokio::test]
async fn no_webhook_reaches_into_the_house() {
    let world = World::with(|settings| settings.webhooks.allow_loopback = false).await;
    let port = world.receiver.url("orders").rsplit(':').next().expect("a port").to_owned();
    let hosts = [
        "http://127.0.0.1",
        "https://127.0.0.1",
        "https://localhost",
        "https://[::1]",
        "https://0.0.0.0",
        "https://2130706433",
    ];
    for host in hosts {
        let refused = world.connectors.webhooks.deliver(&errand(), &delivery(format!("{host}:{port}"), SECRET)).await;
        assert!(is_refused(&refused.expect_err("refused"), "webhook_address_refused"), "{host}");
        assert!(world.connectors.webhooks.check_address(&format!("{host}:{port}")).is_err());
    }
    // A public name that leads home is stopped after it was looked up.
    let home = format!("https://localhost.:{port}");
    world.connectors.webhooks.deliver(&errand(), &delivery(home, SECRET)).await.expect_err("leads to loopback");
    assert_eq!((world.receiver.received().len(), world.faults.asked(Target::Receiver)), (0, 0));
}

#[tokio::test]
async fn customers_are_told_by_mail_or_webhook() {
    let world = World::open().await;
    let notification = Notification {
        id: "evt_7".to_owned(),
        to: "mailto:dock@sol.example".to_owned(),
        subject: "Delivered".to_owned(),
        text: "Ten boxes were handed over.\nThank you.".to_owned(),
        event: json!({"id": "evt_7", "type": "haulgate.delivery.completed.v1"}),
    };
    let customers = &world.connectors.customers;
    customers.notify(&errand(), &notification).await.expect("mailed");
    let mail = &world.inbox.mails()[0];
    assert_eq!(mail.to, ["dock@sol.example"]);
    assert!(mail.text.contains("Ten boxes were handed over.") && mail.text.contains("evt_7@haulgate.example"));
    let hook = Notification { to: world.receiver.url("sol"), ..notification.clone() };
    customers.notify(&errand(), &hook).await.expect("delivered");
    assert_eq!(world.receiver.received()[0].body["id"], "evt_7");
    let broken = Notification { to: "mailto:not an address\r\nBcc: x@example.org".to_owned(), ..notification };
    assert!(is_refused(&customers.notify(&errand(), &broken).await.expect_err("no address"), "address_refused"));
}

fn artifact(chunks: &'static [&'static [u8]]) -> Artifact {
    stream::iter(chunks.iter().map(|chunk| Ok(Bytes::from_static(chunk)))).boxed()
}

/// The hash of `signature`.
const SHA256: &str = "3d3eb2c0b48ac7ca1ff8b1fe2eb8cba6d7c1dffc9ec4fcd1d1a3f7a1d9b5ad00";

#[tokio::test]
async fn an_artifact_is_written_once_and_only_if_it_is_what_its_hash_says() {
    let world = World::open().await;
    let proofs = &world.connectors.proofs;
    let sha256 =
        haulgate::ids::hexadecimal(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"signature").as_ref());
    let mismatch = proofs.put(&errand(), "", SHA256, artifact(&[b"signature"])).await.expect_err("another hash");
    assert!(is_refused(&mismatch, "hash_mismatch"));
    assert!(proofs.get(&errand(), "", SHA256).await.expect("answered").is_none());
    let first = proofs.put(&errand(), "", &sha256, artifact(&[b"sign", b"ature"])).await.expect("stored");
    let again = proofs.put(&errand(), "", &sha256, artifact(&[b"signature"])).await.expect("stored");
    assert_eq!((first.bytes, first.already, again.already), (9, false, true));
    let (size, mut stored) = proofs.get(&errand(), "", &sha256).await.expect("answered").expect("there");
    assert_eq!((size, stored.next().await), (9, Some(Ok(Bytes::from_static(b"signature")))));
    let broken = stream::iter([Ok(Bytes::from_static(b"sign")), Err("cut".to_owned())]).boxed();
    let refused = proofs.put(&errand(), "", &sha256, broken).await.expect_err("broken off");
    assert!(is_refused(&refused, "upload_broken_off"));
    let path = proofs.put(&errand(), "", "../../etc/passwd", artifact(&[b"x"])).await.expect_err("no hash");
    assert!(is_refused(&path, "hash_malformed"));
}

#[tokio::test]
async fn a_proofs_link_opens_that_proof_for_a_while() {
    let world = World::open().await;
    let proofs = &world.connectors.proofs;
    let soon = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 100);
    let link = proofs.link(SHA256, "image/png", soon);
    assert!(proofs.verify(&link));
    assert!(!proofs.verify(&SignedLink { expires: link.expires + 1, ..link.clone() }));
    assert!(!proofs.verify(&proofs.link(SHA256, "image/png", Timestamp::UNIX_EPOCH)));
}

/// One request to the sandbox, by hand; answers head and body.
async fn knock(url: &str, method: &str, body: &str) -> String {
    let (host, path) = url.trim_start_matches("http://").split_once('/').expect("an address with a path");
    let mut stream = TcpStream::connect(host).await.expect("it listens");
    let length = body.len();
    let head =
        format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n");
    let request = format!("{head}Content-Type: application/json\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("it answers");
    answer
}

#[tokio::test]
async fn the_control_port_brings_orders_and_switches_faults() {
    let world = World::open().await;
    let orders = json!([super::order("SO-7")]).to_string();
    assert!(knock(&format!("{}/orders", world.control_url), "POST", &orders).await.starts_with("HTTP/1.1 204"));
    assert_eq!(world.connectors.erp.check_release(&errand(), &super::order("SO-7")).await.expect("answered"), []);
    let fault = json!({"fault": "maintenance", "retry_after_seconds": 9}).to_string();
    let switch = format!("{}/faults/erp", world.control_url);
    assert!(knock(&switch, "PUT", &fault).await.starts_with("HTTP/1.1 204"));
    assert_eq!(world.faults.get(Target::Erp), Some(Fault::Maintenance { retry_after_seconds: 9 }));
    assert!(knock(&switch, "DELETE", "").await.starts_with("HTTP/1.1 204"));
    assert_eq!(world.faults.get(Target::Erp), None);
}

#[tokio::test]
async fn tokens_minted_by_another_process_stand_up_to_the_published_keys() {
    let world = World::open().await;
    let elsewhere = Issuer::of_running(world._directory.path()).expect("its key and address are kept");
    assert_eq!(elsewhere.url(), world.issuer.url());
    let token = elsewhere.token(&json!({"aud": "haulgate", "sub": "ana", "client_id": "app"}));
    let answer = knock(&world.issuer.jwks_url(), "GET", "").await;
    let (_, keys) = answer.split_once("\r\n\r\n").expect("a body");
    let keys: JwkSet = serde_json::from_str(keys).expect("keys");
    let head = jsonwebtoken::decode_header(&token).expect("a head");
    assert_eq!(head.typ.as_deref(), Some("at+jwt"));
    let key = keys.find(&head.kid.expect("a key's name")).expect("a published key");
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&["haulgate"]);
    rules.set_issuer(&[world.issuer.url()]);
    let key = DecodingKey::from_jwk(key).expect("a usable key");
    let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &rules).expect("genuine").claims;
    assert_eq!(claims["sub"], "ana");
}
