//! TLS: certificates that change while connections live, and callers that show theirs.

use super::{
    house::{House, gateway},
    papers::{Drawer, Office, Paper},
};
use axum::{Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use haulgate::{
    listener::{Clients, Transport},
    policy::PeerCertificate,
    spawn::Background,
};
use serde_json::json;

const VEHICLES: &str = "/system/master-data/v1/vehicles";

#[tokio::test]
async fn a_request_comes_over_tls_and_the_caller_chooses_the_http() {
    let (drawer, gateway) = (Drawer::new(), gateway().await);
    let transport = Transport::Tls(drawer.certificates(Clients::None).await);
    let house = House::open(gateway.app.service(), transport, |_| {}).await;
    let mut wire = drawer.connect(&house, None, &["http/1.1"]).await.unwrap();
    assert_eq!(wire.get(VEHICLES, &gateway.planner().token).await.status, 200);
    for (offered, chosen) in
        [(vec!["h2", "http/1.1"], Some("h2")), (vec!["http/1.1"], Some("http/1.1")), (vec![], None)]
    {
        let wire = drawer.connect(&house, None, &offered).await.unwrap();
        assert_eq!(wire.0.get_ref().1.alpn_protocol(), chosen.map(str::as_bytes));
    }
    assert!(drawer.connect(&house, None, &["spdy/3"]).await.is_err());
    // Whoever speaks without TLS is not understood, and is not answered in the clear.
    let heard = {
        let mut wire = house.connect().await;
        wire.say("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        wire.hear_all().await
    };
    assert!(!heard.contains("HTTP/1.1"), "{heard}");
    house.stop().await;
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_cut() {
    let drawer = Drawer::new();
    let transport = Transport::Tls(drawer.certificates(Clients::None).await);
    let router = Router::new().route("/", get(async || "here"));
    let house = House::open(router, transport, |settings| settings.handshake_within_ms = 40).await;
    // Nothing at all, and half of a client's first message.
    for begun in [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00"] {
        let mut wire = house.connect().await;
        wire.say(begun).await;
        assert_eq!(wire.hear_all().await, "");
    }
    house.stop().await;
}

#[tokio::test]
async fn certificates_change_while_connections_live() {
    let drawer = Drawer::new();
    let certificates = drawer.certificates(Clients::None).await;
    let background = Background::default();
    let house =
        House::open(Router::new().route("/", get(async || "here")), Transport::Tls(certificates.clone()), |_| {}).await;
    let mut old = drawer.connect(&house, None, &[]).await.unwrap();
    assert_eq!(old.get("/", "").await.status, 200);
    let paper = drawer.renew();
    certificates.watch(&background);
    while shown(&drawer, &house).await != paper.der.to_vec() {
        tokio::task::yield_now().await;
    }
    assert_eq!(old.get("/", "").await.status, 200);
    background.drain().await;
    // A key of another certificate, half a file, no file: refused, and the last good pair stays.
    let other = drawer.office.issue("haulgate.test");
    for (name, text) in [("key.pem", other.key.as_str()), ("key.pem", "half"), ("certificate.pem", "")] {
        drawer.put(name, text);
        assert!(certificates.renew(false).await.is_err(), "{name}");
        assert_eq!(certificates.renew(false).await, Ok(false), "it is said once");
        assert!(certificates.renew(true).await.is_err(), "unless it is asked for");
        assert_eq!(shown(&drawer, &house).await, paper.der.to_vec());
    }
    assert_eq!(old.get("/", "").await.status, 200);
    let paper = drawer.renew();
    assert_eq!(certificates.renew(false).await, Ok(true));
    assert_eq!(shown(&drawer, &house).await, paper.der.to_vec());
    drop(old);
    house.stop().await;
}

/// The certificate a new connection sees.
async fn shown(drawer: &Drawer, house: &House) -> Vec<u8> {
    let wire = drawer.connect(house, None, &[]).await.unwrap();
    wire.0.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

fn bound_to(paper: &Paper) -> serde_json::Value {
    let PeerCertificate(hash) = PeerCertificate::of(&paper.der);
    json!({"cnf": {"x5t#S256": URL_SAFE_NO_PAD.encode(hash)}})
}

#[tokio::test]
async fn a_token_bound_to_a_certificate_counts_on_the_connection_that_showed_it() {
    let (drawer, gateway) = (Drawer::new(), gateway().await);
    let transport = Transport::Tls(drawer.certificates(Clients::Optional).await);
    let house = House::open(gateway.app.service(), transport, |_| {}).await;
    let (planner, thief) = (drawer.office.issue("planner"), drawer.office.issue("thief"));
    let token = gateway.person("planner", "system:planner", &bound_to(&planner)).token;
    let mut with = drawer.connect(&house, Some(&planner), &[]).await.unwrap();
    assert_eq!(with.get(VEHICLES, &token).await.status, 200);
    for paper in [None, Some(&thief)] {
        let mut wire = drawer.connect(&house, paper, &[]).await.unwrap();
        wire.get(VEHICLES, &token).await.problem(401, "token_invalid");
        assert_eq!(wire.get(VEHICLES, &gateway.planner().token).await.status, 200);
    }
    // A certificate of another office is no certificate.
    let stranger = Office::new().issue("planner");
    let heard = match drawer.connect(&house, Some(&stranger), &[]).await {
        Ok(mut wire) => {
            wire.say("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
            wire.hear_all().await
        }
        Err(_) => String::new(),
    };
    assert_eq!(heard, "");
    drop(with);
    house.stop().await;
}

#[tokio::test]
async fn where_certificates_are_required_nobody_speaks_without() {
    let drawer = Drawer::new();
    let transport = Transport::Tls(drawer.certificates(Clients::Required).await);
    let house = House::open(Router::new().route("/", get(async || "here")), transport, |_| {}).await;
    let mut wire = drawer.connect(&house, Some(&drawer.office.issue("planner")), &[]).await.unwrap();
    assert_eq!(wire.get("/", "").await.status, 200);
    let mut wire = drawer.connect(&house, None, &[]).await.unwrap();
    wire.say("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert_eq!(wire.hear_all().await, "");
    house.stop().await;
}
